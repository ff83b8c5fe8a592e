using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli;

/// <summary>The options with which a model reads guesses of several tokens at once.</summary>
internal sealed class SpeculativeArguments
{
    private const int UsualLookup = 3;

    private readonly Command command;
    private readonly Option<string?> draft = new("--draft") { HelpName = "MODEL", Description = "A smaller model with the same vocabulary writes ahead; the model reads its guesses in one pass and keeps those that it would have written. The text is as good as without, and comes faster" };
    private readonly Option<int?> lookup = new("--lookup") { HelpName = "[N]", Arity = ArgumentArity.ZeroOrOne, Description = $"Guess that the text goes on as it did where its last tokens, at most N, stood before: faster where a text repeats itself or its prompt, as code and summaries do. Default for N: {UsualLookup}" };
    private readonly Option<int?> guesses = CommonOptions.Whole("--guesses", $"Most guesses for a pass. Up to {SpeculativeOptions.ExactGuesses} greedy text stays the same to the last token; beyond, equally good tokens may change places. Default {SpeculativeOptions.ExactGuesses}").InRange(1, 64);

    /// <summary>Adds the options to a command.</summary>
    public SpeculativeArguments(Command command)
    {
        this.command = command;
        foreach (Option option in (Option[])[draft, lookup, guesses]) command.Add(option);
        lookup.InRange(1);
        command.Validators.Add(result =>
        {
            bool drafted = result.GetResult(draft) is not null, looked = result.GetResult(lookup) is not null;
            if (drafted && looked) result.AddError("--draft and --lookup exclude each other.");
            if (!drafted && !looked && result.GetResult(guesses) is not null) result.AddError("--guesses needs --draft or --lookup.");
        });
    }

    /// <summary>A generator that guesses, or null where none is asked for.</summary>
    /// <exception cref="ArgumentException">The draft model does not fit.</exception>
    public SpeculativeGenerator? Read(ParseResult parse, Func<Transformer> model)
    {
        Transformer? small = parse.GetValue(draft) is { } name ? ModelFolder.Open(ModelArgument.Demand(name, $"{command.Name} --draft", ModelKind.Writer)) : null;
        bool looked = parse.CommandResult.GetResult(lookup) is not null;
        if (small is null && !looked) return null;
        return new SpeculativeGenerator(model(), new() { Draft = small, Lookup = looked ? parse.GetValue(lookup) ?? UsualLookup : 0, MostGuesses = parse.GetValue(guesses) ?? SpeculativeOptions.ExactGuesses });
    }

    /// <summary>What there is to say about it in the closing note.</summary>
    public static string Note(SpeculativeGenerator? generator) =>
        generator is null ? "" : string.Create(CultureInfo.InvariantCulture, $", {generator.Statistics.TokensPerPass:F1} tokens a pass");
}
