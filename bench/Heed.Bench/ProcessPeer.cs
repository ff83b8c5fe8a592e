using System.Diagnostics;
using System.Text.Json;

namespace Heed.Bench;

/// <summary>Another program that encodes the text once for every line it is sent, and times itself.</summary>
internal sealed class ProcessPeer : IDisposable
{
    private readonly Process process;

    public ProcessPeer(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["RAYON_NUM_THREADS"] = "1";
        process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
    }

    /// <summary>One pass over the text: seconds, and the number of ids.</summary>
    public (double Seconds, long Ids) Pass()
    {
        process.StandardInput.WriteLine("go");
        process.StandardInput.Flush();
        string answer = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended without an answer.");
        using JsonDocument json = JsonDocument.Parse(answer);
        return (json.RootElement.GetProperty("seconds").GetDouble(), json.RootElement.GetProperty("ids").GetInt64());
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}
