namespace Heed.Cli;

/// <summary>One line on standard error that says how far a work is; only on a terminal, and gone when the work has ended.</summary>
internal sealed class ProgressLine(Terminal terminal) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly bool shown = terminal.Live && !Console.IsErrorRedirected;
    private long told;

    /// <summary>Says it, unless something was said a moment ago.</summary>
    public void Say(string text)
    {
        if (!shown || (told != 0 && System.Diagnostics.Stopwatch.GetElapsedTime(told) < Pause)) return;
        told = System.Diagnostics.Stopwatch.GetTimestamp();
        terminal.Error.Write($"\r\e[2K\e[2m{Terminal.Printable(text)}\e[0m");
    }

    public void Dispose()
    {
        if (told != 0) terminal.Error.Write("\r\e[2K");
    }
}
