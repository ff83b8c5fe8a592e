using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Cli;

/// <summary>The options of commands with which a model writes freely.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<float?> temperature = CommonOptions.Number("--temperature", "Divides the logits: lower is safer, higher is wilder, 0 is greedy. Default 1, or as the model's generation_config.json says where it samples; so with the next three");
    private readonly Option<bool> greedy = new("--greedy") { Description = "Always the most probable token; the same as --temperature 0" };
    private readonly Option<int?> topK = CommonOptions.Whole("--top-k", "Keep the N most probable tokens; 0 = all. Default 0");
    private readonly Option<float?> topP = CommonOptions.Number("--top-p", "Keep the fewest tokens whose probabilities reach this sum. Default 1: all");
    private readonly Option<float?> minP = CommonOptions.Number("--min-p", "Keep tokens at least this share as probable as the best one. Default 0: all");
    private readonly Option<float?> repetition = CommonOptions.Number("--repetition-penalty", "Above 1: tokens seen before become less probable. Default 1");
    private readonly Option<float?> presence = CommonOptions.Number("--presence-penalty", "Subtracted from the logit of every token written before. Default 0");
    private readonly Option<float?> frequency = CommonOptions.Number("--frequency-penalty", "Subtracted once for each time a token was written. Default 0");
    private readonly Option<int?> penaltyLast = CommonOptions.Whole("--penalty-last", "The three penalties look at so many of the last tokens. Default: all");
    private readonly Option<float?> typical = CommonOptions.Number("--typical", "Keep the tokens that surprise about as much as is to be expected, until their probabilities reach this sum: neither the dull nor the odd ones. Default 1: all");
    private readonly Option<float?> sigma = CommonOptions.Number("--top-n-sigma", "Keep tokens whose logit is at most X standard deviations below the best; the temperature does not change which. 1 is usual. Default 0: all");
    private readonly Option<float?> epsilon = CommonOptions.Number("--epsilon", "Keep tokens of at least this probability. Default 0: all");
    private readonly Option<float?> eta = CommonOptions.Number("--eta", "The same, but where the model is uncertain less is demanded. Default 0: all");
    private readonly Option<float?> xtcProbability = CommonOptions.Number("--xtc-probability", "So often exclude the top choices: of the probable tokens only the least probable one stays, and the text takes a turn. Default 0: never");
    private readonly Option<float?> xtcThreshold = CommonOptions.Number("--xtc-threshold", "From this probability on a token is a top choice. Default 0.1");
    private readonly Option<float?> dry = CommonOptions.Number("--dry", "Don't repeat yourself: tokens that would go on with a copy of earlier text lose X, and more the longer the copy is. 0.8 is usual. Default 0: off");
    private readonly Option<float?> dryBase = CommonOptions.Number("--dry-base", "By what each further token of the copy multiplies that. Default 1.75");
    private readonly Option<int?> dryAllowed = CommonOptions.Whole("--dry-allowed-length", "Copies shorter than this are free. Default 2");
    private readonly Option<int?> dryRange = CommonOptions.Whole("--dry-range", "Look for copies of so many of the last tokens. Default: all");
    private readonly Option<string[]> dryBreakers = new("--dry-breaker") { HelpName = "TEXT", Description = "Copies end at this text; may be given again. Default: line end, colon, double quote, asterisk" };
    private readonly Option<int?> mirostat = CommonOptions.Whole("--mirostat", "Hold the surprise of the text near a target, by version 1 or 2 of the method; takes the place of every filter that keeps tokens");
    private readonly Option<float?> tau = CommonOptions.Number("--mirostat-tau", "The target, in bits a token: lower is safer. Default 5");
    private readonly Option<float?> rate = CommonOptions.Number("--mirostat-eta", "How fast it is followed. Default 0.1");
    private readonly Option<float?> dynamic = CommonOptions.Number("--dynamic-temperature", "Move the temperature by up to X: down where the model is sure, up where it is not. Default 0: off");
    private readonly Option<float?> exponent = CommonOptions.Number("--dynamic-exponent", "Above 1 it rises only where the model is very unsure. Default 1");
    private readonly Option<string?> samplers = new("--samplers") { HelpName = "ORDER", Description = $"Which filters work, in which order. Default {TokenFilters.Names(TokenFilters.Default)}. Penalties come before all of them" };
    private readonly Option<string[]> logitBias = new("--logit-bias") { HelpName = "ID=VALUE", Description = "Add VALUE to the logit of a token, or forbid it with -inf; heed tokenizer encode tells ids. May be given again" };
    private readonly Option<ulong?> seed = new("--seed") { HelpName = "N", Description = "Seed of the draws: the same seed, the same text. Default: a new one" };
    private readonly Option<string[]> stop = new("--stop") { HelpName = "TEXT", Description = "End before this text; may be given again" };
    private readonly Option<int?> maxTokens;
    private readonly int mostTokens;

    /// <summary>Adds the options to a command, which then checks their ranges.</summary>
    /// <param name="command">The command.</param>
    /// <param name="mostTokens">Default of --max-tokens.</param>
    public SamplingArguments(Command command, int mostTokens)
    {
        this.mostTokens = mostTokens;
        maxTokens = CommonOptions.Whole("--max-tokens", $"Most tokens to write. Default {mostTokens}, and never beyond the model's context");
        Option[] all =
        [
            temperature, greedy, topK, topP, minP, typical, sigma, epsilon, eta, xtcProbability, xtcThreshold, dynamic, exponent, mirostat, tau, rate,
            repetition, presence, frequency, penaltyLast, dry, dryBase, dryAllowed, dryRange, dryBreakers, logitBias, samplers, seed, stop, maxTokens,
        ];
        foreach (Option option in all) command.Add(option);
        Needs(command, xtcProbability, xtcThreshold);
        Needs(command, dynamic, exponent);
        Needs(command, mirostat, tau, rate);
        Needs(command, dry, dryBase, dryAllowed, dryRange, dryBreakers);
        command.Validators.Add(result =>
        {
            try
            {
                if (result.GetValue(greedy) && result.GetValue(temperature) is not (null or 0)) result.AddError("--greedy and --temperature exclude each other.");
                else Read(result, new SamplingOptions()).Validate();
            }
            catch (ArgumentException e)
            {
                result.AddError(e.Message + ".");
            }
            catch (InvalidOperationException)
            {
                // A value that is no number: the parser itself tells of it.
            }
        });
    }

    /// <summary>The options as given, else as the model's folder says.</summary>
    public SamplingOptions Read(ParseResult parse, string folder, Tokenizer tokenizer)
    {
        SamplingOptions own = GenerationConfig.Load(folder).Sampling;
        // A folder that does not speak of sampling means the greedy choice of pipelines; people at a terminal are better served by the plain defaults.
        SamplingOptions options = Read(parse.CommandResult, own.Temperature > 0 ? own : new SamplingOptions { Rules = own.Rules });
        if (options.Dry.Multiplier == 0) return options;
        return options with { Dry = options.Dry.WithBreakers(tokenizer, parse.GetValue(dryBreakers) is { Length: > 0 } texts ? texts.Select(Show.Clean) : DryOptions.DefaultBreakers) };
    }

    private SamplingOptions Read(CommandResult values, SamplingOptions own) => own with
    {
        Temperature = values.GetValue(greedy) ? 0 : values.GetValue(temperature) ?? own.Temperature,
        DynamicTemperature = new(values.GetValue(dynamic) ?? 0, values.GetValue(exponent) ?? 1),
        TopK = values.GetValue(topK) ?? own.TopK,
        TopP = values.GetValue(topP) ?? own.TopP,
        MinP = values.GetValue(minP) ?? own.MinP,
        Cutoffs = new()
        {
            Typical = values.GetValue(typical) ?? own.Cutoffs.Typical,
            TopNSigma = values.GetValue(sigma) ?? 0,
            Epsilon = values.GetValue(epsilon) ?? own.Cutoffs.Epsilon,
            Eta = values.GetValue(eta) ?? own.Cutoffs.Eta,
        },
        Xtc = new(values.GetValue(xtcProbability) ?? 0, values.GetValue(xtcThreshold) ?? own.Xtc.Threshold),
        Mirostat = values.GetValue(mirostat) is { } version ? new() { Version = version, Target = values.GetValue(tau) ?? 5, Rate = values.GetValue(rate) ?? 0.1f } : null,
        RepetitionPenalty = values.GetValue(repetition) ?? own.RepetitionPenalty,
        PresencePenalty = values.GetValue(presence) ?? 0,
        FrequencyPenalty = values.GetValue(frequency) ?? 0,
        PenaltyRange = values.GetValue(penaltyLast),
        Dry = new()
        {
            Multiplier = values.GetValue(dry) ?? 0,
            Base = values.GetValue(dryBase) ?? own.Dry.Base,
            AllowedLength = values.GetValue(dryAllowed) ?? own.Dry.AllowedLength,
            Range = values.GetValue(dryRange),
        },
        Rules = own.Rules with { Biases = [.. own.Rules.Biases, .. (values.GetValue(logitBias) ?? []).Select(Bias)] },
        Filters = values.GetValue(samplers) is { } order ? TokenFilters.Parse(order) : own.Filters,
        Seed = values.GetValue(seed),
        Stop = [.. (values.GetValue(stop) ?? []).Select(Show.Clean)],
        MaxTokens = values.GetValue(maxTokens) ?? mostTokens,
    };

    private static SequenceBias Bias(string given)
    {
        string[] parts = given.Split('=');
        float value = 0;
        bool good = parts.Length == 2 && (parts[1] == "-inf" || float.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out value));
        if (!good || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int id)) throw new ArgumentException($"--logit-bias must be ID=VALUE, as in 42=-1.5, given '{given}'");
        return new SequenceBias([id], parts[1] == "-inf" ? float.NegativeInfinity : value);
    }

    // Options that say how another one works.
    private static void Needs(Command command, Option option, params Option[] dependents) => command.Validators.Add(result =>
    {
        if (result.GetResult(option) is null && dependents.FirstOrDefault(d => result.GetResult(d) is not null) is { } lonely)
            result.AddError($"{lonely.Name} needs {option.Name}.");
    });
}
