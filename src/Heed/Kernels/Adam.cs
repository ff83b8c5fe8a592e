using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>The numbers of one optimiser step.</summary>
/// <param name="LearningRate">Step size.</param>
/// <param name="Beta1">Decay of the mean of gradients.</param>
/// <param name="Beta2">Decay of the mean of squared gradients.</param>
/// <param name="Epsilon">Added to the denominator.</param>
/// <param name="WeightDecay">Decoupled weight decay; a segment list carries its own.</param>
/// <param name="Correction1">1 - Beta1^t, t the number of this step from 1.</param>
/// <param name="Correction2">1 - Beta2^t.</param>
/// <param name="GradientScale">Factor of every gradient first: clipping, loss scale, or the mean over micro-batches. Usually 1.</param>
public readonly record struct AdamHyper(float LearningRate, float Beta1, float Beta2, float Epsilon, float WeightDecay,
    float Correction1, float Correction2, float GradientScale);

/// <summary>One parameter of a step over many: unmanaged memory that must stay in place during the call.</summary>
public unsafe struct AdamSegment
{
    /// <summary>(Length) weights, updated.</summary>
    public float* Weight;
    /// <summary>(Length) gradients.</summary>
    public float* Gradient;
    /// <summary>(Length) mean of gradients, updated.</summary>
    public float* M;
    /// <summary>(Length) mean of squared gradients, updated.</summary>
    public float* V;
    /// <summary>Elements.</summary>
    public nint Length;
    /// <summary>Decoupled weight decay of this parameter.</summary>
    public float WeightDecay;
    /// <summary>Factor of the learning rate for this parameter; usually 1.</summary>
    public float Rate;
}

/// <summary>AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).</summary>
/// <remarks>
/// w *= 1 - lr * decay; m += (g - m)(1 - beta1); v = beta2 v + (1 - beta2) g^2; w -= lr / c1 * m / (sqrt(v) / sqrt(c2) + epsilon).
/// </remarks>
public static unsafe class Adam
{
    /// <summary>One step for one parameter.</summary>
    /// <param name="h">The numbers of the step.</param>
    /// <param name="weight">(n), updated.</param>
    /// <param name="gradient">(n).</param>
    /// <param name="m">(n), mean of gradients, updated; zeros before the first step.</param>
    /// <param name="v">(n), mean of squared gradients, updated; zeros before the first step.</param>
    /// <exception cref="ArgumentException">A span is shorter than weight.</exception>
    public static void Step(in AdamHyper h, Span<float> weight, ReadOnlySpan<float> gradient, Span<float> m, Span<float> v)
    {
        SpanCheck.AtLeast(gradient.Length, weight.Length, nameof(gradient));
        SpanCheck.AtLeast(m.Length, weight.Length, nameof(m));
        SpanCheck.AtLeast(v.Length, weight.Length, nameof(v));
        fixed (float* pw = weight, pg = gradient, pm = m, pv = v)
        {
            AdamSegment segment = new() { Weight = pw, Gradient = pg, M = pm, V = pv, Length = weight.Length, WeightDecay = h.WeightDecay, Rate = 1 };
            Step(h, new ReadOnlySpan<AdamSegment>(in segment));
        }
    }

    /// <summary>One step for many parameters in one parallel pass; the weight decay is that of each segment.</summary>
    /// <param name="h">The numbers of the step; its weight decay is not used.</param>
    /// <param name="segments">The parameters. No two may overlap.</param>
    /// <exception cref="ArgumentException">A segment has a negative length or a null pointer.</exception>
    public static void Step(in AdamHyper h, ReadOnlySpan<AdamSegment> segments)
    {
        // first[i]: the number of the first part of segment i.
        int* first = (int*)KernelScratch.Get((segments.Length + 1L) * sizeof(int));
        long parts = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            ref readonly AdamSegment s = ref segments[i];
            if (s.Length < 0 || (s.Length > 0 && (s.Weight == null || s.Gradient == null || s.M == null || s.V == null)))
                throw new ArgumentException($"Segment {i} has length {s.Length} and a null pointer or a negative length.", nameof(segments));
            first[i] = (int)parts;
            parts += ((long)s.Length + VectorLoop.PartSize - 1) / VectorLoop.PartSize;
            if (parts > int.MaxValue) throw new ArgumentException($"The segments hold more than {(long)int.MaxValue * VectorLoop.PartSize} elements.", nameof(segments));
        }
        first[segments.Length] = (int)parts;
        fixed (AdamSegment* ps = segments) WorkerTeam.Run(new StepJob(new Factors(h), ps, first, segments.Length), (int)parts);
    }

    /// <summary>The numbers of the step as the loop wants them.</summary>
    private readonly struct Factors(in AdamHyper h)
    {
        public readonly float Scale = h.GradientScale;
        public readonly float Rate1 = Complement(h.Beta1);
        public readonly float Beta2 = h.Beta2;
        public readonly float Rate2 = Complement(h.Beta2);
        public readonly float RootCorrection2 = (float)Math.Sqrt(h.Correction2);
        public readonly float Epsilon = h.Epsilon;
        public readonly float StepSize = (float)((double)h.LearningRate / h.Correction1);
        public readonly float LearningRate = h.LearningRate;

        // 1 - beta for the decimal number that was meant: 1 - 0.999f is 0.00099998713, which would be wrong in the fifth digit.
        private static float Complement(float beta) => (float)(1 - (double)(decimal)beta);
    }

    private readonly struct StepJob(Factors f, AdamSegment* segments, int* first, int count) : IPartJob
    {
        public void Run(int part)
        {
            int low = 0, high = count;
            while (high - low > 1)
            {
                int middle = (low + high) / 2;
                if (first[middle] <= part) low = middle; else high = middle;
            }
            AdamSegment s = segments[low];
            nint start = (nint)(part - first[low]) * VectorLoop.PartSize, n = Math.Min(VectorLoop.PartSize, s.Length - start);
            float decay = (float)(1 - (double)f.LearningRate * s.Rate * s.WeightDecay), size = (float)((double)f.StepSize * s.Rate);
            if (Vec512.IsSupported) Update<Vec512>(f, decay, size, n, s.Weight + start, s.Gradient + start, s.M + start, s.V + start);
            else if (Vec256.IsSupported) Update<Vec256>(f, decay, size, n, s.Weight + start, s.Gradient + start, s.M + start, s.V + start);
            else if (Vec128.IsSupported) Update<Vec128>(f, decay, size, n, s.Weight + start, s.Gradient + start, s.M + start, s.V + start);
            else Update<VecPortable>(f, decay, size, n, s.Weight + start, s.Gradient + start, s.M + start, s.V + start);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Update<V>(in Factors f, float decay, float size, nint n, float* weight, float* gradient, float* m, float* v) where V : struct, IVec<V>
    {
        V scale = V.Create(f.Scale), rate1 = V.Create(f.Rate1), beta2 = V.Create(f.Beta2), rate2 = V.Create(f.Rate2), dec = V.Create(decay);
        V root = V.Create(f.RootCorrection2), epsilon = V.Create(f.Epsilon), step = V.Create(size);
        nint i = 0;
        for (; i <= n - V.Count; i += V.Count)
        {
            V w = V.Load(weight + i), mm = V.Load(m + i), vv = V.Load(v + i);
            Update(ref w, V.Load(gradient + i), ref mm, ref vv, scale, rate1, beta2, rate2, dec, root, epsilon, step);
            w.Store(weight + i);
            mm.Store(m + i);
            vv.Store(v + i);
        }
        if (i < n)
        {
            nint rest = n - i;
            V w = VectorLoop.LoadTail<V>(weight + i, rest, 0f), mm = VectorLoop.LoadTail<V>(m + i, rest, 0f), vv = VectorLoop.LoadTail<V>(v + i, rest, 0f);
            Update(ref w, VectorLoop.LoadTail<V>(gradient + i, rest, 0f), ref mm, ref vv, scale, rate1, beta2, rate2, dec, root, epsilon, step);
            VectorLoop.StoreTail(w, weight + i, rest);
            VectorLoop.StoreTail(mm, m + i, rest);
            VectorLoop.StoreTail(vv, v + i, rest);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update<V>(ref V w, V g, ref V m, ref V v, V scale, V rate1, V beta2, V rate2, V decay, V root, V epsilon, V step)
        where V : struct, IVec<V>
    {
        g *= scale;
        m = V.MultiplyAdd(g - m, rate1, m);
        v = V.MultiplyAdd(g * rate2, g, v * beta2);
        w = w * decay - step * (m / (V.Sqrt(v) / root + epsilon));
    }
}
