using System.CommandLine;
using System.CommandLine.Parsing;
using Heed.Generation;

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
        foreach (Option option in (Option[])[temperature, greedy, topK, topP, minP, repetition, presence, frequency, seed, stop, maxTokens]) command.Add(option);
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
    public SamplingOptions Read(ParseResult parse, string folder)
    {
        SamplingOptions own = GenerationConfig.Load(folder).Sampling;
        // A folder that does not speak of sampling means the greedy choice of pipelines; people at a terminal are better served by the plain defaults.
        return Read(parse.CommandResult, own.Temperature > 0 ? own : new SamplingOptions { Rules = own.Rules });
    }

    private SamplingOptions Read(CommandResult values, SamplingOptions own) => own with
    {
        Temperature = values.GetValue(greedy) ? 0 : values.GetValue(temperature) ?? own.Temperature,
        TopK = values.GetValue(topK) ?? own.TopK,
        TopP = values.GetValue(topP) ?? own.TopP,
        MinP = values.GetValue(minP) ?? own.MinP,
        RepetitionPenalty = values.GetValue(repetition) ?? own.RepetitionPenalty,
        PresencePenalty = values.GetValue(presence) ?? 0,
        FrequencyPenalty = values.GetValue(frequency) ?? 0,
        Seed = values.GetValue(seed),
        Stop = [.. (values.GetValue(stop) ?? []).Select(Show.Clean)],
        MaxTokens = values.GetValue(maxTokens) ?? mostTokens,
    };
}
