using Heed.Generation;
using Heed.Models;

namespace Heed.Studio.Pages.Inside;

/// <summary>A token in the picture of the embedding.</summary>
/// <param name="Token">The token.</param>
/// <param name="X">Along the direction in which the vectors differ most.</param>
/// <param name="Y">Along the second one.</param>
/// <param name="InText">Whether it stands in the text; else it is a neighbour of one that does.</param>
public sealed record EmbeddedToken(InspectedToken Token, double X, double Y, bool InText);

/// <summary>All that the page shows of one text in one model.</summary>
public sealed class InsideView
{
    /// <summary>Most tokens of a text: more make no picture.</summary>
    public const int MostTokens = 64;

    private const int NeighboursListed = 8, NeighboursDrawn = 3, MostDrawn = 60, Candidates = 10;

    /// <summary>What happened in the model.</summary>
    public required Inspection Seen { get; init; }

    /// <summary>The model's shape.</summary>
    public required TransformerConfig Config { get; init; }

    /// <summary>Its number of weights.</summary>
    public required long Parameters { get; init; }

    /// <summary>The mask of a model that fills masks; else null.</summary>
    public string? Mask { get; init; }

    /// <summary>Place of the first mask in the text; null where there is none.</summary>
    public int? MaskPlace { get; init; }

    /// <summary>The text's different tokens and their neighbours, in a plane.</summary>
    public required IReadOnlyList<EmbeddedToken> Plane { get; init; }

    /// <summary>The share of the vectors' differences that the plane shows.</summary>
    public required double Shown { get; init; }

    /// <summary>The vector of each of the text's tokens, by id.</summary>
    public required IReadOnlyDictionary<int, float[]> Vectors { get; init; }

    /// <summary>The nearest tokens of each of the text's tokens, by id.</summary>
    public required IReadOnlyDictionary<int, IReadOnlyList<TokenNeighbour>> Neighbours { get; init; }

    /// <summary>Whether the model has an encoder and a decoder.</summary>
    public bool IsRewriter => Seen.Cross is not null;

    /// <summary>Whether what it says at a place is the next token; else the place's own.</summary>
    public bool SaysNext => Seen.Decoder is not null;

    /// <summary>The text's tokens: of an encoder-decoder, the source's.</summary>
    public IReadOnlyList<InspectedToken> Text => (Seen.Encoder ?? Seen.Main).Tokens;

    /// <summary>Looks into a model.</summary>
    /// <exception cref="ArgumentException">The text is empty, or too long to be shown.</exception>
    public static InsideView Of(ModelInspector inspector, string text, string? target, CancellationToken cancellation)
    {
        foreach (string given in new[] { text, target ?? "" })
            if (inspector.CountTokens(given) is > MostTokens and int tokens) throw new ArgumentException($"the text has {tokens} tokens; this page shows at most {MostTokens}");
        Inspection seen = inspector.Inspect(text, target, Candidates, cancellation);
        EmbeddingSpace space = inspector.IsRewriter ? inspector.SourceEmbeddings : inspector.Embeddings;
        bool shared = inspector.Transformer.Config.SourceVocabulary is null;
        InspectedToken[] own = [.. (seen.Encoder ?? seen.Main).Tokens.Concat(shared ? seen.Target : []).Where(t => t.Id < space.Count).DistinctBy(t => t.Id)];
        int[] ids = [.. own.Select(t => t.Id)];
        IReadOnlyList<IReadOnlyList<TokenNeighbour>> near = space.Neighbours(ids, NeighboursListed);
        cancellation.ThrowIfCancellationRequested();
        InspectedToken[] others = [.. near.SelectMany(n => n.Take(NeighboursDrawn)).Select(n => n.Token).DistinctBy(t => t.Id).Where(t => !ids.Contains(t.Id)).Take(MostDrawn)];
        IReadOnlyList<float[]> vectors = space.Vectors([.. ids, .. others.Select(t => t.Id)]);
        Projection plane = Projection.Of(vectors);
        return new InsideView
        {
            Seen = seen,
            Config = inspector.Transformer.Config,
            Parameters = inspector.Transformer.ParameterCount,
            Mask = inspector.Mask,
            MaskPlace = inspector.Mask is { } mask && seen.Main.Tokens.Select(t => t.Piece).ToList().IndexOf(mask) is >= 0 and int at ? at : null,
            Plane = [.. own.Concat(others).Select((t, i) => new EmbeddedToken(t, plane.Points[i][0], plane.Points[i][1], i < own.Length))],
            Shown = plane.Shares.Sum(),
            Vectors = ids.Select((id, i) => (id, vectors[i])).ToDictionary(),
            Neighbours = ids.Select((id, i) => (id, near[i])).ToDictionary(),
        };
    }
}
