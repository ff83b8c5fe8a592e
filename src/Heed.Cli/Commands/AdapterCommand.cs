using System.CommandLine;
using System.Globalization;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed adapter: show, merge.</summary>
internal static class AdapterCommand
{
    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("adapter", "Show LoRA adapters and merge them into their model")
        {
            About = "heed train makes adapters with algorithm.lora; generate, chat, translate, summarize, rewrite, eval and perplexity take them with --adapter.",
            Examples =
            [
                ("heed adapter show runs/poet", "what it updates, and how large it is"),
                ("heed adapter merge models/base runs/poet poet", "a model folder that needs no adapter"),
            ],
        };
        command.Add(Show(terminal));
        command.Add(Merge(terminal));
        return command;
    }

    private static Argument<string> Folder() => new("ADAPTER") { Description = "The folder of an adapter (adapter_config.json, adapter_model.safetensors)" };

    private static HeedCommand Show(Terminal terminal)
    {
        Argument<string> folder = Folder();
        Option<bool> json = CommonOptions.Json("One JSON object: base_model, rank, alpha, dropout, modules, modules_to_save, values");
        HeedCommand command = new("show", "Show what an adapter updates")
        {
            Examples = [("heed adapter show runs/poet", "its rank, its modules, its size")],
        };
        command.Add(folder);
        command.Add(json);
        command.SetAction(parse =>
        {
            string path = parse.GetRequiredValue(folder);
            AdapterConfig config = AdapterConfig.Read(path);
            using WeightSource weights = WeightSource.Open(Path.Combine(path, Adapter.WeightsName));
            const string first = ".lora_A.weight";
            string[] modules = [.. weights.Weights.Keys.Where(k => k.EndsWith(first, StringComparison.Ordinal)).Select(k => Adapter.ModuleOf(k[..^first.Length])).Order(StringComparer.Ordinal)];
            long values = weights.Weights.Values.Sum(w => w.Count);
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    if (config.BaseModel is { } model) w.WriteString("base_model", model);
                    w.WriteNumber("rank", config.Rank);
                    w.WriteNumber("alpha", config.Alpha);
                    w.WriteNumber("dropout", config.Dropout);
                    Texts("modules", modules);
                    Texts("modules_to_save", config.ModulesToSave);
                    w.WriteNumber("values", values);

                    void Texts(string key, IEnumerable<string> texts)
                    {
                        w.WriteStartArray(key);
                        foreach (string text in texts) w.WriteStringValue(text);
                        w.WriteEndArray();
                    }
                });
            else
            {
                if (config.BaseModel is { } model) terminal.Out.WriteLine($"of {model}");
                terminal.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rank {config.Rank}, alpha {config.Alpha}{(config.RankStabilised ? " / sqrt(rank)" : "")}, {values:N0} values"));
                foreach (string module in modules) terminal.Out.WriteLine(module);
                foreach (string module in config.ModulesToSave) terminal.Out.WriteLine($"{module} (whole)");
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static HeedCommand Merge(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Argument<string> adapter = new("ADAPTER") { Description = "The folder of an adapter, or FOLDER=WEIGHT for a part of it" };
        Argument<string> output = new("OUT") { Description = "The folder to write" };
        HeedCommand command = new("merge", "Add adapters to the weights of their model")
        {
            About = "Writes config.json, model.safetensors (float32), tokenizer.json and, where there is one, the chat template. A quantised model is widened: the result is the function of the model with its adapters, up to the rounding of float32.",
            Examples =
            [
                ("heed adapter merge models/base runs/poet poet", "a model folder that needs no adapter"),
                ("heed adapter merge models/base runs/poet=0.5 both --adapter runs/formal=0.5", "half of each"),
            ],
        };
        command.Add(model);
        command.Add(adapter);
        command.Add(output);
        AdapterArguments more = new(command);
        command.SetAction(parse =>
        {
            ModelFile given = ModelFile.Find(parse.GetRequiredValue(model));
            string path = parse.GetRequiredValue(output);
            given.RefuseAsOutput(path);
            string first = parse.GetRequiredValue(adapter);
            AdapterUse use = AdapterArguments.Parse(first) ?? throw new ArgumentException($"an adapter must be FOLDER or FOLDER=WEIGHT with a number, given '{first}'");
            ModelExport.WriteFolder(given.Path, path, adapters: [use, .. more.Read(parse)]);
            terminal.Out.WriteLine($"{path}: {PullDisplay.Bytes(new ModelFile(path).Bytes)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
