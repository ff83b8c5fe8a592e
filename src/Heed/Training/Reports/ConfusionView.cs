using System.Globalization;
using System.Text;

namespace Heed.Training;

/// <summary>A confusion matrix as a table whose cells are tinted by their share of the row.</summary>
internal static class ConfusionView
{
    public static string Show(ConfusionTable table)
    {
        StringBuilder html = new("<div class=\"wide\"><table class=\"confusion\">\n<tr><th>right label</th>");
        foreach (string label in table.Labels) html.Append($"<th>{Html.Text(label)}</th>");
        html.Append("<th>found</th></tr>\n");
        for (int row = 0; row < table.Labels.Count; row++)
        {
            double all = Math.Max(1, table.Counts[row].Sum());
            html.Append($"<tr><th>{Html.Text(table.Labels[row])}</th>");
            for (int column = 0; column < table.Labels.Count; column++)
                html.Append(CultureInfo.InvariantCulture, $"<td class=\"{(row == column ? "right" : "wrong")}\" style=\"--share:{table.Counts[row][column] / all:0.###}\">{table.Counts[row][column]:N0}</td>");
            html.Append(CultureInfo.InvariantCulture, $"<td>{Html.Percent(table.Counts[row][row] / all)}</td></tr>\n");
        }
        return html.Append("</table></div>\n<p class=\"note\">Rows are the right labels, columns what the model says.</p>\n").ToString();
    }
}
