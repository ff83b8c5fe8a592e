using Spectre.Console;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>One line of a <see cref="BarTable"/>.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Share">Length of its bar, relative to the others.</param>
/// <param name="Number">Its value in words.</param>
internal sealed record BarRow(string Label, double Share, string Number)
{
    /// <summary>A line for a probability.</summary>
    public static BarRow Probability(string label, double probability) => new(label, probability, Show.Percent(probability));
}

/// <summary>Labels with their values, drawn as bars.</summary>
internal static class BarTable
{
    /// <summary>One line a row: label, value, bar. Bars are relative to the longest.</summary>
    public static IRenderable Draw(IReadOnlyList<BarRow> rows)
    {
        Table table = new Table { Border = TableBorder.None, ShowHeaders = false }
            .AddColumn(new TableColumn("label").PadRight(3).NoWrap())
            .AddColumn(new TableColumn("value").RightAligned().PadRight(2))
            .AddColumn(new TableColumn("bar"));
        double most = rows.Count == 0 ? 0 : rows.Max(r => r.Share);
        foreach (BarRow row in rows)
            table.AddRow(
                new Text(row.Label, new Style(decoration: Decoration.Bold)),
                new Text(row.Number, new Style(Color.Grey)),
                new Text(Show.Bar(most > 0 ? row.Share / most : 0, 40), new Style(Color.DodgerBlue1)));
        return new Padder(table, new Padding(2, 0, 0, 0));
    }
}
