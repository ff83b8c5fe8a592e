using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Fourth stage: adds the special tokens which a model expects around a text. Implementations are immutable and thread-safe.</summary>
public interface IPostProcessor
{
    /// <summary>What a text, or a pair of texts, becomes; null: nothing is added and type ids stay 0 for the first text and 1 for the second.</summary>
    TokenFrame? Frame(bool pair);

    /// <summary>How the offsets of byte-level tokens lose the spaces that the tokens carry; null: they keep them.</summary>
    OffsetTrim? Trim => null;

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}

/// <summary>Takes white space away from the ends of offsets.</summary>
/// <param name="AddPrefixSpace">A single space at the front of a text was put there and covers no text.</param>
public sealed record OffsetTrim(bool AddPrefixSpace);

/// <summary>One part of a <see cref="TokenFrame"/>: special tokens, or a text.</summary>
/// <param name="Sequence">0 for the first text, 1 for the second, null for special tokens.</param>
/// <param name="Tokens">The special tokens with their ids.</param>
/// <param name="TypeId">The type id of all of them.</param>
public sealed record FramePart(int? Sequence, IReadOnlyList<(string Token, int Id)> Tokens, int TypeId)
{
    /// <summary>A text.</summary>
    public static FramePart Text(int sequence, int typeId = 0) => new(sequence, [], typeId);

    /// <summary>A special token.</summary>
    public static FramePart Special((string Token, int Id) token, int typeId = 0) => new(null, [token], typeId);
}

/// <summary>The texts of a pair (or one text) and the special tokens around them, in order.</summary>
/// <param name="Parts">The parts.</param>
public sealed record TokenFrame(IReadOnlyList<FramePart> Parts)
{
    /// <summary>Type ids are set only together with the special tokens.</summary>
    public bool OnlyWithSpecialTokens { get; init; }

    /// <summary>Type ids are set in the parts cut off by truncation too; otherwise those have 0 for the first text and 1 for the second.</summary>
    public bool SetsOverflow { get; init; }

    /// <summary>Number of special tokens.</summary>
    public int AddedTokens => Parts.Sum(p => p.Tokens.Count);

    /// <summary>Appends the ids of one text with the special tokens around it.</summary>
    internal void Apply(ReadOnlySpan<int> first, ReadOnlySpan<int> second, List<int> output)
    {
        foreach (FramePart part in Parts)
        {
            if (part.Sequence is { } sequence) output.AddRange(sequence == 0 ? first : second);
            else
                foreach ((_, int id) in part.Tokens)
                    output.Add(id);
        }
    }
}
