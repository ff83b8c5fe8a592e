using System.Runtime.CompilerServices;

namespace Heed.Kernels;

public static unsafe partial class Recurrent
{
    /// <summary>Pointers to the first of some units, of one sequence at one step.</summary>
    private struct CellRow
    {
        public int Count;             // units
        public nint Width;            // from one block of the gates to the next
        public float* Gates;          // S blocks
        public float* Products;       // forward: of the hidden state by the gates' weights; backward: receives the gradients of those sums, G blocks
        public nint ProductStride;    // from one gate's products to the next
        public float* NewBias;        // GRU: hidden bias of n, or null
        public float* Hidden;         // state, updated in place; backward: its gradient
        public float* Cell;           // LSTM: likewise
        public float* Output;         // forward: receives the state
        public float* SavedCell;      // LSTM: the cell state after this step, or null
        public float* HiddenBefore;   // backward: states before this step
        public float* CellBefore;     // LSTM, backward: likewise
        public float* OutputGradient; // backward, or null

        /// <summary>The same row, its units counted from <paramref name="first"/>.</summary>
        public readonly CellRow From(int first)
        {
            CellRow row = this;
            row.Count -= first;
            row.Gates += first;
            row.Products += first;
            Move(ref row.NewBias);
            Move(ref row.Hidden);
            Move(ref row.Cell);
            Move(ref row.Output);
            Move(ref row.SavedCell);
            Move(ref row.HiddenBefore);
            Move(ref row.CellBefore);
            Move(ref row.OutputGradient);
            return row;

            void Move(ref float* pointer)
            {
                if (pointer != null) pointer += first;
            }
        }
    }

    private static void CellForward<V>(in RecurrentShape s, in CellRow row) where V : struct, IVec<V> => RunCell<V>(s, row, backward: false);

    private static void CellBackward<V>(in RecurrentShape s, in CellRow row) where V : struct, IVec<V> => RunCell<V>(s, row, backward: true);

    /// <summary>Whole registers where they stand; what is left of a row goes through padded copies.</summary>
    private static void RunCell<V>(in RecurrentShape s, in CellRow row, bool backward) where V : struct, IVec<V>
    {
        int whole = row.Count / V.Count * V.Count;
        if (whole == row.Count)
        {
            RunWhole<V>(s.Kind, row, backward);
            return;
        }
        if (whole > 0)
        {
            CellRow first = row;
            first.Count = whole;
            RunWhole<V>(s.Kind, first, backward);
        }
        RunPadded<V>(s, row.From(whole), backward);
    }

    private static void RunWhole<V>(RecurrentKind kind, in CellRow row, bool backward) where V : struct, IVec<V>
    {
        if (backward) RunBackward<V>(kind, row);
        else RunForward<V>(kind, row);
    }

    [SkipLocalsInit]
    private static void RunPadded<V>(in RecurrentShape s, in CellRow row, bool backward) where V : struct, IVec<V>
    {
        int count = row.Count;
        float* free = stackalloc float[16 * V.Count];
        CellRow padded = new()
        {
            Count = V.Count,
            Width = V.Count,
            ProductStride = V.Count,
            Gates = free,
        };
        for (int block = 0; block < s.Saved; block++) Copy(row.Gates + block * row.Width);
        padded.Products = free;
        for (int gate = 0; gate < s.Gates; gate++) Copy(row.Products + gate * row.ProductStride);
        padded.NewBias = Copy(row.NewBias);
        padded.Hidden = Copy(row.Hidden);
        padded.Cell = Copy(row.Cell);
        padded.Output = Copy(row.Output);
        padded.SavedCell = Copy(row.SavedCell);
        padded.HiddenBefore = Copy(row.HiddenBefore);
        padded.CellBefore = Copy(row.CellBefore);
        padded.OutputGradient = Copy(row.OutputGradient);
        RunWhole<V>(s.Kind, padded, backward);
        for (int block = 0; block < s.Saved; block++) Back(padded.Gates + block * V.Count, row.Gates + block * row.Width);
        if (backward)
            for (int gate = 0; gate < s.Gates; gate++) Back(padded.Products + gate * V.Count, row.Products + gate * row.ProductStride);
        Back(padded.Hidden, row.Hidden);
        Back(padded.Cell, row.Cell);
        if (backward) return;
        Back(padded.Output, row.Output);
        Back(padded.SavedCell, row.SavedCell);

        float* Copy(float* source)
        {
            if (source == null) return null;
            float* target = free;
            free += V.Count;
            new Span<float>(target, V.Count).Clear();
            new Span<float>(source, count).CopyTo(new(target, count));
            return target;
        }

        void Back(float* source, float* target)
        {
            if (target != null) new Span<float>(source, count).CopyTo(new(target, count));
        }
    }
}
