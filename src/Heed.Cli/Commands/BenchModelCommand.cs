using System.CommandLine;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed bench MODEL: how fast a model reads a prompt and writes behind it.</summary>
internal static class BenchModelCommand
{
    /// <summary>Makes it what <c>heed bench</c> does without a verb.</summary>
    public static void Fill(HeedCommand command, Terminal terminal, Option<int?> threads, Option<bool> json)
    {
        Argument<string?> name = new("MODEL") { Arity = ArgumentArity.ZeroOrOne, Description = "A model that continues texts: a folder or a .gguf file" };
        Option<int?> prompt = CommonOptions.Whole("--prompt", "Tokens of the prompt that is read at once; 0 leaves that out. Default 512").InRange(0, 1 << 20);
        Option<int?> generate = CommonOptions.Whole("--generate", "Tokens to write, one a step; 0 leaves that out. Default 128").InRange(0, 1 << 20);
        Option<int?> batch = CommonOptions.Whole("--batch", "Sequences that are written side by side. Default 1").InRange(1, 1024);
        Option<int?> rounds = CommonOptions.Whole("--rounds", "Times to measure; the median counts. Default 5").InRange(1, 1000);
        Option<string?> random = new("--random") { HelpName = "SHAPE", Description = $"Instead of MODEL: random weights of a shape ({string.Join(", ", RandomModel.Shapes.Keys)})" };
        random.AcceptOnlyFromAmong([.. RandomModel.Shapes.Keys]);
        Option<string?> type = new("--type") { HelpName = "TYPE", Description = $"Of random weights: {string.Join(", ", GgufMix.Names)}. Default F32" };
        type.AcceptOnlyFromAmong([.. GgufMix.Names]);
        Option<string?> save = new("--save") { HelpName = "FILE.gguf", Description = "Keeps the random weights, so that other programs can be measured on the very same" };
        Option<bool> inPlace = new("--no-interleave") { Description = "Read quantised weights only where they are mapped, without keeping them once more in memory as decoding reads them fastest" };
        command.Add(name);
        foreach (Option option in (Option[])[prompt, generate, batch, rounds, random, type, save, inPlace]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(random) is null && (result.GetValue(type) ?? result.GetValue(save)) is not null) result.AddError("--type and --save are options of --random.");
            if (result.GetValue(random) is not null && result.GetValue(name) is not null) result.AddError("MODEL and --random exclude each other.");
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            CommonOptions.UseThreads(parse.GetValue(threads));
            using RandomFile? made = parse.GetValue(random) is { } shape ? new RandomFile(shape, parse.GetValue(type) ?? "F32", parse.GetValue(save), interrupt.Token) : null;
            string given = made?.Path ?? parse.GetValue(name) ?? throw new ArgumentException("name a model, a shape with --random, or what else to measure: see heed bench --help");
            Transformer model = ModelFolder.Open(ModelArgument.Demand(given, "bench", ModelKind.Writer), interleave: !parse.GetValue(inPlace));
            int read = parse.GetValue(prompt) ?? 512, write = parse.GetValue(generate) ?? 128, side = parse.GetValue(batch) ?? 1;
            int longest = model.Config.Main.Positions is PositionConfig.Rotary ? int.MaxValue : model.Config.Context; // rotary positions go on
            if (Math.Max(read, write) > longest) throw new ArgumentException($"the model's context is {longest} tokens, given {Math.Max(read, write)}");
            ModelSpeed speed = ModelSpeed.Measure(model, read, write, side, parse.GetValue(rounds) ?? 5, interrupt.Token);
            if (parse.GetValue(json)) WriteJson(terminal, given, model, read, write, side, speed);
            else WriteTable(terminal, read, write, side, speed);
            return ExitCode.Ok;
        });
    }

    // A file of random weights: kept where it was asked for, else gone at the end.
    private sealed class RandomFile : IDisposable
    {
        private readonly bool kept;

        public RandomFile(string shape, string type, string? save, CancellationToken cancellation)
        {
            kept = save is not null;
            Path = save ?? System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"heed-{shape}-{type}-{Guid.NewGuid():N}.gguf");
            RandomModel.Write(shape, type, Path, cancellation);
        }

        public string Path { get; }

        public void Dispose()
        {
            if (!kept) File.Delete(Path);
        }
    }

    private static void WriteTable(Terminal terminal, int read, int write, int batch, ModelSpeed speed)
    {
        Table table = new Table { Border = TableBorder.Simple }.AddColumn($"{WorkerTeam.Threads} threads");
        foreach (string head in (string[])["tokens/s", "of the limit"]) table.AddColumn(new TableColumn(head).RightAligned());
        table.AddColumn("");
        if (read > 0) table.AddRow($"prefill {read}", Show.Number(speed.PrefillRate, "N0"), Show.Percent(speed.PrefillOfPeak), "of the peak of float32 multiply-adds");
        if (write > 0)
            table.AddRow(batch == 1 ? $"decode {write}" : $"decode {write}, {batch} side by side", Show.Number(speed.DecodeRate, "N1"), Show.Percent(speed.DecodeOfMemory),
                $"of reading memory: {Show.Number(speed.BytesPerStep / 1e6, "N1")} MB a step");
        terminal.Console.Write(table);
    }

    private static void WriteJson(Terminal terminal, string name, Transformer model, int read, int write, int batch, ModelSpeed speed) => JsonLine.Write(terminal.Out, w =>
    {
        w.WriteString("model", name);
        w.WriteString("model_type", model.Config.ModelType);
        w.WriteNumber("parameters", model.ParameterCount);
        w.WriteNumber("threads", WorkerTeam.Threads);
        w.WriteNumber("prompt", read);
        w.WriteNumber("generate", write);
        w.WriteNumber("batch", batch);
        w.WriteNumber("prefill_tokens_per_second", speed.PrefillRate);
        w.WriteNumber("prefill_of_peak", speed.PrefillOfPeak);
        w.WriteNumber("decode_tokens_per_second", speed.DecodeRate);
        w.WriteNumber("bytes_per_step", speed.BytesPerStep);
        w.WriteNumber("decode_of_bandwidth", speed.DecodeOfMemory);
    });
}
