using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Fourth stage: adds the special tokens which a model expects around a text. Implementations are immutable and thread-safe.</summary>
public interface IPostProcessor
{
    /// <summary>The tokens which it adds, with their ids in the vocabulary.</summary>
    IReadOnlyList<(string Token, int Id)> Tokens { get; }

    /// <summary>Appends one text's ids with its special tokens to <paramref name="output"/>.</summary>
    void Process(ReadOnlySpan<int> ids, List<int> output);

    /// <summary>Appends a pair of texts with their special tokens to <paramref name="output"/>.</summary>
    void ProcessPair(ReadOnlySpan<int> first, ReadOnlySpan<int> second, List<int> output);

    /// <summary>Writes the component as an object of the tokenizer.json format.</summary>
    void Write(Utf8JsonWriter writer);
}
