using System.CommandLine;
using Heed.Formats;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;

namespace Heed.Cli;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json(string description) => new("--json") { Description = description };

    /// <summary>The argument MODEL: see <see cref="Folder"/>.</summary>
    public static Argument<string> Model(string files = "config.json, model.safetensors, tokenizer.json") =>
        new("MODEL") { Description = $"A model folder ({files}), a .gguf file, the name of a model that heed models lists, or the OWNER/NAME of one that heed pull has fetched" };

    /// <summary>The folder or .gguf file that an argument names: itself, or that of a model of the catalog or a pulled one.</summary>
    /// <exception cref="FileNotFoundException">There is neither.</exception>
    public static string Folder(string model)
    {
        if (Directory.Exists(model) || GgufModel.IsFile(model)) return model;
        if (ModelCatalog.Find(model) is { } known) return known;
        if (Hub.Resolve(model) is { } pulled) return pulled;
        string hint = model.Count(c => c == '/') == 1 && !Path.IsPathRooted(model) ? $", and no model of that name is here: heed pull {model} fetches it" : "";
        throw new FileNotFoundException($"there is no model folder or .gguf file {model}{hint}; heed models lists those that have a name", model);
    }

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
        int begin = model.BeginToken ?? throw new ArgumentException("the model has no token that starts a text; leave --start out");
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

    /// <summary>An option whose value is a number.</summary>
    public static Option<float?> Number(string name, string description) => new(name) { HelpName = "X", Description = description };

    /// <summary>An option whose value is a whole number.</summary>
    public static Option<int?> Whole(string name, string description) => new(name) { HelpName = "N", Description = description };

    public static void UseThreads(int? threads)
    {
        if (threads is { } count) WorkerTeam.Threads = count;
    }
}
