using System.CommandLine;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Cli.Commands;

/// <summary>heed classify: labels for texts, or for images.</summary>
internal static class ClassifyCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model("config.json, model.safetensors, and tokenizer.json or preprocessor_config.json");
        Option<string?> pair = new("--pair") { HelpName = "TEXT", Description = "A second text for each, such as the hypothesis of an inference" };
        Option<int?> top = CommonOptions.Whole("--top", "Labels to show. Default: all of one text, the best of several; 5 of an image").InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a text or image: text or image, labels (label, score)");
        HeedCommand command = new("classify", "Label texts, or images")
        {
            About = "A model for sequence classification (BERT, RoBERTa, ...) says which labels a text has: its mood, its topic. ViT and Swin say what an image shows; PNG, JPEG, BMP and GIF files are read.",
            Examples =
            [
                ("heed classify models/sentiment \"What a lovely day\"", "every label and its probability"),
                ("heed classify models/sentiment --file reviews.txt --json", "each line of a file, for programs"),
                ("heed classify models/vit-base-patch16-224 cat.jpg dog.png", "what two images show"),
            ],
        };
        command.Add(model);
        TextInputs inputs = new(command, "INPUT", "Texts, or the paths of images. Without any: the lines of standard input");
        foreach (Option option in (Option[])[pair, top, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string folder = ModelArgument.Demand(parse.GetRequiredValue(model), command.Name, ModelKind.Classifier, ModelKind.Image);
            bool images = ModelKinds.Of(folder) == ModelKind.Image, single = inputs.IsSingle(parse);
            string? second = parse.GetValue(pair);
            if (images && second is not null) throw new ArgumentException("--pair is for texts; this is a model of images");
            Func<string[], IReadOnlyList<IReadOnlyList<LabelScore>>> classify = images ? Images(folder) : Texts(folder, second);
            int most = parse.GetValue(top) ?? (images ? 5 : single ? int.MaxValue : 1);
            foreach (string[] group in inputs.Read(parse))
                foreach ((string input, IReadOnlyList<LabelScore> labels) in group.Zip(classify(group)))
                    if (parse.GetValue(json)) WriteJson(terminal, images ? "image" : "text", input, labels.Take(parse.GetValue(top) ?? int.MaxValue));
                    else Draw(terminal, input, [.. labels.Take(most)], single);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Func<string[], IReadOnlyList<IReadOnlyList<LabelScore>>> Texts(string folder, string? second)
    {
        TextClassifier classifier = TextClassifier.Load(folder);
        return texts => classifier.ClassifyAll([.. texts.Select(text => (text, second))]);
    }

    private static Func<string[], IReadOnlyList<IReadOnlyList<LabelScore>>> Images(string folder)
    {
        ImageClassifier classifier = ImageClassifier.Load(folder);
        return paths => [.. paths.Select(path => classifier.Classify(ImageFile.Read(path)))];
    }

    private static void Draw(Terminal terminal, string input, LabelScore[] labels, bool single)
    {
        if (labels.Length == 1 && !single)
        {
            terminal.Text($"{Show.OneLine(labels[0].Label)}  {Show.Number(labels[0].Score, "F4")}  {Show.OneLine(input)}\n");
            return;
        }
        if (!single) terminal.Text(Show.OneLine(input) + "\n");
        // Scores of a regression are no shares; they may be below 0.
        terminal.Console.Write(BarTable.Draw([.. labels.Select(l => new BarRow(Show.OneLine(l.Label), Math.Max(0, l.Score), l.Score is >= 0 and <= 1 ? Show.Percent(l.Score) : Show.Number(l.Score, "F4")))]));
    }

    private static void WriteJson(Terminal terminal, string kind, string input, IEnumerable<LabelScore> labels) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString(kind, input);
        w.WriteObjects("labels", labels, label =>
        {
            w.WriteString("label", label.Label);
            w.WriteFinite("score", label.Score);
        });
    });
}
