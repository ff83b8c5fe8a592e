using System.CommandLine;
using Heed.Formats;
using Heed.Models;

namespace Heed.Cli.Commands;

/// <summary>heed forward: inputs in, tensors out.</summary>
internal static class ForwardCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model("config.json and model.safetensors");
        Option<string> inputs = new("--inputs") { HelpName = "FILE", Required = true, Description = "JSON: input_ids, and optionally attention_mask, position_ids, labels; pixel_values for a model of images; nested lists, or objects of dtype, shape, data" };
        Option<string> output = new("--output") { HelpName = "FILE", Required = true, Description = "The safetensors file to write" };
        Option<bool> all = new("--all") { Description = "Also every hidden_states.i and attentions.i" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: the shape of every tensor written");
        HeedCommand command = new("forward", "Run a model once and write what it computes as safetensors")
        {
            About = "Writes logits and last_hidden_state, loss where labels are given, and with --all what happens inside. Made for comparing with other programs.",
            Examples =
            [
                ("echo '{\"input_ids\": [[1, 2, 3]]}' > in.json; heed forward runs/stories --inputs in.json --output out.safetensors", "logits (1, 3, vocabulary) and the last hidden state"),
                ("heed forward runs/stories --inputs in.json --output out.safetensors --all", "with every hidden state and attention map"),
            ],
        };
        command.Add(model);
        foreach (Option option in (Option[])[inputs, output, all, threads, json]) command.Add(option);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            IReadOnlyDictionary<string, ArrayData> given = InputsJson.Read(parse.GetRequiredValue(inputs));
            string folder = CommonOptions.Folder(parse.GetRequiredValue(model));
            IReadOnlyDictionary<string, ModelOutput> outputs = ImageFolder.IsImageModel(folder)
                ? ImageRunner.Run(ImageFolder.Load(folder), given, parse.GetValue(all))
                : ModelRunner.Run(ModelFolder.Load(folder), given, parse.GetValue(all));
            string file = parse.GetRequiredValue(output);
            SafetensorsWriter.Write(file, outputs.Select(o => SafetensorsEntry.Floats(o.Key, o.Value.Shape, o.Value.Values)));
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("output", file);
                    w.WriteStartObject("tensors");
                    foreach ((string name, ModelOutput tensor) in outputs)
                    {
                        w.WriteStartArray(name);
                        foreach (long size in tensor.Shape) w.WriteNumberValue(size);
                        w.WriteEndArray();
                    }
                    w.WriteEndObject();
                });
            else
                foreach ((string name, ModelOutput tensor) in outputs) terminal.Out.WriteLine($"{name,-20} ({string.Join(", ", tensor.Shape)})");
            return ExitCode.Ok;
        });
        return command;
    }
}
