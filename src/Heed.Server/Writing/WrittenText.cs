using System.Text;
using Heed.Generation;

namespace Heed.Server;

/// <summary>One of the texts of a request, whole.</summary>
internal sealed class WrittenText
{
    private readonly StringBuilder text = new(), thoughts = new();
    private readonly List<WrittenToken> tokens = [];
    private readonly List<ToolCall> calls = [];
    private double logProb;

    /// <summary>What was written.</summary>
    public string Text => text.ToString();

    /// <summary>What was thought before.</summary>
    public string Thoughts => thoughts.ToString();

    /// <summary>Its tokens, where probabilities were asked for.</summary>
    public IReadOnlyList<WrittenToken> Tokens => tokens;

    /// <summary>Calls of tools in it.</summary>
    public IReadOnlyList<ToolCall> Calls => calls;

    /// <summary>Tokens that were written.</summary>
    public int Count { get; private set; }

    /// <summary>Those of them that were thoughts.</summary>
    public int ThoughtCount { get; private set; }

    /// <summary>Why it ended.</summary>
    public string Finish { get; private set; } = "length";

    /// <summary>Tokens of its prompt that did not have to be computed.</summary>
    public int Reused { get; private set; }

    /// <summary>The mean logarithmic probability of its tokens.</summary>
    public double Score => Count == 0 ? double.NegativeInfinity : logProb / Count;

    /// <summary>Collects all texts of a request.</summary>
    public static async Task<WrittenText[]> All(IAsyncEnumerable<TextPiece> pieces, int count)
    {
        WrittenText[] texts = [.. Enumerable.Range(0, count).Select(_ => new WrittenText())];
        await foreach (TextPiece piece in pieces.ConfigureAwait(false)) texts[piece.Choice].Add(piece);
        return texts;
    }

    /// <summary>Takes the next piece.</summary>
    public void Add(TextPiece piece)
    {
        text.Append(piece.Text);
        thoughts.Append(piece.Thought);
        ThoughtCount += piece.ThoughtCount;
        tokens.AddRange(piece.Tokens);
        calls.AddRange(piece.Calls);
        Count += piece.Count;
        logProb += piece.LogProb;
        Reused = Math.Max(Reused, piece.Reused);
        if (piece.Finish is { } finish) Finish = finish;
    }
}
