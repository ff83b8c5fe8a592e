using System.Globalization;
using System.Text;
using Heed.Generation;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>The logit lens in the terminal: a row for each token, a column for each layer, the most probable token in each cell.</summary>
internal static class LensTable
{
    private const int Cell = 12, LongestLabel = 14; // terminal cells

    public static void Write(Terminal terminal, Tokenizer tokenizer, Inspection seen)
    {
        LogitLens lens = seen.Lens!;
        IReadOnlyList<InspectedToken> tokens = seen.Main.Tokens;
        string[] labels = [.. tokens.Select(t => Show.Crop(Show.Token(tokenizer, t.Id), LongestLabel - 1))];
        int label = labels.Max(Width), number = (tokens.Count - 1).ToString(CultureInfo.InvariantCulture).Length;
        int[] layers = Chosen(lens.Layers, terminal.Live ? Math.Max(1, (terminal.Console.Profile.Width - number - label - 2) / Cell) : int.MaxValue);
        terminal.Line($"[grey]{new string(' ', number + label + 2)}{string.Concat(layers.Select(l => Named(l, lens.Layers).PadRight(Cell))).TrimEnd()}[/]");
        for (int place = 0; place < tokens.Count; place++)
        {
            StringBuilder line = new();
            line.Append(CultureInfo.InvariantCulture, $"{place.ToString(CultureInfo.InvariantCulture).PadLeft(number)} ").Append(Markup.Escape(Padded(labels[place], label))).Append(' ');
            foreach (int layer in layers) line.Append(Drawn(terminal, tokenizer, lens[layer, place][0]));
            terminal.Line(line.ToString().TrimEnd());
        }
        terminal.Line($"[grey]{(seen.Decoder is null ? "what stands at each place" : "what comes after each token")}, with its probability in percent[/]");
        if (layers.Length < lens.Layers) terminal.Line($"[grey]{lens.Layers - layers.Length} layers do not fit; --json shows all[/]");
    }

    // Evenly spaced layers, the last one among them.
    private static int[] Chosen(int layers, int room) => room >= layers
        ? [.. Enumerable.Range(0, layers)]
        : [.. Enumerable.Range(0, room).Select(i => layers - 1 - (int)Math.Round((room - 1 - i) * (layers - 1) / Math.Max(1.0, room - 1))).Distinct()];

    // Layers are counted from 0, as heed see does.
    private static string Named(int layer, int layers) => layer == 0 ? "embedding" : layer == layers - 1 ? "answer" : $"layer {(layer - 1).ToString(CultureInfo.InvariantCulture)}";

    private static string Drawn(Terminal terminal, Tokenizer tokenizer, NextToken token)
    {
        string percent = ((int)Math.Round(100 * token.Probability)).ToString(CultureInfo.InvariantCulture);
        string text = Show.Crop(Show.Token(tokenizer, token.Id), Cell - percent.Length - 3);
        string cell = Markup.Escape(Padded($"{text} {percent}", Cell - 1));
        if (!terminal.Live) return cell + " ";
        int level = 20 + (int)(90 * token.Probability); // darker to brighter teal, with white letters
        return $"[white on rgb({level / 5},{level},{level})]{cell}[/] ";
    }

    private static string Padded(string text, int width) => text + new string(' ', Math.Max(0, width - Width(text)));

    private static int Width(string text) => text.Sum(Show.Cells);
}
