using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Recurrent
{
    /// <summary>The backward pass with registers of the type <typeparamref name="V"/>; one that the machine lacks works too, slowly.</summary>
    internal static void Backward<V>(in RecurrentShape shape, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<int> lengths,
        Span<float> gates, ReadOnlySpan<float> cells, ReadOnlySpan<float> output, int outputStride,
        ReadOnlySpan<float> initialHidden, ReadOnlySpan<float> initialCell, ReadOnlySpan<float> outputGradient, int outputGradientStride,
        Span<float> hiddenGradient, Span<float> cellGradient, Span<float> previous, bool initialGradient) where V : struct, IVec<V>
    {
        Check(shape, hiddenWeight.Length, lengths, gates.Length, output.Length, outputStride);
        long states = (long)shape.Batch * shape.Width;
        SpanCheck.AtLeast(initialHidden.Length, states, nameof(initialHidden));
        SpanCheck.AtLeast(hiddenGradient.Length, states, nameof(hiddenGradient));
        SpanCheck.AtLeast(previous.Length, states * shape.Steps, nameof(previous));
        if (!outputGradient.IsEmpty) SpanCheck.AtLeast(outputGradient.Length, SpanCheck.Strided(shape.Batch * shape.Steps, shape.Width, outputGradientStride), nameof(outputGradient));
        if (shape.Kind == RecurrentKind.Lstm)
        {
            SpanCheck.AtLeast(cells.Length, states * shape.Steps, nameof(cells));
            SpanCheck.AtLeast(initialCell.Length, states, nameof(initialCell));
            SpanCheck.AtLeast(cellGradient.Length, states, nameof(cellGradient));
        }
        if (states == 0 || shape.Steps == 0) return;

        Grid<V> grid = new(shape);
        nint weights = grid.WeightFloats(shape), panels = grid.StateFloats(shape) * shape.Gates;
        float* scratch = (float*)KernelScratch.Get((weights + 2 * panels) * sizeof(float));
        float* later = scratch + weights, now = later + panels;
        fixed (float* pWeight = hiddenWeight, pGates = gates, pCells = cells, pOutput = output, pInitialHidden = initialHidden, pInitialCell = initialCell)
        fixed (float* pOutputGradient = outputGradient, pHiddenGradient = hiddenGradient, pCellGradient = cellGradient, pPrevious = previous)
        fixed (int* pLengths = lengths)
        {
            WorkerTeam.Run(new PackUnitsJob<V>(shape, pWeight, scratch), grid.Groups);
            BackwardPass pass = new()
            {
                Shape = shape,
                Timeline = new Timeline(shape, pLengths),
                Gates = pGates,
                Cells = pCells,
                Output = pOutput,
                OutputStride = outputStride,
                InitialHidden = pInitialHidden,
                InitialCell = pInitialCell,
                OutputGradient = pOutputGradient,
                OutputGradientStride = outputGradientStride,
                HiddenGradient = pHiddenGradient,
                CellGradient = pCellGradient,
                Previous = pPrevious,
            };
            for (int step = shape.Steps - 1; step >= (initialGradient ? -1 : 0); step--)
            {
                WorkerTeam.Run(new BackwardJob<V>(pass, grid, step, scratch, later, now), grid.Parts);
                float* written = now;
                now = later;
                later = written;
            }
        }
    }

    /// <summary>Packs the weight (G H, H) for the backward product: for each group of units one panel (G H, group).</summary>
    private readonly struct PackUnitsJob<V>(RecurrentShape s, float* weight, float* target) : IPartJob where V : struct, IVec<V>
    {
        public void Run(int group)
        {
            int units = Grid<V>.GroupUnits, first = group * units, k = s.Gates * s.Width;
            MatMul.PackRows<V>(weight + first, s.Width, k, Math.Min(units, s.Width - first), units, target + (nint)group * units * k, 0);
        }
    }

    /// <summary>What stays the same over the steps of a backward pass.</summary>
    private struct BackwardPass
    {
        public RecurrentShape Shape;
        public Timeline Timeline;
        public float* Gates;          // (B, T, S H)
        public float* Cells;          // (B, T, H)
        public float* Output;         // (B, T, H) with a stride
        public nint OutputStride;
        public float* InitialHidden;  // (B, H)
        public float* InitialCell;    // (B, H)
        public float* OutputGradient; // (B, T, H) with a stride, or null
        public nint OutputGradientStride;
        public float* HiddenGradient; // (B, H)
        public float* CellGradient;   // (B, H)
        public float* Previous;       // (B, T, H)

        /// <summary>Units [first, first + count) of sequence <paramref name="row"/> at place <paramref name="time"/>; the gradients of its G sums go to <paramref name="sums"/> too.</summary>
        public readonly void RunCell<V>(int row, int time, int first, int count, float* sums, nint sumStride) where V : struct, IVec<V>
        {
            nint width = Shape.Width, at = (nint)row * Shape.Steps + time;
            float* gates = Gates + at * Shape.Saved * width + first, previous = Previous + at * width + first;
            if (!Timeline.Active(row, time))
            {
                for (int block = 0; block < Shape.Saved; block++) new Span<float>(gates + block * width, count).Clear();
                for (int gate = 0; gate < Shape.Gates; gate++) new Span<float>(sums + gate * sumStride, count).Clear();
                new Span<float>(previous, count).Clear();
                return;
            }
            nint before = Timeline.RowBefore(row, time);
            float* hiddenBefore = (before < 0 ? InitialHidden + row * width : Output + before * OutputStride) + first;
            new Span<float>(hiddenBefore, count).CopyTo(new(previous, count));
            bool lstm = Shape.Kind == RecurrentKind.Lstm;
            CellBackward<V>(Shape, new CellRow
            {
                Count = count,
                Width = width,
                Gates = gates,
                Products = sums,
                ProductStride = sumStride,
                Hidden = HiddenGradient + row * width + first,
                Cell = lstm ? CellGradient + row * width + first : null,
                SavedCell = lstm ? Cells + at * width + first : null,
                HiddenBefore = hiddenBefore,
                CellBefore = lstm ? (before < 0 ? InitialCell + row * width : Cells + before * width) + first : null,
                OutputGradient = OutputGradient == null ? null : OutputGradient + at * OutputGradientStride + first,
            });
        }
    }

    /// <summary>
    /// One step back of some units of some sequences: the later step's gradients by the hidden weight, the cells, and the gradients of the sums
    /// into the panels for the step before. Step -1 ends with the first.
    /// </summary>
    private readonly struct BackwardJob<V>(BackwardPass pass, Grid<V> grid, int step, float* weights, float* later, float* now) : IPartJob where V : struct, IVec<V>
    {
        private readonly BackwardPass pass = pass;
        private readonly Grid<V> grid = grid;

        [SkipLocalsInit]
        public void Run(int part)
        {
            ref readonly RecurrentShape s = ref pass.Shape;
            grid.Place(part, out int group, out int panel0, out int panelEnd);
            int mr = Grid<V>.PanelRows, nr = Grid<V>.GroupUnits, width = s.Width;
            int first = group * nr, count = Math.Min(nr, width - first);
            int row0 = panel0 * mr, rowEnd = Math.Min(panelEnd * mr, s.Batch);
            int time = pass.Timeline.Time(step), timeLater = pass.Timeline.Time(step + 1);
            nint states = grid.StateFloats(s);
            float* sums = stackalloc float[4 * PartRows * 2 * V.Count]; // (G, rows, group)
            nint sumStride = (nint)PartRows * nr;

            if (step >= 0) Prefetch(row0, rowEnd, time, first, count);
            if (step + 1 < s.Steps)
                for (int panel = panel0; panel < panelEnd; panel++)
                {
                    int row = panel * mr, end = Math.Min(row + mr, s.Batch);
                    if (!pass.Timeline.AnyActive(row, end, timeLater)) continue;
                    float* c = sums + (nint)(row - row0) * nr, b = weights + (nint)group * nr * s.Gates * width;
                    float* add = null;
                    for (int gate = 0; gate < s.Gates; gate++)
                    {
                        float* a = later + gate * states + (nint)row * width;
                        for (int k = 0; k < width; k += SumLength, add = c)
                            MatMul.Tile<V>(Math.Min(SumLength, width - k), a + (nint)k * mr, b + ((nint)gate * width + k) * nr, c, nr, add, nr, end - row);
                    }
                    for (int r = row; r < end; r++) VectorAdd<V>(sums + (nint)(r - row0) * nr, pass.HiddenGradient + (nint)r * width + first, count);
                }
            if (step < 0) return;
            for (int row = row0; row < rowEnd; row++) pass.RunCell<V>(row, time, first, count, sums + (nint)(row - row0) * nr, sumStride);
            for (int gate = 0; gate < s.Gates; gate++)
                for (int row = row0; row < rowEnd; row += mr)
                    MatMul.PackTransposed(sums + gate * sumStride + (nint)(row - row0) * nr, nr, count, Math.Min(mr, rowEnd - row), mr, now + gate * states + (nint)row * width + first * mr);
        }

        /// <summary>Asks for what the cells of this step read: it lies in as many pages as there are sequences, where the hardware does not look ahead.</summary>
        private void Prefetch(int row, int rowEnd, int time, int first, int count)
        {
            for (; row < rowEnd; row++)
            {
                nint at = (nint)row * pass.Shape.Steps + time;
                for (int j = 0; j < count; j += 16)
                {
                    float* gates = pass.Gates + at * pass.Shape.Saved * pass.Shape.Width + first + j;
                    for (int block = 0; block < pass.Shape.Saved; block++, gates += pass.Shape.Width) MatMul.Prefetch(gates);
                    if (pass.OutputGradient != null) MatMul.Prefetch(pass.OutputGradient + at * pass.OutputGradientStride + first + j);
                }
            }
        }
    }

    /// <summary>y += x.</summary>
    private static void VectorAdd<V>(float* x, float* y, int count) where V : struct, IVec<V>
    {
        int u = 0;
        for (; u <= count - V.Count; u += V.Count) (V.Load(y + u) + V.Load(x + u)).Store(y + u);
        for (; u < count; u++) y[u] += x[u];
    }
}
