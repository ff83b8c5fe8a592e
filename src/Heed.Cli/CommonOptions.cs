using System.CommandLine;
using Heed.Kernels;

namespace Heed.Cli;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json(string description) => new("--json") { Description = description };

    public static Option<int?> Threads()
    {
        Option<int?> option = new("--threads") { HelpName = "N", Description = "Threads to compute with; results do not depend on it. Default: all processors" };
        return option.InRange(1, 1024);
    }

    /// <summary>Demands a value between two bounds.</summary>
    public static Option<int?> InRange(this Option<int?> option, int least, int most = int.MaxValue)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < least || value > most))
                result.AddError(most == int.MaxValue ? $"{option.Name} must be {least} or more, given {value}." : $"{option.Name} must be {least} to {most}, given {value}.");
        });
        return option;
    }

    public static void UseThreads(int? threads)
    {
        if (threads is { } count) WorkerTeam.Threads = count;
    }
}
