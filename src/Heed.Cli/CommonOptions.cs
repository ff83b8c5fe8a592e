using System.CommandLine;
using Heed.Generation;
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

    public static Option<bool> Start() => new("--start") { Description = "Put the token that starts a text before the prompt" };

    /// <summary>A prompt, with the token that starts a text before it if asked for.</summary>
    /// <exception cref="ArgumentException">The model has no such token.</exception>
    public static string Prompt(LanguageModel model, string prompt, bool start)
    {
        if (!start) return prompt;
        int begin = model.Transformer.Config.BeginToken ?? throw new ArgumentException("the model has no token that starts a text; leave --start out");
        return model.Tokenizer.IdToToken(begin) + prompt;
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
