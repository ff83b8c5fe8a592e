using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The cells: what one step does to some units of one sequence once the recurrent products are there. Each gradient stands below its value.
// The loops take whole registers, and each has one costly function at most: beyond some size the JIT no longer inlines vector arithmetic.
public static unsafe partial class Recurrent
{
    private static void RunForward<V>(RecurrentKind kind, in CellRow row) where V : struct, IVec<V>
    {
        switch (kind)
        {
            case RecurrentKind.Lstm: LstmForward<V>(row); break;
            case RecurrentKind.Gru: GruForward<V>(row); break;
            default: RnnForward<V>(kind == RecurrentKind.RnnRelu, row); break;
        }
    }

    private static void RunBackward<V>(RecurrentKind kind, in CellRow row) where V : struct, IVec<V>
    {
        switch (kind)
        {
            case RecurrentKind.Lstm: LstmBackward<V>(row); break;
            case RecurrentKind.Gru: GruBackward<V>(row); break;
            default: RnnBackward<V>(kind == RecurrentKind.RnnRelu, row); break;
        }
    }

    /// <summary>gate = σ(gate + product).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sigmoid<V>(float* gate, float* product, int count) where V : struct, IVec<V>
    {
        for (int u = 0; u < count; u += V.Count) VecMath.Sigmoid(V.Load(gate + u) + V.Load(product + u)).Store(gate + u);
    }

    /// <summary>gate = tanh(gate + product).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tanh<V>(float* gate, float* product, int count) where V : struct, IVec<V>
    {
        for (int u = 0; u < count; u += V.Count) VecMath.Tanh(V.Load(gate + u) + V.Load(product + u)).Store(gate + u);
    }

    /// <summary>The gradient of the state after this step: what later steps gave, and the output's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V StateGradient<V>(float* later, float* output, int u) where V : struct, IVec<V> =>
        output == null ? V.Load(later + u) : V.Load(later + u) + V.Load(output + u);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RnnForward<V>(bool relu, in CellRow r) where V : struct, IVec<V>
    {
        float* gate = r.Gates, product = r.Products, hidden = r.Hidden, output = r.Output;
        if (!relu) Tanh<V>(gate, product, r.Count);
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V h = relu ? V.Max(V.Create(0f), V.Load(gate + u) + V.Load(product + u)) : V.Load(gate + u);
            h.Store(gate + u);
            h.Store(hidden + u);
            h.Store(output + u);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RnnBackward<V>(bool relu, in CellRow r) where V : struct, IVec<V>
    {
        V zero = V.Create(0f), one = V.Create(1f);
        float* gate = r.Gates, sum = r.Products, hidden = r.Hidden, output = r.OutputGradient;
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V h = V.Load(gate + u), dh = StateGradient<V>(hidden, output, u);
            V d = relu ? V.IfGreater(h, zero, dh, zero) : dh * (one - h * h);
            d.Store(gate + u);
            d.Store(sum + u);
            zero.Store(hidden + u);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LstmForward<V>(in CellRow r) where V : struct, IVec<V>
    {
        float* gi = r.Gates, gf = gi + r.Width, gg = gf + r.Width, go = gg + r.Width;
        float* product = r.Products, cell = r.Cell, saved = r.SavedCell, hidden = r.Hidden, output = r.Output;
        Sigmoid<V>(gi, product, r.Count);
        Sigmoid<V>(gf, product + r.ProductStride, r.Count);
        Tanh<V>(gg, product + 2 * r.ProductStride, r.Count);
        Sigmoid<V>(go, product + 3 * r.ProductStride, r.Count);
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V c = V.MultiplyAdd(V.Load(gf + u), V.Load(cell + u), V.Load(gi + u) * V.Load(gg + u));
            c.Store(cell + u);
            if (saved != null) c.Store(saved + u);
            V h = V.Load(go + u) * VecMath.Tanh(c);
            h.Store(hidden + u);
            h.Store(output + u);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LstmBackward<V>(in CellRow r) where V : struct, IVec<V>
    {
        V zero = V.Create(0f), one = V.Create(1f);
        float* gi = r.Gates, gf = gi + r.Width, gg = gf + r.Width, go = gg + r.Width;
        float* si = r.Products, sf = si + r.ProductStride, sg = sf + r.ProductStride, so = sg + r.ProductStride;
        float* cell = r.Cell, saved = r.SavedCell, before = r.CellBefore, hidden = r.Hidden, output = r.OutputGradient;
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V i = V.Load(gi + u), f = V.Load(gf + u), g = V.Load(gg + u), o = V.Load(go + u);
            V dh = StateGradient<V>(hidden, output, u), tanh = VecMath.Tanh(V.Load(saved + u));
            V dc = V.MultiplyAdd(dh * o, one - tanh * tanh, V.Load(cell + u));
            V di = dc * g * (i * (one - i)), df = dc * V.Load(before + u) * (f * (one - f));
            V dg = dc * i * (one - g * g), dO = dh * tanh * (o * (one - o));
            (dc * f).Store(cell + u);
            zero.Store(hidden + u);
            di.Store(gi + u);
            di.Store(si + u);
            df.Store(gf + u);
            df.Store(sf + u);
            dg.Store(gg + u);
            dg.Store(sg + u);
            dO.Store(go + u);
            dO.Store(so + u);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GruForward<V>(in CellRow r) where V : struct, IVec<V>
    {
        float* gr = r.Gates, gz = gr + r.Width, gn = gz + r.Width, gh = gn + r.Width;
        float* product = r.Products, inner = product + 2 * r.ProductStride, bias = r.NewBias, hidden = r.Hidden, output = r.Output;
        Sigmoid<V>(gr, product, r.Count);
        Sigmoid<V>(gz, product + r.ProductStride, r.Count);
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V sum = V.Load(inner + u);
            if (bias != null) sum += V.Load(bias + u);
            sum.Store(gh + u);
            V n = VecMath.Tanh(V.MultiplyAdd(V.Load(gr + u), sum, V.Load(gn + u)));
            n.Store(gn + u);
            V h = V.MultiplyAdd(V.Load(gz + u), V.Load(hidden + u) - n, n);
            h.Store(hidden + u);
            h.Store(output + u);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GruBackward<V>(in CellRow r) where V : struct, IVec<V>
    {
        V one = V.Create(1f);
        float* gr = r.Gates, gz = gr + r.Width, gn = gz + r.Width, gh = gn + r.Width;
        float* sr = r.Products, sz = sr + r.ProductStride, sn = sz + r.ProductStride;
        float* before = r.HiddenBefore, hidden = r.Hidden, output = r.OutputGradient;
        for (int u = 0; u < r.Count; u += V.Count)
        {
            V reset = V.Load(gr + u), z = V.Load(gz + u), n = V.Load(gn + u), inner = V.Load(gh + u);
            V dh = StateGradient<V>(hidden, output, u);
            V dn = dh * (one - z) * (one - n * n), dInner = dn * reset;
            V dr = dn * inner * (reset * (one - reset)), dz = dh * (V.Load(before + u) - n) * (z * (one - z));
            (dh * z).Store(hidden + u);
            dn.Store(gn + u);
            dInner.Store(gh + u);
            dInner.Store(sn + u);
            dr.Store(gr + u);
            dr.Store(sr + u);
            dz.Store(gz + u);
            dz.Store(sz + u);
        }
    }
}
