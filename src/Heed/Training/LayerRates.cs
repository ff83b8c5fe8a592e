using System.Globalization;
using System.Text.RegularExpressions;

namespace Heed.Training;

/// <summary>
/// Layer-wise learning rates (ELECTRA's fine-tuning; Clark et al. 2020, https://arxiv.org/abs/2003.10555): what stands above the blocks learns
/// at the full rate, each block at <c>decay</c> times the rate of the one above it, and what stands below them once more so.
/// </summary>
internal static partial class LayerRates
{
    // What turns ids into the vectors that the first block reads, and the biases that all blocks share.
    private static readonly string[] Below = ["embedding", "positions", "types", "tasks", "embedding_norm", "embedding_projection", "relative_bias"];

    /// <summary>The factor of each weight's rate by its name; null where all are 1.</summary>
    /// <param name="names">All weights: they tell how many blocks each stack has.</param>
    /// <param name="decay">Factor from a block to the one below it.</param>
    public static Func<string, float>? Of(IEnumerable<string> names, double decay)
    {
        if (decay == 1) return null;
        Dictionary<string, int> depths = [];
        foreach (string name in names)
            if (Block(name) is { } block) depths[block.Stack] = Math.Max(depths.GetValueOrDefault(block.Stack), block.Number + 1);
        int deepest = depths.Count == 0 ? 0 : depths.Values.Max();
        return name =>
        {
            string stack = name.StartsWith("encoder.", StringComparison.Ordinal) ? "encoder." : name.StartsWith("decoder.", StringComparison.Ordinal) ? "decoder." : "";
            int above = Block(name) is { } block ? depths[block.Stack] - block.Number
                : Array.IndexOf(Below, name[stack.Length..].Split('.')[0]) >= 0 ? depths.GetValueOrDefault(stack, deepest) + 1 : 0;
            return (float)Math.Pow(decay, above);
        };
    }

    private static (string Stack, int Number)? Block(string name) =>
        InBlock().Match(name) is { Success: true } match ? (match.Groups[1].Value, int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)) : null;

    [GeneratedRegex(@"^(.*?)blocks\.(\d{1,6})\.")]
    private static partial Regex InBlock();
}
