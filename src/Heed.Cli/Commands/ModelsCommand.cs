using System.CommandLine;
using Heed.Models;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed models: the models that have a name.</summary>
internal static class ModelsCommand
{
    public static Command Create(Terminal terminal)
    {
        Option<bool> json = CommonOptions.Json("One JSON object a line for each model: name, path, bytes, summary, and the fields of its card");
        HeedCommand command = new("models", "List the models that can be named")
        {
            About = "Lists the models in ./models, those that come with heed, and those in the folders of HEED_MODELS: each is a folder with a .gguf file or a model in the layout of Hugging Face, and a card README.md. Every command that takes a MODEL takes such a name.",
            Examples = [("heed models", "what there is"), ("heed generate stories-en \"Once upon a time\"", "a model by its name")],
        };
        command.Add(json);
        command.SetAction(parse =>
        {
            IReadOnlyList<CatalogModel> models = ModelCatalog.List();
            if (parse.GetValue(json)) WriteJson(terminal, models);
            else Write(terminal, models);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Write(Terminal terminal, IReadOnlyList<CatalogModel> models)
    {
        if (models.Count == 0)
        {
            terminal.Line($"[grey]no models in {Markup.Escape(string.Join(", ", ModelCatalog.Folders))}[/]");
            return;
        }
        int width = models.Max(m => m.Name.Length) + 2;
        foreach (CatalogModel model in models)
        {
            string licence = model.Fields.TryGetValue("license", out string? l) ? $"  [grey]{Markup.Escape(l)}[/]" : "";
            terminal.Line($"  [bold]{Markup.Escape(model.Name.PadRight(width))}[/][grey]{PullDisplay.Bytes(model.Bytes),9}[/]  {Markup.Escape(model.Summary)}{licence}");
        }
    }

    private static void WriteJson(Terminal terminal, IReadOnlyList<CatalogModel> models)
    {
        foreach (CatalogModel model in models)
            JsonLine.Write(terminal.Out, w =>
            {
                w.WriteString("name", model.Name);
                w.WriteString("path", model.Path);
                w.WriteNumber("bytes", model.Bytes);
                w.WriteString("summary", model.Summary);
                w.WriteStartObject("card");
                foreach ((string key, string value) in model.Fields) w.WriteString(key, value);
                w.WriteEndObject();
            });
    }
}
