using System.CommandLine;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Generation;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed export: a model in the files of another program.</summary>
internal static class ExportCommand
{
    private static readonly string[] Folders = [nameof(WeightType.F32), nameof(WeightType.F16), nameof(WeightType.BF16)];

    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string> to = new("--to") { HelpName = "FORMAT", Required = true, Description = "gguf: one file, with tokenizer and chat template, for llama.cpp and its kin. safetensors: a folder as Hugging Face has it" };
        to.AcceptOnlyFromAmong("gguf", "safetensors");
        Option<string?> type = QuantizeCommand.TypeOption("How to store the weights; a folder has F32, F16 or BF16. Default F32");
        Option<string?> output = new("--output", "-o") { HelpName = "PATH", Description = "Where to write. Default: the model's name in this folder" };
        Option<bool> json = CommonOptions.Json("One JSON object: output, bytes");
        HeedCommand command = new("export", "Write a model as .gguf or as a folder of safetensors")
        {
            About = "What the target cannot say is an error, never left out in silence. A .gguf file becomes a folder with config.json, model.safetensors and tokenizer.json, which heed train and Hugging Face read.",
            Examples =
            [
                ("heed export runs/stories --to gguf", "stories.gguf, to run in llama.cpp"),
                ("heed export runs/stories --to gguf --type Q8_0 -o small.gguf", "a quarter of the size; heed quantize has more to say"),
                ("heed export model.gguf --to safetensors -o model", "back to a folder that can be trained"),
                ("heed export runs/translate --to safetensors --type BF16 -o small", "half the size, in the range of float32"),
            ],
        };
        command.Add(model);
        foreach (Option option in (Option[])[to, type, output, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(to) == "safetensors" && result.GetValue(type) is { } name && !Folders.Contains(name, StringComparer.OrdinalIgnoreCase)) result.AddError($"--type {name} is of .gguf files: a folder of safetensors has one of {string.Join(", ", Folders)}.");
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            ModelFile given = ModelFile.Find(parse.GetRequiredValue(model));
            bool gguf = parse.GetValue(to) == "gguf";
            string path = parse.GetValue(output) ?? given.Name + (gguf ? GgufFile.Extension : "");
            given.RefuseAsOutput(path);
            long bytes;
            if (gguf)
            {
                using ProgressLine progress = new(terminal);
                bytes = ModelExport.WriteGguf(given.Path, path, new GgufWriteOptions { Mix = GgufMix.Find(parse.GetValue(type) ?? "F32"), Progress = (done, all, name) => progress.Say($"{done} of {all}: {name}"), Pooling = given.Pooling, Cancellation = interrupt.Token }).Bytes;
            }
            else
            {
                ModelExport.WriteFolder(given.Path, path, Enum.Parse<WeightType>(parse.GetValue(type) ?? nameof(WeightType.F32), ignoreCase: true));
                bytes = new ModelFile(path).Bytes;
            }
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("output", path);
                    w.WriteNumber("bytes", bytes);
                });
            else terminal.Out.WriteLine($"{path}: {PullDisplay.Bytes(bytes)}");
            return ExitCode.Ok;
        });
        return command;
    }
}
