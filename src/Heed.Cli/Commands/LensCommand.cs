using System.CommandLine;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed lens: what a model would say after each of its layers.</summary>
internal static class LensCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> text = new("TEXT") { Description = "The text" };
        Option<string?> target = new("--target") { HelpName = "TARGET", Description = "Of an encoder-decoder: what it is to write. Default: what it writes itself" };
        Option<int?> top = new Option<int?>("--top") { HelpName = "N", Description = "Candidates of each place in --json. Default 5" }.InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: tokens (id, text), target, layers (the embedding, then each layer: a list of the places' candidates: id, text, probability)");
        HeedCommand command = new("lens", "Watch a model make up its mind, layer by layer")
        {
            About = "The logit lens: for every token (a row) and every layer (a column) the token that would be most probable if the model's last norm and head read that layer already. A decoder says what comes next, an encoder what stands there. The first column reads the embedding, which no layer has worked on yet; behind the last layer stands the model's answer.",
            Examples =
            [
                ("heed lens stories-en \"Once upon a time there was a little\"", "how the next word takes shape"),
                ("heed lens models/bert-base-uncased \"Paris is the [MASK] of France.\"", "what a masked word becomes"),
                ("heed lens zh-en 我是一个学生", "a translation, token by token"),
            ],
        };
        command.Add(model);
        command.Add(text);
        foreach (Option option in (Option[])[target, top, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Writer, ModelKind.Rewriter, ModelKind.Filler);
            if (RecurrentFolder.IsRecurrentModel(folder)) throw new NotSupportedException($"{folder} is a recurrent model, which has no layers of a Transformer to look into");
            ModelInspector inspector = ModelInspector.Load(folder);
            string? written = parse.GetValue(target) is { } t ? Show.Clean(t) : null;
            Inspection seen = inspector.Inspect(Show.Clean(parse.GetRequiredValue(text)), written, parse.GetValue(json) ? parse.GetValue(top) ?? 5 : 1);
            if (parse.GetValue(json)) WriteJson(terminal, seen);
            else LensTable.Write(terminal, inspector.Tokenizer, seen);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void WriteJson(Terminal terminal, Inspection seen) => JsonLine.Write(terminal.Out, w =>
    {
        foreach ((string name, IReadOnlyList<InspectedToken> tokens) in new[] { ("tokens", (seen.Encoder ?? seen.Main).Tokens), ("target", seen.Target) })
            w.WriteObjects(name, tokens, token =>
            {
                w.WriteNumber("id", token.Id);
                w.WriteString("text", token.Text);
            });
        w.WriteStartArray("layers");
        for (int layer = 0; layer < seen.Lens!.Layers; layer++)
        {
            w.WriteStartArray();
            for (int place = 0; place < seen.Lens.Tokens; place++) NextTable.WriteList(w, seen.Lens[layer, place]);
            w.WriteEndArray();
        }
        w.WriteEndArray();
    });
}
