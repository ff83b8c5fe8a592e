using System.Globalization;
using Heed.Generation;

namespace Heed.Cli;

/// <summary>The attention of a layer and head, or their mean, ready to be drawn.</summary>
internal sealed class AttentionPicture
{
    /// <exception cref="ArgumentException">There is no such layer, head or token.</exception>
    public AttentionPicture(AttentionMaps maps, int? layer, int? head, string? token)
    {
        (Queries, Keys, Layer, Head, Cross) = (maps.Queries, maps.Keys, layer, head, maps.Cross);
        Weights = maps.Of(layer, head);
        if (Weights.Any(row => row.Any(w => !float.IsFinite(w)))) throw new InvalidDataException("the model's attention is not finite: its weights are damaged or its training diverged");
        Selected = token is null ? null : Find(token);
    }

    public IReadOnlyList<string> Queries { get; }

    public IReadOnlyList<string> Keys { get; }

    /// <summary>A row for each query.</summary>
    public float[][] Weights { get; }

    public int? Layer { get; }

    public int? Head { get; }

    public bool Cross { get; }

    /// <summary>The one query that is of interest; null = all.</summary>
    public int? Selected { get; }

    public string Title => $"{(Cross ? "cross-attention" : "attention")}, {(Layer is { } l ? $"layer {l}" : "mean of all layers")}, {(Head is { } h ? $"head {h}" : "mean of all heads")}";

    private int Find(string token)
    {
        // A number that is itself a token of the text means that token.
        for (int i = Queries.Count - 1; i >= 0; i--)
            if (string.Equals(Queries[i], token, StringComparison.OrdinalIgnoreCase)) return i;
        if (int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < Queries.Count) return number;
        throw new ArgumentException($"the text has no token {token}; its tokens are {string.Join(" ", Queries.Take(40).Select(Show.OneLine))}{(Queries.Count > 40 ? " ..." : "")}");
    }
}
