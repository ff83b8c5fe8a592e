using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>
/// Layer normalisation (Ba, Kiros and Hinton, 2016) and root-mean-square normalisation (Zhang and Sennrich, 2019) over the rows of a matrix.
/// </summary>
/// <remarks>The variance is the biased one, taken about the mean in a second sweep over the cached row.</remarks>
public static unsafe class Norms
{
    /// <summary>y = (x - mean) / sqrt(variance + epsilon) * weight + bias in every row.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="weight">(cols).</param>
    /// <param name="bias">(cols), or empty for none.</param>
    /// <param name="y">(rows, cols); may be x.</param>
    /// <param name="mean">(rows), kept for the gradient; empty when not wanted.</param>
    /// <param name="rstd">(rows), one over the standard deviation, kept for the gradient; empty when not wanted.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void LayerNormForward(int rows, int cols, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        Span<float> y, Span<float> mean, Span<float> rstd)
    {
        if (!bias.IsEmpty) SpanCheck.AtLeast(bias.Length, cols, nameof(bias));
        if (!mean.IsEmpty) SpanCheck.AtLeast(mean.Length, rows, nameof(mean));
        Forward<Layer>(rows, cols, epsilon, x, weight, bias, y, mean, rstd, 0f);
    }

    /// <summary>y = x / sqrt(mean of x^2 + epsilon) * (weight + weightOffset) in every row.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="x">(rows, cols).</param>
    /// <param name="weight">(cols).</param>
    /// <param name="y">(rows, cols); may be x.</param>
    /// <param name="rstd">(rows), one over the root mean square, kept for the gradient; empty when not wanted.</param>
    /// <param name="weightOffset">Added to every weight: 1 in the Gemma family, which stores weights about zero.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void RmsNormForward(int rows, int cols, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight,
        Span<float> y, Span<float> rstd, float weightOffset = 0f) =>
        Forward<RootMeanSquare>(rows, cols, epsilon, x, weight, default, y, default, rstd, weightOffset);

    /// <summary>The gradient of <see cref="LayerNormForward"/>.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols), the input of the forward call.</param>
    /// <param name="weight">(cols).</param>
    /// <param name="mean">(rows), from the forward call.</param>
    /// <param name="rstd">(rows), from the forward call.</param>
    /// <param name="dy">(rows, cols), the gradient of the output.</param>
    /// <param name="dx">(rows, cols); may be dy when not accumulated.</param>
    /// <param name="accumulateDx">Adds to dx in place of overwriting it.</param>
    /// <param name="dWeight">(cols), or empty for none.</param>
    /// <param name="dBias">(cols), or empty for none.</param>
    /// <param name="accumulateParams">Adds to dWeight and dBias in place of overwriting them.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void LayerNormBackward(int rows, int cols, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> rstd, ReadOnlySpan<float> dy, Span<float> dx, bool accumulateDx, Span<float> dWeight, Span<float> dBias, bool accumulateParams)
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.AtLeast(mean.Length, rows, nameof(mean));
        if (!dBias.IsEmpty) SpanCheck.AtLeast(dBias.Length, cols, nameof(dBias));
        Backward<Layer>(rows, cols, x, weight, mean, rstd, dy, dx, accumulateDx, dWeight, dBias, accumulateParams, 0f);
    }

    /// <summary>The gradient of <see cref="RmsNormForward"/>.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="cols">Columns.</param>
    /// <param name="x">(rows, cols), the input of the forward call.</param>
    /// <param name="weight">(cols).</param>
    /// <param name="rstd">(rows), from the forward call.</param>
    /// <param name="dy">(rows, cols), the gradient of the output.</param>
    /// <param name="dx">(rows, cols); may be dy when not accumulated.</param>
    /// <param name="accumulateDx">Adds to dx in place of overwriting it.</param>
    /// <param name="dWeight">(cols), or empty for none.</param>
    /// <param name="accumulateParams">Adds to dWeight in place of overwriting it.</param>
    /// <param name="weightOffset">As in the forward call.</param>
    /// <exception cref="ArgumentException">A span is too short or a size is negative.</exception>
    public static void RmsNormBackward(int rows, int cols, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> rstd,
        ReadOnlySpan<float> dy, Span<float> dx, bool accumulateDx, Span<float> dWeight, bool accumulateParams, float weightOffset = 0f) =>
        Backward<RootMeanSquare>(rows, cols, x, weight, default, rstd, dy, dx, accumulateDx, dWeight, default, accumulateParams, weightOffset);

    /// <summary>The two norms differ in one point: whether the mean is taken out first.</summary>
    private interface INorm
    {
        static abstract bool Centered { get; }
    }

    private readonly struct Layer : INorm
    {
        public static bool Centered => true;
    }

    private readonly struct RootMeanSquare : INorm
    {
        public static bool Centered => false;
    }

    private static void Forward<TNorm>(int rows, int cols, float epsilon, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> bias,
        Span<float> y, Span<float> mean, Span<float> rstd, float weightOffset) where TNorm : unmanaged, INorm
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        SpanCheck.AtLeast(x.Length, (long)rows * cols, nameof(x));
        SpanCheck.AtLeast(weight.Length, cols, nameof(weight));
        SpanCheck.AtLeast(y.Length, (long)rows * cols, nameof(y));
        if (!rstd.IsEmpty) SpanCheck.AtLeast(rstd.Length, rows, nameof(rstd));
        int step = VectorLoop.RowsPerPart(cols);
        fixed (float* px = x, pw = weight, pb = bias, py = y, pm = mean, pr = rstd)
        {
            WorkerTeam.Run(new ForwardJob<TNorm>(rows, cols, step, epsilon, weightOffset, px, pw, pb, py, pm, pr), VectorLoop.Parts(rows, step));
        }
    }

    private static void Backward<TNorm>(int rows, int cols, ReadOnlySpan<float> x, ReadOnlySpan<float> weight, ReadOnlySpan<float> mean,
        ReadOnlySpan<float> rstd, ReadOnlySpan<float> dy, Span<float> dx, bool accumulateDx, Span<float> dWeight, Span<float> dBias,
        bool accumulateParams, float weightOffset) where TNorm : unmanaged, INorm
    {
        SpanCheck.NotNegative(rows);
        SpanCheck.NotNegative(cols);
        long size = (long)rows * cols;
        SpanCheck.AtLeast(x.Length, size, nameof(x));
        SpanCheck.AtLeast(weight.Length, cols, nameof(weight));
        SpanCheck.AtLeast(rstd.Length, rows, nameof(rstd));
        SpanCheck.AtLeast(dy.Length, size, nameof(dy));
        SpanCheck.AtLeast(dx.Length, size, nameof(dx));
        if (!dWeight.IsEmpty) SpanCheck.AtLeast(dWeight.Length, cols, nameof(dWeight));
        if (cols == 0) return;
        // Each chunk of rows sums its share of the parameter gradients in its own row of working memory: dWeight, then dBias.
        int step = Reduce.ChunkRows(rows, cols), chunks = VectorLoop.Parts(rows, step);
        nint width = dBias.IsEmpty ? cols : 2 * (nint)cols;
        fixed (float* px = x, pw = weight, pm = mean, pr = rstd, pdy = dy, pdx = dx, pdw = dWeight, pdb = dBias)
        {
            float* partial = (float*)KernelScratch.Get(chunks * width * sizeof(float));
            WorkerTeam.Run(new BackwardJob<TNorm>(rows, cols, step, weightOffset, px, pw, pm, pr, pdy, pdx, accumulateDx, partial, width), chunks);
            if (!dWeight.IsEmpty) Reduce.CombineChunks(chunks, cols, partial, width, pdw, accumulateParams);
            if (!dBias.IsEmpty) Reduce.CombineChunks(chunks, cols, partial + cols, width, pdb, accumulateParams);
        }
    }

    private readonly struct ForwardJob<TNorm>(int rows, int cols, int step, float epsilon, float offset,
        float* x, float* weight, float* bias, float* y, float* mean, float* rstd) : IPartJob where TNorm : unmanaged, INorm
    {
        public void Run(int part)
        {
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                float* px = x + r * cols, py = y + r * cols;
                float average = 0f;
                float scale =
                    Vec512.IsSupported ? ForwardRow<TNorm, Vec512>(cols, epsilon, offset, px, weight, bias, py, ref average) :
                    Vec256.IsSupported ? ForwardRow<TNorm, Vec256>(cols, epsilon, offset, px, weight, bias, py, ref average) :
                    Vec128.IsSupported ? ForwardRow<TNorm, Vec128>(cols, epsilon, offset, px, weight, bias, py, ref average) :
                    ForwardRow<TNorm, VecPortable>(cols, epsilon, offset, px, weight, bias, py, ref average);
                if (mean != null) mean[r] = average;
                if (rstd != null) rstd[r] = scale;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float ForwardRow<TNorm, V>(nint n, float epsilon, float offset, float* x, float* weight, float* bias, float* y, ref float mean)
        where TNorm : struct, INorm where V : struct, IVec<V>
    {
        V zero = V.Create(0f), a = zero, b = zero, c = zero, d = zero;
        nint i = 0;
        if (TNorm.Centered)
        {
            for (; i <= n - 4 * V.Count; i += 4 * V.Count)
            {
                a += V.Load(x + i);
                b += V.Load(x + i + V.Count);
                c += V.Load(x + i + 2 * V.Count);
                d += V.Load(x + i + 3 * V.Count);
            }
            for (; i <= n - V.Count; i += V.Count) a += V.Load(x + i);
            float sum = V.Sum((a + b) + (c + d));
            for (; i < n; i++) sum += x[i];
            mean = sum / n;
            a = b = c = d = zero;
            i = 0;
        }
        float average = mean;
        V m = V.Create(average);
        for (; i <= n - 4 * V.Count; i += 4 * V.Count)
        {
            V x0 = V.Load(x + i) - m, x1 = V.Load(x + i + V.Count) - m, x2 = V.Load(x + i + 2 * V.Count) - m, x3 = V.Load(x + i + 3 * V.Count) - m;
            a = V.MultiplyAdd(x0, x0, a);
            b = V.MultiplyAdd(x1, x1, b);
            c = V.MultiplyAdd(x2, x2, c);
            d = V.MultiplyAdd(x3, x3, d);
        }
        for (; i <= n - V.Count; i += V.Count)
        {
            V x0 = V.Load(x + i) - m;
            a = V.MultiplyAdd(x0, x0, a);
        }
        float squares = V.Sum((a + b) + (c + d));
        for (; i < n; i++) squares += (x[i] - average) * (x[i] - average);

        float rstd = 1f / MathF.Sqrt(squares / n + epsilon);
        V scale = V.Create(rstd), plus = V.Create(offset);
        i = 0;
        if (bias == null)
        {
            for (; i <= n - V.Count; i += V.Count) ((V.Load(x + i) - m) * scale * (V.Load(weight + i) + plus)).Store(y + i);
            for (; i < n; i++) y[i] = (x[i] - average) * rstd * (weight[i] + offset);
        }
        else
        {
            for (; i <= n - V.Count; i += V.Count)
                V.MultiplyAdd((V.Load(x + i) - m) * scale, V.Load(weight + i) + plus, V.Load(bias + i)).Store(y + i);
            for (; i < n; i++) y[i] = (x[i] - average) * rstd * (weight[i] + offset) + bias[i];
        }
        return rstd;
    }

    private readonly struct BackwardJob<TNorm>(int rows, int cols, int step, float offset, float* x, float* weight, float* mean, float* rstd,
        float* dy, float* dx, bool accumulateDx, float* partial, nint width) : IPartJob where TNorm : unmanaged, INorm
    {
        public void Run(int part)
        {
            float* dWeight = partial + part * width, dBias = width > cols ? dWeight + cols : null;
            new Span<float>(dWeight, (int)width).Clear();
            int end = (int)Math.Min((part + 1L) * step, rows);
            for (nint r = (nint)part * step; r < end; r++)
            {
                nint at = r * cols;
                float average = TNorm.Centered ? mean[r] : 0f;
                if (Vec512.IsSupported) BackwardRow<TNorm, Vec512>(cols, offset, x + at, weight, average, rstd[r], dy + at, dx + at, accumulateDx, dWeight, dBias);
                else if (Vec256.IsSupported) BackwardRow<TNorm, Vec256>(cols, offset, x + at, weight, average, rstd[r], dy + at, dx + at, accumulateDx, dWeight, dBias);
                else if (Vec128.IsSupported) BackwardRow<TNorm, Vec128>(cols, offset, x + at, weight, average, rstd[r], dy + at, dx + at, accumulateDx, dWeight, dBias);
                else BackwardRow<TNorm, VecPortable>(cols, offset, x + at, weight, average, rstd[r], dy + at, dx + at, accumulateDx, dWeight, dBias);
            }
        }
    }

    // With g = dy * weight and h = (x - mean) * rstd: dx = rstd (g - mean(g) - h mean(g h)), dWeight += dy h, dBias += dy.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRow<TNorm, V>(nint n, float offset, float* x, float* weight, float mean, float rstd,
        float* dy, float* dx, bool accumulateDx, float* dWeight, float* dBias) where TNorm : struct, INorm where V : struct, IVec<V>
    {
        V m = V.Create(mean), s = V.Create(rstd), plus = V.Create(offset), zero = V.Create(0f);
        V g0 = zero, g1 = zero, h0 = zero, h1 = zero;
        nint i = 0;
        for (; i <= n - 2 * V.Count; i += 2 * V.Count)
        {
            V a = V.Load(dy + i) * (V.Load(weight + i) + plus), b = V.Load(dy + i + V.Count) * (V.Load(weight + i + V.Count) + plus);
            if (TNorm.Centered)
            {
                g0 += a;
                g1 += b;
            }
            h0 = V.MultiplyAdd(a, (V.Load(x + i) - m) * s, h0);
            h1 = V.MultiplyAdd(b, (V.Load(x + i + V.Count) - m) * s, h1);
        }
        float sumG = V.Sum(g0 + g1), sumH = V.Sum(h0 + h1);
        for (; i < n; i++)
        {
            float g = dy[i] * (weight[i] + offset);
            if (TNorm.Centered) sumG += g;
            sumH += g * ((x[i] - mean) * rstd);
        }
        float meanG = sumG / n, meanH = sumH / n;

        V mg = V.Create(meanG), mh = V.Create(-meanH);
        i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V d = V.Load(dy + i), h = (V.Load(x + i) - m) * s, g = d * (V.Load(weight + i) + plus);
            V.MultiplyAdd(d, h, V.Load(dWeight + i)).Store(dWeight + i);
            if (dBias != null) (V.Load(dBias + i) + d).Store(dBias + i);
            V inner = V.MultiplyAdd(h, mh, TNorm.Centered ? g - mg : g);
            (accumulateDx ? V.MultiplyAdd(inner, s, V.Load(dx + i)) : inner * s).Store(dx + i);
        }
        for (; i < n; i++)
        {
            float d = dy[i], h = (x[i] - mean) * rstd, g = d * (weight[i] + offset);
            dWeight[i] += d * h;
            if (dBias != null) dBias[i] += d;
            float inner = (TNorm.Centered ? g - meanG : g) - h * meanH;
            dx[i] = accumulateDx ? dx[i] + inner * rstd : inner * rstd;
        }
    }
}
