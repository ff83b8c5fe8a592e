using System.Text.Json;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;

namespace Heed.Training;

/// <summary>The part of <see cref="Verifier"/> for recorded generations: greedy choice and beam searches with all their rules, tokens and scores.</summary>
internal static class GenerationVerifier
{
    /// <summary>Generates anew and compares: token ids exactly, scores within their tolerance.</summary>
    /// <param name="model">The model.</param>
    /// <param name="defaults">What the folder's generation_config.json says.</param>
    /// <param name="generation">What was recorded.</param>
    public static IEnumerable<Verdict> Verify(Transformer model, GenerationOptions defaults, ReferenceGeneration generation)
    {
        string title = $"generate/{generation.Name}";
        if (NotComparable(generation) is { } reason) return [new Verdict(title, 0, 0, 0, reason)];
        GenerationOptions options = GenerationConfig.Override(defaults, generation.Arguments);
        int[][] inputs = Unpadded(generation.Inputs["input_ids"], generation.Inputs.GetValueOrDefault("attention_mask"), padding: 0);
        List<IReadOnlyList<int>> tokens = [];
        List<float> scores = [];
        if (options.Beams.Count > 1)
        {
            foreach (ScoredSequence found in new BeamSearch(model).Run(inputs, options).SelectMany(f => f))
            {
                tokens.Add(found.Tokens);
                scores.Add(found.Score);
            }
        }
        else
        {
            tokens.AddRange(Greedy(model, inputs, options));
        }
        bool equal = tokens.Count == generation.NewTokens.Count && tokens.Zip(generation.NewTokens).All(pair => pair.First.SequenceEqual(pair.Second));
        List<Verdict> verdicts = [new(title, equal ? 0 : double.NaN, 0, generation.NewTokens.Sum(row => row.Count))];
        if (generation is { Scores: { } expected, ScoreTolerance: { } tolerance })
            verdicts.Add(scores.Count == expected.Count ? Verifier.Compare($"{title}/scores", scores.ToArray(), expected.Floats.Span, tolerance, default) : new Verdict($"{title}/scores", double.NaN, tolerance, 0));
        return verdicts;
    }

    /// <summary>The greedy tokens of each input.</summary>
    public static List<int>[] Greedy(Transformer model, int[][] inputs, GenerationOptions options)
    {
        List<int>[] tokens = [.. inputs.Select(_ => new List<int>())];
        foreach (GeneratedToken[] step in new Generator(model).GenerateBatch(inputs, options))
            for (int i = 0; i < step.Length; i++)
                if (step[i].Id >= 0) tokens[i].Add(step[i].Id);
        return tokens;
    }

    /// <summary>Rows of ids (batch, tokens) without what a mask (batch, tokens) calls padding.</summary>
    public static int[][] Unpadded(ArrayData ids, ArrayData? mask, int padding)
    {
        int length = (int)ids.Shape[1];
        return [.. Enumerable.Range(0, (int)ids.Shape[0]).Select(row => (int[])[.. Enumerable.Range(row * length, length).Where(i => mask is null || mask.Int64s.Span[i] != padding).Select(i => (int)ids.Int64s.Span[i])])];
    }

    private static string? NotComparable(ReferenceGeneration generation)
    {
        if (GenerationConfig.Unsupported(generation.Arguments) is { } key) return $"{key} = {generation.Arguments[key].GetRawText()} is not supported yet";
        if (generation.Arguments.TryGetValue("do_sample", out JsonElement sample) && sample.ValueKind == JsonValueKind.True) return "a draw cannot be compared";
        string? input = generation.Inputs.Keys.FirstOrDefault(name => name is not ("input_ids" or "attention_mask"));
        return input is null ? null : $"the input {input} is not supported yet";
    }
}
