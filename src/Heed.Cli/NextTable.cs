using System.Text.Json;
using Heed.Generation;
using Heed.Tokenization;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>The most probable next tokens, drawn as bars or written as JSON.</summary>
internal static class NextTable
{
    /// <summary>One line a token: probability, bar, token. Bars are relative to the most probable token.</summary>
    public static IRenderable Draw(Tokenizer tokenizer, IReadOnlyList<NextToken> next) =>
        BarTable.Draw([.. next.Select(token => BarRow.Probability(Show.Token(tokenizer, token.Id), token.Probability))]);

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<NextToken> next)
    {
        writer.WritePropertyName("tokens");
        WriteList(writer, next);
    }

    /// <summary>The tokens as a list without a name.</summary>
    public static void WriteList(Utf8JsonWriter writer, IReadOnlyList<NextToken> next)
    {
        writer.WriteStartArray();
        foreach (NextToken token in next)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("text", token.Text);
            writer.WriteFinite("probability", token.Probability);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
