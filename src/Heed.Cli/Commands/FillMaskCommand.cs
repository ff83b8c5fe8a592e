using System.CommandLine;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed fill-mask: words for a gap.</summary>
internal static class FillMaskCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Option<int?> top = CommonOptions.Whole("--top", "Candidates for each gap. Default 5").InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a text: text, masks (candidates: id, token, probability, text)");
        HeedCommand command = new("fill-mask", "Find the words for a gap in a text")
        {
            About = "A masked language model (BERT, RoBERTa, ELECTRA, ERNIE, ...) says for each [MASK] (or <mask>) which tokens may stand there, and how probable each is.",
            Examples =
            [
                ("heed fill-mask models/bert-base-uncased \"Paris is the [MASK] of France.\"", "five words and their probabilities"),
                ("heed fill-mask models/bert-base-uncased --file gaps.txt --top 1 --json", "every line of a file, for programs"),
            ],
        };
        command.Add(model);
        TextInputs texts = new(command, "TEXT", "Texts with gaps. Without any: the lines of standard input");
        foreach (Option option in (Option[])[top, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            FillMask fill = FillMask.Load(ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Filler));
            bool single = texts.IsSingle(parse);
            foreach (string text in texts.Read(parse).SelectMany(group => group))
            {
                IReadOnlyList<IReadOnlyList<MaskCandidate>> masks = fill.Fill(text, parse.GetValue(top) ?? 5);
                if (parse.GetValue(json)) WriteJson(terminal, text, masks);
                else Draw(terminal, single ? null : text, masks);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Draw(Terminal terminal, string? text, IReadOnlyList<IReadOnlyList<MaskCandidate>> masks)
    {
        if (text is not null) terminal.Text(text + "\n");
        for (int i = 0; i < masks.Count; i++)
        {
            if (masks.Count > 1) terminal.Line($"gap {i + 1}");
            terminal.Console.Write(BarTable.Draw([.. masks[i].Select(c => BarRow.Probability(Show.OneLine(c.Token), c.Probability))]));
        }
    }

    private static void WriteJson(Terminal terminal, string text, IReadOnlyList<IReadOnlyList<MaskCandidate>> masks) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("text", text);
        w.WriteObjects("masks", masks, candidates => w.WriteObjects("candidates", candidates, c =>
        {
            w.WriteNumber("id", c.Id);
            w.WriteString("token", c.Token);
            w.WriteFinite("probability", c.Probability);
            w.WriteString("text", c.Text);
        }));
    });
}
