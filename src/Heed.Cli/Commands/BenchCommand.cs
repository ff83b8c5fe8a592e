using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed bench: how fast this machine computes, beside what it could at best.</summary>
internal static class BenchCommand
{
    private static readonly Dictionary<string, (int Depth, int Width, int Heads, int Context, int Batch, int Vocabulary)> Models = new()
    {
        ["nano"] = (4, 128, 4, 64, 12, 65),
        ["small"] = (6, 384, 6, 256, 16, 4096),
        ["gpt2-64"] = (12, 768, 12, 64, 4, 50257),
        ["gpt2"] = (12, 768, 12, 256, 4, 50257),
    };

    private static readonly (int M, int N, int K)[] Shapes =
    [
        (1024, 1024, 1024), (2048, 2048, 2048), (512, 1536, 384), (256, 3072, 768), (256, 768, 3072), (4096, 1536, 384), (256, 50257, 768), (1, 4096, 4096), (8, 4096, 4096),
    ];

    private sealed record Row(string Name, double Milliseconds, double Rate, string Unit, double Peak, string Note);

    public static Command Create(Terminal terminal)
    {
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a line for every measurement");
        threads.Recursive = json.Recursive = true;
        HeedCommand command = new("bench", "Measure speed, as a part of what this machine can do at best")
        {
            About = "Times are medians. The peak of multiply-adds (or of reading memory) is measured in the same run, so that the ratio holds on a noisy machine.",
            Examples =
            [
                ("heed bench runs/stories --prompt 512 --generate 128", "how fast a model reads and writes"),
                ("heed bench --random gpt2 --type Q8_0 --threads 1", "the same for random weights of that shape: nothing to download"),
                ("heed bench gemm", "matrix products"),
                ("heed bench train --model small", "a training step of a small GPT"),
            ],
        };
        command.Add(threads);
        command.Add(json);
        BenchModelCommand.Fill(command, terminal, threads, json);
        command.Add(Gemm(terminal, threads, json));
        command.Add(Train(terminal, threads, json));
        return command;
    }

    private static HeedCommand Gemm(Terminal terminal, Option<int?> threads, Option<bool> json)
    {
        Option<int?> rounds = new Option<int?>("--rounds") { HelpName = "N", Description = "Times to measure each product. Default 7" }.InRange(1);
        HeedCommand command = new("gemm", "Matrix products of the shapes that models have") { Examples = [("heed bench gemm --threads 1", "one thread"), ("heed bench gemm --json", "for programs")] };
        command.Add(rounds);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            double peak = PeakProbe.Gflops(WorkerTeam.Threads);
            using MemoryProbe memory = new();
            List<Row> rows = [];
            foreach ((int m, int n, int k) in Shapes)
                foreach ((string form, bool ta, bool tb) in (ReadOnlySpan<(string, bool, bool)>)[("plain", false, false), ("B transposed", false, true), ("A transposed", true, false)])
                {
                    if (m < 12 && ta) continue;
                    float[] a = Fill(m * k), b = Fill(n * k), c = new float[m * n];
                    double ms = Median(parse.GetValue(rounds) ?? 7, () => MatMul.Multiply(m, n, k, a, ta ? m : k, ta, b, tb ? k : n, tb, c, n), m == 1 ? () => memory.Read() : null);
                    rows.Add(m == 1
                        ? new Row($"{m} x {n} x {k} {form}", ms, 4.0 * n * k / ms / 1e6, "GB/s", memory.Median, "reading B")
                        : new Row($"{m} x {n} x {k} {form}", ms, 2.0 * m * n * k / ms / 1e6, "GFLOP/s", peak, ""));
                }
            Write(terminal, parse.GetValue(json), rows);
            return ExitCode.Ok;
        });
        return command;
    }

    private static HeedCommand Train(Terminal terminal, Option<int?> threads, Option<bool> json)
    {
        Option<string> model = new("--model") { HelpName = "NAME", Description = "nano, small, gpt2-64 (context 64) or gpt2. Default small", DefaultValueFactory = _ => "small" };
        model.AcceptOnlyFromAmong([.. Models.Keys]);
        Option<int?> steps = new Option<int?>("--steps") { HelpName = "N", Description = "Steps to time. Default 7" }.InRange(1);
        HeedCommand command = new("train", "A training step of a GPT: forward, backward, clipping, AdamW") { Examples = [("heed bench train --model gpt2 --steps 5", "GPT-2 of 124 million weights, batch 4, context 256")] };
        command.Add(model);
        command.Add(steps);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            string name = parse.GetRequiredValue(model);
            (_, _, _, int context, int batch, int vocabulary) = Models[name];
            Transformer transformer = Make(name);
            Learner learner = new(new TransformerTrainee(transformer), new AdamW(transformer.Weights, new AdamWOptions { WeightDecay = 0.1f }));
            RandomSource random = new(1);
            int[] ids = new int[batch * context];
            for (int i = 0; i < ids.Length; i++) ids[i] = random.Next(vocabulary);
            Shape shape = new(batch, context);
            double before = PeakProbe.Gflops(WorkerTeam.Threads);
            double ms = Median(parse.GetValue(steps) ?? 7, () => learner.Step(_ => (Tensor.From(shape, ids), Tensor.From(shape, ids)), 1, 1e-4f, 1, ForwardOptions.Default));
            double peak = Math.Max(before, PeakProbe.Gflops(WorkerTeam.Threads));
            double operations = ModelCost.TrainingOperations(transformer.Config, context) * batch * context;
            using Process process = Process.GetCurrentProcess();
            Row row = new($"training step, {name}", ms, operations / ms / 1e6, "GFLOP/s", peak, Show.Number(process.PeakWorkingSet64 / 1048576.0, "N0") + " MB peak memory");
            Write(terminal, parse.GetValue(json), [row], w =>
            {
                w.WriteNumber("peak_rss_mb", process.PeakWorkingSet64 / 1048576.0);
                w.WriteNumber("tokens_per_second", batch * context / ms * 1e3);
            });
            return ExitCode.Ok;
        });
        return command;
    }

    private static Transformer Make(string name)
    {
        (int depth, int width, int heads, int context, _, int vocabulary) = Models[name];
        return new Transformer(new TransformerConfig
        {
            Vocabulary = vocabulary,
            Context = context,
            Decoder = new StackConfig
            {
                Depth = depth,
                Width = width,
                Heads = heads,
                Positions = new PositionConfig.Learned(context),
                Norm = new NormConfig.LayerNorm(1e-5f),
                FeedForward = new FeedForwardConfig(4 * width, ActivationKind.GeluTanh),
            },
        }, seed: 1337);
    }

    private static float[] Fill(int count)
    {
        float[] values = new float[count];
        new RandomSource((ulong)count).FillNormal(values, 1);
        return values;
    }

    // The first rounds warm up: compilation of the hot loops, memory touched for the first time.
    /// <summary>The median time of an action in milliseconds; <paramref name="between"/> runs before each round and is not timed.</summary>
    private static double Median(int rounds, Action action, Action? between = null)
    {
        for (long begin = Stopwatch.GetTimestamp(), n = 0; n < 3 || (n < 40 && Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 300); n++) action();
        double[] times = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            between?.Invoke();
            // A short action is repeated, so that the clock's own grain does not count.
            long begin = Stopwatch.GetTimestamp();
            int repeats = 0;
            do
            {
                action();
                repeats++;
            }
            while (Stopwatch.GetElapsedTime(begin).TotalMilliseconds < 20);
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds / repeats;
        }
        Array.Sort(times);
        return times[rounds / 2];
    }

    private static void Write(Terminal terminal, bool json, IEnumerable<Row> rows, Action<Utf8JsonWriter>? more = null)
    {
        if (json)
        {
            foreach (Row row in rows)
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("name", row.Name);
                    w.WriteNumber("threads", WorkerTeam.Threads);
                    w.WriteNumber("ms", row.Milliseconds);
                    w.WriteNumber("rate", row.Rate);
                    w.WriteString("unit", row.Unit);
                    w.WriteNumber("peak", row.Peak);
                    w.WriteNumber("of_peak", row.Rate / row.Peak);
                    more?.Invoke(w);
                });
            return;
        }
        Table table = new Table { Border = TableBorder.Simple }.AddColumn($"{WorkerTeam.Threads} threads");
        foreach (string head in (string[])["ms", "rate", "of peak"]) table.AddColumn(new TableColumn(head).RightAligned());
        table.AddColumn("");
        foreach (Row row in rows)
            table.AddRow(row.Name, Show.Number(row.Milliseconds, "0.000"), $"{Show.Number(row.Rate, "0.0")} {row.Unit}", Show.Number(100 * row.Rate / row.Peak, "0") + "%", row.Note);
        terminal.Console.Write(table);
    }
}
