using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Recurrent
{
    /// <summary>The forward pass with registers of the type <typeparamref name="V"/>; one that the machine lacks works too, slowly.</summary>
    internal static void Forward<V>(in RecurrentShape shape, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> newBias, ReadOnlySpan<int> lengths,
        Span<float> gates, Span<float> output, int outputStride, Span<float> hidden, Span<float> cell, Span<float> cells) where V : struct, IVec<V>
    {
        Check(shape, hiddenWeight.Length, lengths, gates.Length, output.Length, outputStride);
        bool lstm = shape.Kind == RecurrentKind.Lstm;
        long states = (long)shape.Batch * shape.Width;
        SpanCheck.AtLeast(hidden.Length, states, nameof(hidden));
        if (lstm) SpanCheck.AtLeast(cell.Length, states, nameof(cell));
        if (lstm && !cells.IsEmpty) SpanCheck.AtLeast(cells.Length, states * shape.Steps, nameof(cells));
        if (!newBias.IsEmpty) SpanCheck.AtLeast(newBias.Length, shape.Width, nameof(newBias));
        if (states == 0 || shape.Steps == 0) return;

        fixed (float* pWeight = hiddenWeight, pBias = newBias, pGates = gates, pOutput = output, pHidden = hidden, pCell = cell, pCells = cells)
        fixed (int* pLengths = lengths)
        {
            ForwardPass pass = new()
            {
                Shape = shape,
                Timeline = new Timeline(shape, pLengths),
                NewBias = shape.Kind == RecurrentKind.Gru ? pBias : null,
                Gates = pGates,
                Output = pOutput,
                OutputStride = outputStride,
                Hidden = pHidden,
                Cell = pCell,
                Cells = lstm ? pCells : null,
            };
            if (shape.Steps == 1) SingleStep<V>(pass, hiddenWeight, hidden);
            else AllSteps<V>(pass, pWeight);
        }
    }

    /// <summary>One step, as in generation: packing the weight would not pay.</summary>
    private static void SingleStep<V>(in ForwardPass pass, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> hidden) where V : struct, IVec<V>
    {
        int batch = pass.Shape.Batch, width = pass.Shape.Width, columns = pass.Shape.Gates * width;
        int floats = checked(batch * columns);
        float* products = (float*)KernelScratch.Get((long)floats * sizeof(float)); // (B, G H)
        MatMul.Multiply<V>(batch, columns, width, hidden, width, false, hiddenWeight, width, true, new(products, floats), columns, false, default, ActivationKind.None, default);
        for (int b = 0; b < batch; b++) pass.RunCell<V>(b, 0, 0, width, products + (nint)b * columns, width);
    }

    private static void AllSteps<V>(ForwardPass pass, float* weight) where V : struct, IVec<V>
    {
        RecurrentShape s = pass.Shape;
        Grid<V> grid = new(s);
        nint weights = grid.WeightFloats(s), states = grid.StateFloats(s);
        float* scratch = (float*)KernelScratch.Get((weights + 2 * states) * sizeof(float));
        float* now = scratch + weights, next = now + states;
        WorkerTeam.Run(new PackGatesJob<V>(s, weight, scratch), grid.Groups);
        for (int panel = 0, mr = Grid<V>.PanelRows; panel < grid.Panels; panel++)
            MatMul.PackTransposed(pass.Hidden + (nint)panel * mr * s.Width, s.Width, s.Width, Math.Min(mr, s.Batch - panel * mr), mr, now + (nint)panel * mr * s.Width);
        for (int step = 0; step < s.Steps; step++)
        {
            WorkerTeam.Run(new ForwardJob<V>(pass, grid, pass.Timeline.Time(step), scratch, now, next), grid.Parts);
            float* written = next;
            next = now;
            now = written;
        }
    }

    /// <summary>Packs the weight (G H, H) for the forward product: for each group of units its gates' panels (H, group).</summary>
    private readonly struct PackGatesJob<V>(RecurrentShape s, float* weight, float* target) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int group)
        {
            int units = Grid<V>.GroupUnits, first = group * units;
            for (int gate = 0; gate < s.Gates; gate++)
                MatMul.PackTransposed(weight + ((nint)gate * s.Width + first) * s.Width, s.Width, s.Width, Math.Min(units, s.Width - first), units,
                    target + ((nint)group * s.Gates + gate) * units * s.Width);
        }
    }

    /// <summary>What stays the same over the steps of a forward pass.</summary>
    private struct ForwardPass
    {
        public RecurrentShape Shape;
        public Timeline Timeline;
        public float* NewBias; // (H) or null
        public float* Gates;   // (B, T, S H)
        public float* Output;  // (B, T, H) with a stride
        public nint OutputStride;
        public float* Hidden;  // (B, H)
        public float* Cell;    // (B, H)
        public float* Cells;   // (B, T, H) or null

        /// <summary>Units [first, first + count) of sequence <paramref name="row"/> at place <paramref name="time"/>.</summary>
        public readonly void RunCell<V>(int row, int time, int first, int count, float* products, nint productStride) where V : struct, IVec<V>
        {
            nint width = Shape.Width, at = (nint)row * Shape.Steps + time;
            float* output = Output + at * OutputStride + first;
            if (!Timeline.Active(row, time))
            {
                new Span<float>(output, count).Clear();
                return;
            }
            CellForward<V>(Shape, new CellRow
            {
                Count = count,
                Width = width,
                Gates = Gates + at * Shape.Saved * width + first,
                Products = products,
                ProductStride = productStride,
                NewBias = NewBias == null ? null : NewBias + first,
                Hidden = Hidden + row * width + first,
                Cell = Cell == null ? null : Cell + row * width + first,
                Output = output,
                SavedCell = Cells == null ? null : Cells + at * width + first,
            });
        }
    }

    /// <summary>One step of some units of some sequences: products, cells, and the new states into the next step's panels.</summary>
    private readonly struct ForwardJob<V>(ForwardPass pass, Grid<V> grid, int time, float* weights, float* now, float* next) : IPartJob where V : struct, IVec<V>
    {
        private readonly ForwardPass pass = pass;
        private readonly Grid<V> grid = grid;

        [SkipLocalsInit]
        public void Run(int part)
        {
            ref readonly RecurrentShape s = ref pass.Shape;
            grid.Place(part, out int group, out int panel0, out int panelEnd);
            int mr = Grid<V>.PanelRows, nr = Grid<V>.GroupUnits, width = s.Width;
            int first = group * nr, count = Math.Min(nr, width - first);
            int row0 = panel0 * mr, rowEnd = Math.Min(panelEnd * mr, s.Batch);
            float* products = stackalloc float[4 * PartRows * 2 * V.Count]; // (G, rows, group)
            nint gateStride = (nint)PartRows * nr;

            // The gates of this step lie in as many pages as there are sequences, where the hardware does not look ahead.
            for (int row = row0; row < rowEnd; row++)
            {
                float* gates = pass.Gates + ((nint)row * s.Steps + time) * s.Saved * width + first;
                for (int gate = 0; gate < s.Gates; gate++, gates += width)
                    for (int j = 0; j < count; j += 16) MatMul.Prefetch(gates + j);
            }
            for (int gate = 0; gate < s.Gates; gate++)
            {
                float* b = weights + ((nint)group * s.Gates + gate) * nr * width;
                for (int panel = panel0; panel < panelEnd; panel++)
                {
                    int row = panel * mr, end = Math.Min(row + mr, s.Batch);
                    if (!pass.Timeline.AnyActive(row, end, time)) continue;
                    float* a = now + (nint)row * width, c = products + gate * gateStride + (nint)(row - row0) * nr;
                    for (int k = 0; k < width; k += SumLength)
                        MatMul.Tile<V>(Math.Min(SumLength, width - k), a + (nint)k * mr, b + (nint)k * nr, c, nr, k == 0 ? null : c, nr, end - row);
                }
            }
            for (int row = row0; row < rowEnd; row++) pass.RunCell<V>(row, time, first, count, products + (nint)(row - row0) * nr, gateStride);
            for (int row = row0; row < rowEnd; row += mr)
                MatMul.PackTransposed(pass.Hidden + (nint)row * width + first, width, count, Math.Min(mr, rowEnd - row), mr, next + (nint)row * width + first * mr);
        }
    }
}
