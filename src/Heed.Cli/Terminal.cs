using System.Text;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Where the command writes: standard output as plain text or as a live terminal, and standard error.</summary>
internal sealed class Terminal
{
    private const int RedirectedWidth = 100;

    private Terminal(bool live, IAnsiConsole console) => (Live, Console) = (live, console);

    /// <summary>Whether colours and cursor movements are welcome: a terminal, no NO_COLOR, not TERM=dumb.</summary>
    public bool Live { get; }

    /// <summary>Rich output: tables, colours; plain text of a fixed width when redirected.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Standard output without any formatting.</summary>
    public TextWriter Out => System.Console.Out;

    /// <summary>Standard error.</summary>
    public TextWriter Error => System.Console.Error;

    public static Terminal Create()
    {
        bool live = !System.Console.IsOutputRedirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = live ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = live ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(System.Console.Out),
        });
        console.Profile.Capabilities.Unicode = true;
        if (System.Console.IsOutputRedirected || console.Profile.Width < 20) console.Profile.Width = RedirectedWidth;
        return new Terminal(live && console.Profile.Capabilities.Ansi, console);
    }

    /// <summary>A line of text with Spectre markup; never broken when redirected.</summary>
    public void Line(string markup = "")
    {
        if (Live) Console.MarkupLine(markup);
        else Out.WriteLine(Markup.Remove(markup));
    }

    /// <summary>Text from a model or a file: on a terminal, control characters are shown instead of obeyed.</summary>
    public void Text(string text)
    {
        Out.Write(Live || !System.Console.IsOutputRedirected ? Printable(text) : text);
        Out.Flush();
    }

    /// <summary>A note beside the output, for people: only on a terminal, on standard error.</summary>
    public void Note(string text)
    {
        if (Live && !System.Console.IsErrorRedirected) Error.WriteLine($"\e[2m{text}\e[0m");
    }

    /// <summary>All of standard input as text.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8.</exception>
    public static string ReadInput()
    {
        using Stream input = System.Console.OpenStandardInput();
        using MemoryStream bytes = new();
        input.CopyTo(bytes);
        try
        {
            string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            return text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException("standard input is not UTF-8 text", e);
        }
    }

    public static string Printable(string text)
    {
        if (!text.Any(IsUnsafe)) return text;
        StringBuilder shown = new(text.Length);
        foreach (char c in text) shown.Append(!IsUnsafe(c) ? c : c < 0x20 ? (char)(0x2400 + c) : '\uFFFD');
        return shown.ToString();
    }

    private static bool IsUnsafe(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
