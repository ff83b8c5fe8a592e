using System.Text.Json;
using Heed.Generation;
using Heed.Tokenization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>The most probable next tokens, drawn as bars or written as JSON.</summary>
internal static class NextTable
{
    /// <summary>One line a token: probability, bar, token. Bars are relative to the most probable token.</summary>
    public static IRenderable Draw(Tokenizer tokenizer, IReadOnlyList<NextToken> next)
    {
        Table table = new Table { Border = TableBorder.None, ShowHeaders = false }
            .AddColumn(new TableColumn("token").PadRight(3).NoWrap())
            .AddColumn(new TableColumn("probability").RightAligned().PadRight(2))
            .AddColumn(new TableColumn("bar"));
        double most = next.Count > 0 ? next[0].Probability : 1;
        foreach (NextToken token in next)
            table.AddRow(
                new Text(Show.Token(tokenizer, token.Id), new Style(decoration: Decoration.Bold)),
                new Text(Show.Number(100 * token.Probability, token.Probability < 0.001 ? "F3" : "F1") + "%", new Style(Color.Grey)),
                new Text(Show.Bar(token.Probability / most, 40), new Style(Color.DodgerBlue1)));
        return new Padder(table, new Padding(2, 0, 0, 0));
    }

    public static void Write(Utf8JsonWriter writer, IReadOnlyList<NextToken> next)
    {
        writer.WriteStartArray("tokens");
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
