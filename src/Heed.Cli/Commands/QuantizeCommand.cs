using System.CommandLine;
using System.Text.Json;
using Heed.Formats.Gguf;
using Heed.Generation;
using Heed.Models;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed quantize: a model in fewer bits, and what that costs.</summary>
internal static class QuantizeCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = CommonOptions.Model();
        Option<string?> type = TypeOption("How to store the weights");
        type.Required = true;
        Option<string?> output = new("--output", "-o") { HelpName = "FILE", Description = "The .gguf file to write. Default: the model's name and the type, in this folder" };
        Option<string?> importance = new("--importance") { HelpName = "FILE", Description = "How much each input column matters, as llama-imatrix or --save-importance wrote it" };
        Option<string?> calibrate = new("--calibrate") { HelpName = "TEXT", Description = "Measure that on a text file instead" };
        Option<string?> save = new("--save-importance") { HelpName = "FILE", Description = "Keep what --calibrate measured" };
        Option<string?> text = new("--text") { HelpName = "FILE", Description = "Compare the result with the original on a text file: perplexity, divergence, agreement" };
        Option<int?> context = PerplexityCommand.ContextOption();
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object: output, sizes, bits_per_weight, tensors of each type, and the comparison");
        HeedCommand command = new("quantize", "Store a model in fewer bits, and measure what that costs")
        {
            About = "Q8_0 is nearly lossless at half of F16; Q4_K_M is the usual choice where memory is short. Names that end in _M spend more bits on the matrices that matter most, as llama-quantize does. Rows that are no multiple of 256 values fall back to a type of shorter blocks. Vectors, norms and tables of positions stay as they are.",
            Examples =
            [
                ("heed quantize runs/stories --type Q8_0", "stories-Q8_0.gguf"),
                ("heed quantize runs/stories --type Q4_K_M --text tales.txt", "and perplexity, divergence and agreement on a text"),
                ("heed quantize model-F16.gguf --type Q4_0 --calibrate tales.txt", "weights that see larger inputs are kept more exactly"),
            ],
        };
        command.Add(model);
        foreach (Option option in (Option[])[type, output, importance, calibrate, save, text, context, threads, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(importance) is not null && result.GetValue(calibrate) is not null) result.AddError("--importance and --calibrate exclude each other.");
            if (result.GetValue(save) is not null && result.GetValue(calibrate) is null) result.AddError("--save-importance keeps what --calibrate measures: give --calibrate TEXT.");
        });
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            using Interrupt interrupt = new();
            ModelFile given = ModelFile.Find(parse.GetRequiredValue(model));
            GgufMix mix = GgufMix.Find(parse.GetRequiredValue(type)!);
            string path = parse.GetValue(output) ?? $"{given.Name}-{mix.Name}{GgufFile.Extension}";
            given.RefuseAsOutput(path);
            GgufImportance? columns = parse.GetValue(importance) is { } known ? GgufImportance.Load(known) : null;
            if (parse.GetValue(calibrate) is { } sample) columns = Calibrate(terminal, given, sample, parse.GetValue(context), interrupt.Token);
            if (parse.GetValue(save) is { } kept) columns!.Save(kept);
            GgufSummary summary;
            using (ProgressLine progress = new(terminal))
                summary = ModelExport.WriteGguf(given.Path, path, new GgufWriteOptions { Mix = mix, Importance = columns, Progress = (done, all, name) => progress.Say($"{done} of {all}: {name}"), Cancellation = interrupt.Token });
            DivergenceResult? compared = parse.GetValue(text) is { } measured ? Compare(terminal, given, path, measured, parse.GetValue(context), interrupt.Token) : null;
            if (parse.GetValue(json)) WriteJson(terminal, given, path, summary, compared);
            else WriteTable(terminal, given, path, summary, compared);
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The option --type of what writes .gguf files.</summary>
    public static Option<string?> TypeOption(string description)
    {
        Option<string?> option = new("--type") { HelpName = "TYPE", Description = $"{description}: {string.Join(", ", GgufMix.Names)}" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string name }] && !GgufMix.Names.Contains(name, StringComparer.OrdinalIgnoreCase)) result.AddError($"--type must be one of {string.Join(", ", GgufMix.Names)}, given '{name}'.");
        });
        return option;
    }

    private static GgufImportance Calibrate(Terminal terminal, ModelFile model, string path, int? context, CancellationToken cancellation)
    {
        Transformer transformer = model.Open();
        ModelText text = ModelText.Read(model.Tokenizer(), path);
        using ProgressLine progress = new(terminal);
        return GgufImportance.Measure(transformer, text.Tokens, text.Options(transformer, context, null).Context, text.Begin, (done, all) => progress.Say($"calibration, {done} of {all}"), cancellation);
    }

    private static DivergenceResult Compare(Terminal terminal, ModelFile model, string path, string file, int? context, CancellationToken cancellation)
    {
        Transformer original = model.Open(), changed = GgufModel.Open(path);
        ModelText text = ModelText.Read(model.Tokenizer(), file);
        using ProgressLine progress = new(terminal);
        return Divergence.Measure(original, changed, text.Tokens, text.Options(original, context, null), (done, all) => progress.Say($"comparison, {done} of {all}"), cancellation);
    }

    private static void WriteTable(Terminal terminal, ModelFile model, string path, GgufSummary summary, DivergenceResult? compared)
    {
        terminal.Out.WriteLine($"{path}: {PullDisplay.Bytes(summary.Bytes)} of {PullDisplay.Bytes(model.Bytes)}, {Show.Number(summary.BitsPerWeight, "F2")} bits a weight ({string.Join(", ", summary.Types.Select(t => $"{t.Value} tensors {t.Key}"))})");
        if (compared is not { } c) return;
        Table table = new Table { Border = TableBorder.Simple }.AddColumn("").AddColumn(new TableColumn("original").RightAligned()).AddColumn(new TableColumn("quantised").RightAligned());
        table.AddRow("perplexity", With(c.Original.Perplexity, c.Original.PerplexityError), With(c.Changed.Perplexity, c.Changed.PerplexityError));
        table.AddRow("KL divergence, mean", "", With(c.Mean, c.MeanError, "0.000000"));
        table.AddRow("KL divergence, 99th percentile", "", Show.Number(c.Percentile99, "0.000000"));
        table.AddRow("same token most probable", "", Show.Percent(c.Agreement));
        terminal.Console.Write(table);

        static string With(double value, double error, string format = "F4") => $"{Show.Number(value, format)} ± {Show.Number(error, format)}";
    }

    private static void WriteJson(Terminal terminal, ModelFile model, string path, GgufSummary summary, DivergenceResult? compared) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("output", path);
        w.WriteNumber("bytes", summary.Bytes);
        w.WriteNumber("original_bytes", model.Bytes);
        w.WriteNumber("bits_per_weight", summary.BitsPerWeight);
        w.WriteStartObject("tensors");
        foreach ((string name, int count) in summary.Types) w.WriteNumber(name, count);
        w.WriteEndObject();
        if (compared is not { } c) return;
        Perplexity(w, "original", c.Original);
        Perplexity(w, "quantised", c.Changed);
        w.WriteNumber("kl_mean", c.Mean);
        w.WriteNumber("kl_mean_error", c.MeanError);
        w.WriteNumber("kl_99", c.Percentile99);
        w.WriteNumber("kl_maximum", c.Maximum);
        w.WriteNumber("same_top", c.Agreement);
    });

    private static void Perplexity(Utf8JsonWriter w, string name, PerplexityResult result)
    {
        w.WriteStartObject(name);
        w.WriteNumber("perplexity", result.Perplexity);
        w.WriteNumber("perplexity_error", result.PerplexityError);
        w.WriteNumber("tokens", result.Tokens);
        w.WriteEndObject();
    }
}
