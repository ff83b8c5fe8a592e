using System.Diagnostics;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Cli;

/// <summary>How fast a model reads a prompt and writes behind it, beside what the machine could do at best.</summary>
/// <param name="PrefillRate">Tokens a second of reading the prompt; 0 = not asked for.</param>
/// <param name="PrefillOfPeak">Its part of the peak of float32 multiply-adds, measured in the same run; products of bytes may exceed 1.</param>
/// <param name="DecodeRate">Tokens a second of writing, all sequences together; 0 = not asked for.</param>
/// <param name="BytesPerStep">Bytes of weights that a step reads.</param>
/// <param name="DecodeOfMemory">Bytes a second over what the memory delivers, measured between the rounds; a model that fits the cache exceeds 1.</param>
internal sealed record ModelSpeed(double PrefillRate, double PrefillOfPeak, double DecodeRate, long BytesPerStep, double DecodeOfMemory)
{
    /// <summary>Measures a decoder.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompt">Tokens to read at once; 0 = leave out.</param>
    /// <param name="generate">Tokens to write behind a prompt of one token; 0 = leave out.</param>
    /// <param name="batch">Sequences side by side while writing.</param>
    /// <param name="rounds">Rounds of each, of which the median counts.</param>
    /// <param name="cancellation">Stops between two rounds.</param>
    public static ModelSpeed Measure(Transformer model, int prompt, int generate, int batch, int rounds, CancellationToken cancellation)
    {
        TransformerConfig config = model.Config;
        RandomSource random = new(1);
        double peak = PeakProbe.Gflops(WorkerTeam.Threads), prefill = 0, decode = 0;
        using MemoryProbe memory = new();
        if (prompt > 0)
        {
            int[] ids = Ids(prompt, config, ref random);
            Read(model, ids, 1); // compilation, pages touched for the first time
            prefill = prompt / Median(rounds, cancellation, () => Read(model, ids, 1));
            peak = Math.Max(peak, PeakProbe.Gflops(WorkerTeam.Threads));
        }
        if (generate > 0)
        {
            int[] first = Ids(batch, config, ref random);
            Write(model, first, Math.Min(generate, 8), batch);
            decode = (double)batch * generate / Median(rounds, cancellation, () => Write(model, first, generate, batch), () => memory.Read());
        }
        long bytes = Bytes(model);
        return new ModelSpeed(prefill, prefill * ModelCost.ForwardOperations(config with { Head = config.Head with { Kind = HeadKind.None } }, prompt) / peak / 1e9, decode, bytes, decode / batch * bytes / memory.Median / 1e9);
    }

    /// <summary>Bytes of weights that a step of decoding reads: all but tables of which it reads a row.</summary>
    public static long Bytes(Transformer model)
    {
        StackConfig stack = model.Config.Main;
        long tables = stack.Positions is PositionConfig.Learned learned ? 4L * learned.Rows * stack.EmbeddingWidth : 0;
        if (!model.Config.TieEmbeddings) tables += model.Stored.FirstOrDefault(w => w.Key == "embedding.weight").Value?.Bytes ?? 0;
        return model.Stored.Sum(w => w.Value.Bytes) + 4 * model.Weights.Sum(w => w.Value.Count) - tables;
    }

    private static void Read(Transformer model, int[] ids, int batch)
    {
        KeyValueCache cache = model.NewCache(batch, ids.Length / batch);
        using MemoryScope scope = new();
        Tensor hidden = model.Hidden(Tensor.From(new Shape(batch, ids.Length / batch), ids), new ForwardOptions { Cache = cache });
        _ = model.Logits(hidden.SliceRows(hidden.Rows - 1, 1)).Row(0)[0];
    }

    private static void Write(Transformer model, int[] first, int count, int batch)
    {
        KeyValueCache cache = model.NewCache(batch, count);
        int[] ids = [.. first];
        for (int i = 0; i < count; i++)
        {
            using MemoryScope scope = new();
            Tensor hidden = model.Hidden(Tensor.From(new Shape(batch, 1), ids), new ForwardOptions { Cache = cache });
            Tensor logits = model.Logits(hidden.Reshape(new Shape(batch, hidden.Columns)));
            for (int b = 0; b < batch; b++) ids[b] = Reduce.ArgMax(logits.Row(b));
        }
    }

    private static int[] Ids(int count, TransformerConfig config, ref RandomSource random)
    {
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = random.Next(config.Vocabulary);
        return ids;
    }

    // Seconds.
    private static double Median(int rounds, CancellationToken cancellation, Action action, Action? between = null)
    {
        double[] times = new double[rounds];
        for (int i = 0; i < rounds; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            between?.Invoke();
            long start = Stopwatch.GetTimestamp();
            action();
            times[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }
        Array.Sort(times);
        return times[rounds / 2];
    }
}
