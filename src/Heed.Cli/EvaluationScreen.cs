using System.Globalization;
using Heed.Metrics;
using Heed.Tasks.Evaluation;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Shows how well a model did.</summary>
internal static class EvaluationScreen
{
    private const int MostClasses = 12, LabelCells = 14;

    /// <summary>The figures; for classes a line for each, and the confusion matrix.</summary>
    public static void Draw(Terminal terminal, EvaluationResult result, string data, TimeSpan elapsed)
    {
        terminal.Line($"{Markup.Escape(result.Task)}  [grey]{Show.Count(result.Items)} {(result.Items == 1 ? "text" : "texts")} of {Markup.Escape(data)}, {Show.Time(elapsed)}[/]");
        int width = result.Figures.Max(f => f.Name.Length);
        foreach (EvaluationFigure figure in result.Figures)
            terminal.Line($"  {Markup.Escape(figure.Name.PadRight(width))}  [bold]{Value(figure),9}[/]{(figure.Note is { } note ? $"  [grey]{Markup.Escape(note)}[/]" : "")}");
        if (result.Confusion is { } matrix) DrawClasses(terminal, matrix);
    }

    /// <summary>The same for programs.</summary>
    public static void WriteJson(Terminal terminal, EvaluationResult result, string data, TimeSpan elapsed) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("task", result.Task);
        w.WriteString("data", data);
        w.WriteNumber("items", result.Items);
        foreach (EvaluationFigure figure in result.Figures) w.WriteFinite(figure.Key, figure.Value);
        w.WriteStartObject("notes");
        foreach (EvaluationFigure figure in result.Figures)
            if (figure.Note is { } note) w.WriteString(figure.Key, note);
        w.WriteEndObject();
        if (result.Confusion is { } matrix)
        {
            w.WriteObjects("classes", matrix.Labels.Zip(matrix.Classes), c =>
            {
                w.WriteString("label", c.First);
                w.WriteNumber("precision", c.Second.Precision);
                w.WriteNumber("recall", c.Second.Recall);
                w.WriteNumber("f1", c.Second.F1);
                w.WriteNumber("items", c.Second.Support);
            });
            w.WriteStartArray("confusion");
            for (int actual = 0; actual < matrix.Labels.Count; actual++)
            {
                w.WriteStartArray();
                for (int predicted = 0; predicted < matrix.Labels.Count; predicted++) w.WriteNumberValue(matrix[actual, predicted]);
                w.WriteEndArray();
            }
            w.WriteEndArray();
        }
        w.WriteNumber("seconds", Math.Round(elapsed.TotalSeconds, 3));
    });

    private static string Value(EvaluationFigure figure) => figure.Scale switch
    {
        FigureScale.Share => Show.Number(100 * figure.Value, "F2") + "%",
        FigureScale.Points => Show.Number(figure.Value, "F2"),
        _ => Show.Number(figure.Value, Math.Abs(figure.Value) >= 1000 ? "N1" : "F4"),
    };

    private static void DrawClasses(Terminal terminal, ConfusionMatrix matrix)
    {
        Table classes = new Table { Border = TableBorder.Simple }.AddColumn("class");
        foreach (string head in (string[])["precision", "recall", "F1", "texts"]) classes.AddColumn(new TableColumn(head).RightAligned());
        for (int c = 0; c < matrix.Labels.Count; c++)
        {
            ClassCounts counts = matrix.Classes[c];
            classes.AddRow(new Text(Label(matrix, c)), Share(counts.Precision), Share(counts.Recall), Share(counts.F1), Number(counts.Support));
        }
        terminal.Console.Write(classes);
        if (matrix.Labels.Count > MostClasses) return; // too wide for a screen; --json has it
        Table confusion = new Table { Border = TableBorder.Simple }.AddColumn("is \\ taken for");
        for (int c = 0; c < matrix.Labels.Count; c++) confusion.AddColumn(new TableColumn(new Text(Label(matrix, c))).RightAligned());
        for (int actual = 0; actual < matrix.Labels.Count; actual++)
            confusion.AddRow([new Text(Label(matrix, actual)), .. Enumerable.Range(0, matrix.Labels.Count).Select(predicted => Number(matrix[actual, predicted], actual == predicted))]);
        terminal.Console.Write(confusion);
    }

    private static string Label(ConfusionMatrix matrix, int c) => Show.Crop(Show.OneLine(matrix.Labels[c]), LabelCells);

    private static Text Share(double share) => new(Show.Number(100 * share, "F1") + "%");

    private static Text Number(long count, bool bold = false) => new(count.ToString(CultureInfo.InvariantCulture), bold ? new Style(decoration: Decoration.Bold) : Style.Plain);
}
