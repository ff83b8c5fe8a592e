using System.Text;

namespace Heed.Training;

/// <summary>Several runs on one page: a table of their figures, where their recipes differ, and their curves in one picture.</summary>
internal static class RunComparison
{
    public static string Draw(IReadOnlyList<RunHistory> runs)
    {
        StringBuilder body = new();
        body.Append(Html.Card("Figures", Table(runs, [.. runs.Select(r => RunReport.Figures(r).ToDictionary(f => f.Name, f => f.Value))])));
        body.Append(Html.Card("Loss", RunCurves.Losses(runs)));
        string small = RunCurves.Small(runs, "learning rate", p => p.LearningRate) + RunCurves.Small(runs, "gradient norm", p => p.GradientNorm, spikes: true)
            + RunCurves.Small(runs, "tokens per second", p => p.TokensPerSecond) + RunCurves.Small(runs, "share of the machine's peak (MFU), %", p => 100 * p.Utilization);
        if (small.Length > 0) body.Append(Html.Card("Along the way", $"<div class=\"grid-of-charts\">{small}</div>"));
        Dictionary<string, string>[] recipes = [.. runs.Select(r => RecipeValues.Read(r.Folder))];
        string[] differ = [.. recipes.SelectMany(r => r.Keys).Distinct().Where(k => recipes.Select(r => r.GetValueOrDefault(k)).Distinct().Count() > 1)];
        body.Append(Html.Card("Where the recipes differ", differ.Length == 0 ? "<p>Nowhere.</p>" : Table(runs, [.. recipes.Select(r => differ.Where(r.ContainsKey).ToDictionary(k => k, k => r[k]))])));
        return Html.Page(string.Join(", ", runs.Select(r => r.Name)), $"{runs.Count} runs", body.ToString());
    }

    // A row for each run, a column for each name that any of them has.
    private static string Table(IReadOnlyList<RunHistory> runs, Dictionary<string, string>[] values)
    {
        string[] names = [.. values.SelectMany(v => v.Keys).Distinct()];
        StringBuilder html = new("<div class=\"wide\"><table class=\"values\">\n<tr><th>run</th>");
        foreach (string name in names) html.Append($"<th>{Html.Text(name)}</th>");
        html.Append("</tr>\n");
        for (int i = 0; i < runs.Count; i++)
        {
            html.Append($"<tr><th class=\"c{i % 8}\"><i></i>{Html.Text(runs[i].Name)}</th>");
            foreach (string name in names) html.Append($"<td>{Html.Text(values[i].GetValueOrDefault(name, ""))}</td>");
            html.Append("</tr>\n");
        }
        return html.Append("</table></div>\n").ToString();
    }
}
