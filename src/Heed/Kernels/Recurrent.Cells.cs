using System.Runtime.CompilerServices;

namespace Heed.Kernels;

// The cells: what one step does to some units of one sequence once the recurrent products are there. Each gradient stands below its value.
public static unsafe partial class Recurrent
{
    /// <summary>Pointers to the first of the units, of one sequence at one step.</summary>
    private struct CellRow
    {
        public int Count;           // units
        public nint Width;          // from one block of the gates to the next
        public float* Gates;        // S blocks
        public float* Products;     // forward: of the gates by the hidden state; backward: receives the hidden weight's gradients, G blocks
        public nint ProductStride;  // from one gate's products to the next
        public float* NewBias;      // hidden bias of n, or null
        public float* Hidden;       // state, updated in place; backward: its gradient
        public float* Cell;         // LSTM: likewise
        public float* Output;
        public float* SavedCell;    // LSTM: the cell state after this step, or null
        public float* HiddenBefore; // backward: states before this step
        public float* CellBefore;
        public float* OutputGradient; // or null
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Get<V>(float* source, nint left) where V : struct, IVec<V> =>
        left >= V.Count ? V.Load(source) : VectorLoop.LoadTail<V>(source, left, 0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<V>(V value, float* target, nint left) where V : struct, IVec<V>
    {
        if (left >= V.Count) value.Store(target);
        else VectorLoop.StoreTail(value, target, left);
    }

    private static void CellForward<V>(RecurrentKind kind, in CellRow row) where V : struct, IVec<V>
    {
        switch (kind)
        {
            case RecurrentKind.Lstm: LstmForward<V>(row); break;
            case RecurrentKind.Gru: GruForward<V>(row); break;
            default: RnnForward<V>(kind == RecurrentKind.RnnRelu, row); break;
        }
    }

    private static void CellBackward<V>(RecurrentKind kind, in CellRow row) where V : struct, IVec<V>
    {
        switch (kind)
        {
            case RecurrentKind.Lstm: LstmBackward<V>(row); break;
            case RecurrentKind.Gru: GruBackward<V>(row); break;
            default: RnnBackward<V>(kind == RecurrentKind.RnnRelu, row); break;
        }
    }

    /// <summary>The gradient of the state after this step: what later steps gave, and the output's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V StateGradient<V>(in CellRow r, nint u, nint left) where V : struct, IVec<V>
    {
        V d = Get<V>(r.Hidden + u, left);
        return r.OutputGradient == null ? d : d + Get<V>(r.OutputGradient + u, left);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RnnForward<V>(bool relu, in CellRow r) where V : struct, IVec<V>
    {
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V sum = Get<V>(r.Gates + u, left) + Get<V>(r.Products + u, left);
            V h = relu ? V.Max(V.Create(0f), sum) : VecMath.Tanh(sum);
            Put(h, r.Gates + u, left);
            Put(h, r.Hidden + u, left);
            Put(h, r.Output + u, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RnnBackward<V>(bool relu, in CellRow r) where V : struct, IVec<V>
    {
        V zero = V.Create(0f), one = V.Create(1f);
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V h = Get<V>(r.Gates + u, left), dh = StateGradient<V>(r, u, left);
            V d = relu ? V.IfGreater(h, zero, dh, zero) : dh * (one - h * h);
            Put(d, r.Gates + u, left);
            Put(d, r.Products + u, left);
            Put(zero, r.Hidden + u, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LstmForward<V>(in CellRow r) where V : struct, IVec<V>
    {
        float* gi = r.Gates, gf = gi + r.Width, gg = gf + r.Width, go = gg + r.Width;
        float* pi = r.Products, pf = pi + r.ProductStride, pg = pf + r.ProductStride, po = pg + r.ProductStride;
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V i = VecMath.Sigmoid(Get<V>(gi + u, left) + Get<V>(pi + u, left));
            Put(i, gi + u, left);
            V f = VecMath.Sigmoid(Get<V>(gf + u, left) + Get<V>(pf + u, left));
            Put(f, gf + u, left);
            V g = VecMath.Tanh(Get<V>(gg + u, left) + Get<V>(pg + u, left));
            Put(g, gg + u, left);
            V o = VecMath.Sigmoid(Get<V>(go + u, left) + Get<V>(po + u, left));
            Put(o, go + u, left);
            V c = V.MultiplyAdd(f, Get<V>(r.Cell + u, left), i * g);
            Put(c, r.Cell + u, left);
            if (r.SavedCell != null) Put(c, r.SavedCell + u, left);
            V h = o * VecMath.Tanh(c);
            Put(h, r.Hidden + u, left);
            Put(h, r.Output + u, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LstmBackward<V>(in CellRow r) where V : struct, IVec<V>
    {
        V zero = V.Create(0f), one = V.Create(1f);
        float* gi = r.Gates, gf = gi + r.Width, gg = gf + r.Width, go = gg + r.Width;
        float* pi = r.Products, pf = pi + r.ProductStride, pg = pf + r.ProductStride, po = pg + r.ProductStride;
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V i = Get<V>(gi + u, left), f = Get<V>(gf + u, left), g = Get<V>(gg + u, left), o = Get<V>(go + u, left);
            V dh = StateGradient<V>(r, u, left), tanh = VecMath.Tanh(Get<V>(r.SavedCell + u, left));
            V dc = V.MultiplyAdd(dh * o, one - tanh * tanh, Get<V>(r.Cell + u, left));
            V di = dc * g * (i * (one - i));
            Put(di, gi + u, left);
            Put(di, pi + u, left);
            V df = dc * Get<V>(r.CellBefore + u, left) * (f * (one - f));
            Put(df, gf + u, left);
            Put(df, pf + u, left);
            V dg = dc * i * (one - g * g);
            Put(dg, gg + u, left);
            Put(dg, pg + u, left);
            V dO = dh * tanh * (o * (one - o));
            Put(dO, go + u, left);
            Put(dO, po + u, left);
            Put(dc * f, r.Cell + u, left);
            Put(zero, r.Hidden + u, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GruForward<V>(in CellRow r) where V : struct, IVec<V>
    {
        float* gr = r.Gates, gz = gr + r.Width, gn = gz + r.Width, gh = gn + r.Width;
        float* pr = r.Products, pz = pr + r.ProductStride, pn = pz + r.ProductStride;
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V reset = VecMath.Sigmoid(Get<V>(gr + u, left) + Get<V>(pr + u, left));
            Put(reset, gr + u, left);
            V z = VecMath.Sigmoid(Get<V>(gz + u, left) + Get<V>(pz + u, left));
            Put(z, gz + u, left);
            V inner = Get<V>(pn + u, left);
            if (r.NewBias != null) inner += Get<V>(r.NewBias + u, left);
            Put(inner, gh + u, left);
            V n = VecMath.Tanh(V.MultiplyAdd(reset, inner, Get<V>(gn + u, left)));
            Put(n, gn + u, left);
            V h = V.MultiplyAdd(z, Get<V>(r.Hidden + u, left) - n, n);
            Put(h, r.Hidden + u, left);
            Put(h, r.Output + u, left);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void GruBackward<V>(in CellRow r) where V : struct, IVec<V>
    {
        V one = V.Create(1f);
        float* gr = r.Gates, gz = gr + r.Width, gn = gz + r.Width, gh = gn + r.Width;
        float* pr = r.Products, pz = pr + r.ProductStride, pn = pz + r.ProductStride;
        for (nint u = 0; u < r.Count; u += V.Count)
        {
            nint left = r.Count - u;
            V reset = Get<V>(gr + u, left), z = Get<V>(gz + u, left), n = Get<V>(gn + u, left), inner = Get<V>(gh + u, left);
            V dh = StateGradient<V>(r, u, left);
            V dn = dh * (one - z) * (one - n * n);
            Put(dn, gn + u, left);
            V dInner = dn * reset;
            Put(dInner, gh + u, left);
            Put(dInner, pn + u, left);
            V dr = dn * inner * (reset * (one - reset));
            Put(dr, gr + u, left);
            Put(dr, pr + u, left);
            V dz = dh * (Get<V>(r.HiddenBefore + u, left) - n) * (z * (one - z));
            Put(dz, gz + u, left);
            Put(dz, pz + u, left);
            Put(dh * z, r.Hidden + u, left);
        }
    }
}
