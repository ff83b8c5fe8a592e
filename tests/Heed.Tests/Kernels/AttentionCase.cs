using Heed.Kernels;

namespace Heed.Tests;

internal sealed record AttentionResult(float[] Output, float[] LogSumExp, float[] DQ, float[] DK, float[] DV, float[] DBias);

/// <summary>Inputs of one attention call, and its comparison with the definition in double precision.</summary>
internal sealed class AttentionCase
{
    private const float Guard = 12345.5f;
    private const int GuardLength = 40;

    private delegate void Forward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, ReadOnlySpan<float> bias, ReadOnlySpan<float> mask,
        Span<float> output, Span<float> logSumExp, ReadOnlySpan<int> firstKeys = default);
    private delegate void Backward(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> v, ReadOnlySpan<float> bias, ReadOnlySpan<float> mask,
        ReadOnlySpan<float> output, ReadOnlySpan<float> logSumExp, ReadOnlySpan<float> dOutput, Span<float> dq, Span<float> dk, Span<float> dv, Span<float> dBias, ReadOnlySpan<int> firstKeys = default);
    private delegate void Probabilities(in AttentionShape s, ReadOnlySpan<float> q, ReadOnlySpan<float> k, ReadOnlySpan<float> bias, ReadOnlySpan<float> mask, Span<float> probabilities, ReadOnlySpan<int> firstKeys = default);

    public required AttentionShape S;
    public required float[] Q, K, V, Bias, Mask, DOutput;
    public int[] FirstKeys = [];
    public int OutputLength => Extent(S.Batch, S.OutputBatchStride, S.QueryLength, S.OutputRowStride, S.Heads * S.HeadDim);

    public static AttentionShape Shape(int b, int h, int kv, int tq, int tk, int d, bool causal = false, int window = 0, float dropout = 0f) => new()
    {
        Batch = b,
        Heads = h,
        KeyValueHeads = kv,
        QueryLength = tq,
        KeyLength = tk,
        HeadDim = d,
        Scale = 1f / MathF.Sqrt(d),
        Causal = causal,
        Window = window,
        Dropout = dropout,
        DropoutSeed = 77,
    };

    /// <summary>A case with random values.</summary>
    /// <param name="s">Sizes and options.</param>
    /// <param name="seed">Seed of the values.</param>
    /// <param name="pad">Elements between rows and sequences.</param>
    /// <param name="packed">q, k and v are column slices of one (B, T, (H + 2 KV) * D) matrix.</param>
    /// <param name="bias">Bits: 1 = by row, 2 = by head, 4 = by sequence, 8 = present at all.</param>
    /// <param name="maskShare">Share of the bias that is -inf.</param>
    /// <param name="biasBatch">Sequences of the bias, if not all.</param>
    /// <param name="paddings">Hidden keys by the mask of sequence b mod their number: above 0 at the end, below 0 at the start; null = no mask.</param>
    public static AttentionCase Create(AttentionShape s, int seed, int pad = 0, bool packed = false, int bias = 0, float maskShare = 0f, int biasBatch = 0, int[]? paddings = null)
    {
        Random random = new(seed);
        int w = s.Heads * s.HeadDim, kw = s.KeyValueHeads * s.HeadDim, rows = Math.Max(s.QueryLength, s.KeyLength);
        if (packed)
        {
            int row = w + 2 * kw + pad;
            s = s with
            {
                QueryRowStride = row,
                KeyRowStride = row,
                ValueRowStride = row,
                QueryBatchStride = rows * row,
                KeyBatchStride = rows * row,
                ValueBatchStride = rows * row
            };
        }
        else
        {
            s = s with { QueryRowStride = w + pad, KeyRowStride = kw + 2 * pad, ValueRowStride = kw + 3 * pad };
            s = s with
            {
                QueryBatchStride = s.QueryLength * s.QueryRowStride + pad,
                KeyBatchStride = s.KeyLength * s.KeyRowStride,
                ValueBatchStride = s.KeyLength * s.ValueRowStride + 5 * pad
            };
        }
        s = s with { OutputRowStride = w + 5 * pad, OutputBatchStride = s.QueryLength * (w + 5 * pad) + pad };
        int tk = s.KeyLength, biasRow = tk + pad, rowsOf = (bias & 1) != 0 ? s.QueryLength : 1, headsOf = (bias & 2) != 0 ? s.Heads : 1;
        int sequences = (bias & 4) == 0 ? 1 : biasBatch > 0 ? biasBatch : s.Batch;
        if (bias != 0)
        {
            s = s with
            {
                BiasRowStride = (bias & 1) != 0 ? biasRow : 0,
                BiasHeadStride = (bias & 2) != 0 ? rowsOf * biasRow : 0,
                BiasBatchStride = (bias & 4) != 0 ? headsOf * rowsOf * biasRow : 0,
                BiasBatch = biasBatch,
            };
        }
        float[] values = bias == 0 ? [] : Normal(random, sequences * headsOf * rowsOf * biasRow);
        for (int i = 0; i < values.Length; i++) if (random.NextDouble() < maskShare) values[i] = float.NegativeInfinity;
        if (paddings is not null) s = s with { MaskBatchStride = tk + pad };
        float[] mask = new float[paddings is null ? 0 : s.Batch * s.MaskBatchStride];
        for (int b = 0; b < s.Batch && paddings is not null; b++)
        {
            int hidden = paddings[b % paddings.Length];
            Array.Fill(mask, float.NegativeInfinity, b * s.MaskBatchStride + (hidden < 0 ? 0 : tk - hidden), Math.Abs(hidden));
        }
        float[] qkv = packed ? Normal(random, s.Batch * s.QueryBatchStride) : [];
        return new()
        {
            S = s,
            Q = packed ? qkv : Normal(random, Extent(s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, w)),
            K = packed ? qkv[w..] : Normal(random, Extent(s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, kw)),
            V = packed ? qkv[(w + kw)..] : Normal(random, Extent(s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, kw)),
            Bias = values,
            Mask = mask,
            DOutput = Normal(random, Extent(s.Batch, s.OutputBatchStride, s.QueryLength, s.OutputRowStride, w)),
        };
    }

    private static float[] Normal(Random random, int count)
    {
        float[] x = new float[count];
        for (int i = 0; i < count; i++) x[i] = (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5) * 2f;
        return x;
    }

    private static int Extent(int batch, int batchStride, int rows, int rowStride, int width) =>
        batch == 0 || rows == 0 ? 0 : (batch - 1) * batchStride + (rows - 1) * rowStride + width;

    private static float[] Guarded(int length)
    {
        float[] x = new float[length + GuardLength];
        Array.Fill(x, Guard);
        return x;
    }

    /// <summary>Forward and backward; dBias starts at 1 everywhere, because the kernel adds to it. A width of null is that of the machine.</summary>
    public static AttentionResult Run(AttentionCase c, bool backward = true, int? width = null)
    {
        AttentionShape s = c.S;
        float[] output = Guarded(c.OutputLength), lse = Guarded(s.Batch * s.Heads * s.QueryLength);
        float[] dq = Guarded(c.Q.Length), dk = Guarded(c.K.Length), dv = Guarded(c.V.Length), dBias = Guarded(c.Bias.Length);
        dBias.AsSpan(0, c.Bias.Length).Fill(1f);
        Forward forward = width switch { 512 => Attention.Forward<Vec512>, 256 => Attention.Forward<Vec256>, 128 => Attention.Forward<Vec128>, 0 => Attention.Forward<VecPortable>, _ => Attention.Forward };
        Backward back = width switch { 512 => Attention.Backward<Vec512>, 256 => Attention.Backward<Vec256>, 128 => Attention.Backward<Vec128>, 0 => Attention.Backward<VecPortable>, _ => Attention.Backward };
        forward(s, c.Q, c.K, c.V, c.Bias, c.Mask, output.AsSpan(0, output.Length - GuardLength), lse.AsSpan(0, lse.Length - GuardLength), c.FirstKeys);
        if (backward)
        {
            back(s, c.Q, c.K, c.V, c.Bias, c.Mask, output.AsSpan(0, output.Length - GuardLength), lse, c.DOutput,
                dq.AsSpan(0, c.Q.Length), dk.AsSpan(0, c.K.Length), dv.AsSpan(0, c.V.Length), dBias.AsSpan(0, c.Bias.Length), c.FirstKeys);
        }
        return new(output, lse, dq, dk, dv, dBias);
    }

    public static double[] Double(float[] x) => Array.ConvertAll(x, f => (double)f);

    private static void Compare(string name, double[] expected, float[] given, double tolerance)
    {
        for (int i = 0; i < given.Length; i++)
        {
            double e = i < expected.Length ? expected[i] : Guard;
            if (e == given[i]) continue;
            Assert.True(Math.Abs(e - given[i]) <= tolerance * Math.Max(1, Math.Abs(e)), $"{name}[{i}] is {given[i]}, expected {e}");
        }
    }

    /// <summary>Every output and gradient against the reference; between the rows nothing may be written.</summary>
    public static void Check(AttentionCase c, int? width = null)
    {
        AttentionShape s = c.S;
        double[] q = Double(c.Q), k = Double(c.K), v = Double(c.V), bias = Double(c.Bias), mask = Double(c.Mask);
        double[] output = Untouched(c.OutputLength), lse = new double[s.Batch * s.Heads * s.QueryLength], p = new double[lse.Length * s.KeyLength];
        Reference.AttentionForward(s, q, k, v, bias, mask, output, lse, p, c.FirstKeys);
        double[] dq = ZeroRows(q.Length, s.Batch, s.QueryBatchStride, s.QueryLength, s.QueryRowStride, s.Heads * s.HeadDim);
        double[] dk = ZeroRows(k.Length, s.Batch, s.KeyBatchStride, s.KeyLength, s.KeyRowStride, s.KeyValueHeads * s.HeadDim);
        double[] dv = ZeroRows(v.Length, s.Batch, s.ValueBatchStride, s.KeyLength, s.ValueRowStride, s.KeyValueHeads * s.HeadDim);
        double[] dBias = new double[bias.Length];
        Array.Fill(dBias, 1);
        Reference.AttentionBackward(s, q, k, v, p, Double(c.DOutput), dq, dk, dv, dBias);

        AttentionResult r = Run(c, width: width);
        string at = $" of {s}";
        Compare("output" + at, output, r.Output, 2e-5);
        Compare("logSumExp" + at, lse, r.LogSumExp, 1e-5);
        Compare("dq" + at, dq, r.DQ, 2e-4);
        Compare("dk" + at, dk, r.DK, 2e-4);
        Compare("dv" + at, dv, r.DV, 2e-4);
        Compare("dBias" + at, dBias, r.DBias, 2e-4);
        float[] map = Guarded(p.Length);
        Probabilities probabilities = width switch { 512 => Attention.Probabilities<Vec512>, 256 => Attention.Probabilities<Vec256>, 128 => Attention.Probabilities<Vec128>, 0 => Attention.Probabilities<VecPortable>, _ => Attention.Probabilities };
        probabilities(s, c.Q, c.K, c.Bias, c.Mask, map.AsSpan(0, p.Length), c.FirstKeys);
        Compare("probabilities" + at, p, map, 1e-5);
    }

    private static double[] Untouched(int length)
    {
        double[] x = new double[length];
        Array.Fill(x, Guard);
        return x;
    }

    /// <summary>Guard values between the rows, which no kernel may write; zeros in the rows, to which the reference adds.</summary>
    private static double[] ZeroRows(int length, int batch, int batchStride, int rows, int rowStride, int width)
    {
        double[] x = Untouched(length);
        for (int b = 0; b < batch; b++)
            for (int i = 0; i < rows; i++) Array.Clear(x, b * batchStride + i * rowStride, width);
        return x;
    }
}
