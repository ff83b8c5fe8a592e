namespace Heed.Server.Tests;

/// <summary>Looks again and again which sockets a process of Linux has (https://docs.kernel.org/networking/proc_net_tcp.html), until it is asked what it saw.</summary>
internal sealed class SocketWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private readonly HashSet<string> strangers = [];
    private readonly CancellationTokenSource ending = new();
    private readonly Task looking;
    private readonly int process, port;
    private bool found;

    /// <summary>Begins.</summary>
    /// <param name="process">The process.</param>
    /// <param name="port">The port on which it listens, and is called.</param>
    public SocketWatch(int process, int port)
    {
        (this.process, this.port) = (process, port);
        looking = OperatingSystem.IsLinux() ? Task.Run(Watch) : Task.CompletedTask;
    }

    /// <summary>All sockets that it had which were neither its listener's nor of a caller of it.</summary>
    public async Task<IReadOnlyCollection<string>> Strangers()
    {
        await ending.CancelAsync();
        await looking;
        Assert.True(found || !OperatingSystem.IsLinux(), "not even the listener was found");
        return strangers;
    }

    private async Task Watch()
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                Look();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The process ended, or a file of it was closed between two looks.
            }
            await Task.Delay(Pause);
        }
    }

    private void Look()
    {
        HashSet<string> own = [.. Directory.GetFiles($"/proc/{process}/fd").Select(f => new FileInfo(f).LinkTarget ?? "").Where(t => t.StartsWith("socket:[", StringComparison.Ordinal)).Select(t => t[8..^1])];
        foreach (string table in (string[])["tcp", "tcp6", "udp", "udp6"])
            foreach (string[] fields in File.ReadLines($"/proc/{process}/net/{table}").Skip(1).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(f => own.Contains(f[9])))
                if (table.StartsWith("tcp", StringComparison.Ordinal) && Convert.ToInt32(fields[1].Split(':')[1], 16) == port) found = true;
                else strangers.Add($"{table} {fields[1]} {fields[2]}");
    }
}
