namespace Heed.Kernels;

/// <summary>
/// Recurrent layers: the step loop over a sequence, forward and backward in time. The products that need no earlier step (the inputs of all
/// steps by the input weight, and the gradients of both weights) are large matrix products of the caller.
/// </summary>
/// <remarks>
/// The hidden weight is packed once into the panels of the matrix product and serves every step. A part of a step is a group of units:
/// their recurrent products for all gates and, at once, their cells; so a step is one fork and join. The new state is written straight
/// into the panels that the next step multiplies. Each element is summed in an order that the shape alone decides:
/// results are bitwise the same for any number of threads. Nothing is allocated in steady state.
/// </remarks>
public static unsafe partial class Recurrent
{
    /// <summary>Rows of the batch in one part, at most: their products stay in the L1 cache.</summary>
    private const int PartRows = 48;

    /// <summary>Length of the sums between two visits of a register tile's products: the panels in use stay in the L1 cache.</summary>
    private const int SumLength = 512;

    /// <summary>Runs a layer over its sequences, in place of the input products.</summary>
    /// <param name="shape">Kind, sizes and direction.</param>
    /// <param name="hiddenWeight">(G H, H).</param>
    /// <param name="newBias">(H): the hidden bias of a GRU's n; else, or for none, empty. All other biases are part of the input products.</param>
    /// <param name="lengths">(B) steps of each sequence, 0 to T; empty: all T. Beyond them the state stays and the output is 0.</param>
    /// <param name="gates">(B, T, S H): on entry the input products with their biases in the first G H columns, on return the gates, for the gradient.</param>
    /// <param name="output">(B, T, H): the hidden state after each step.</param>
    /// <param name="outputStride">Floats from one row of the output to the next.</param>
    /// <param name="hidden">(B, H): the hidden state before, and after.</param>
    /// <param name="cell">(B, H): the cell state before, and after; empty unless the kind is LSTM.</param>
    /// <param name="cells">(B, T, H): the cell state after each step, for the gradient; empty: not kept.</param>
    /// <exception cref="ArgumentException">A size, a length or a span does not fit.</exception>
    public static void Forward(in RecurrentShape shape, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<float> newBias, ReadOnlySpan<int> lengths,
        Span<float> gates, Span<float> output, int outputStride, Span<float> hidden, Span<float> cell, Span<float> cells)
    {
        if (Vec512.IsSupported) Forward<Vec512>(shape, hiddenWeight, newBias, lengths, gates, output, outputStride, hidden, cell, cells);
        else if (Vec256.IsSupported) Forward<Vec256>(shape, hiddenWeight, newBias, lengths, gates, output, outputStride, hidden, cell, cells);
        else if (Vec128.IsSupported) Forward<Vec128>(shape, hiddenWeight, newBias, lengths, gates, output, outputStride, hidden, cell, cells);
        else Forward<VecPortable>(shape, hiddenWeight, newBias, lengths, gates, output, outputStride, hidden, cell, cells);
    }

    /// <summary>Backpropagation through time: the gradient of <see cref="Forward"/>.</summary>
    /// <param name="shape">Kind, sizes and direction.</param>
    /// <param name="hiddenWeight">(G H, H).</param>
    /// <param name="lengths">(B) steps of each sequence; empty: all T.</param>
    /// <param name="gates">(B, T, S H): on entry the gates, on return the gradients of the sums before them: the first G blocks by the inputs'
    /// products, blocks <see cref="RecurrentShape.SavedBlock"/> by the hidden weight's products. 0 beyond a sequence's end.</param>
    /// <param name="cells">(B, T, H): the cell states; empty unless the kind is LSTM.</param>
    /// <param name="output">(B, T, H): the hidden states.</param>
    /// <param name="outputStride">Floats from one row of the output to the next.</param>
    /// <param name="initialHidden">(B, H): the hidden state before the first step.</param>
    /// <param name="initialCell">(B, H): the cell state before the first step; empty unless the kind is LSTM.</param>
    /// <param name="outputGradient">(B, T, H); empty: 0.</param>
    /// <param name="outputGradientStride">Floats from one row of it to the next.</param>
    /// <param name="hiddenGradient">(B, H): the gradient of the last hidden state, on return that of the initial one.</param>
    /// <param name="cellGradient">(B, H): the gradient of the last cell state, on return that of the initial one; empty unless the kind is LSTM.</param>
    /// <param name="previous">(B, T, H): receives the hidden state before each step, for the gradient of the hidden weight.</param>
    /// <param name="initialGradient">Whether <paramref name="hiddenGradient"/> is wanted on return; else it is left undefined.</param>
    /// <exception cref="ArgumentException">A size, a length or a span does not fit.</exception>
    public static void Backward(in RecurrentShape shape, ReadOnlySpan<float> hiddenWeight, ReadOnlySpan<int> lengths,
        Span<float> gates, ReadOnlySpan<float> cells, ReadOnlySpan<float> output, int outputStride,
        ReadOnlySpan<float> initialHidden, ReadOnlySpan<float> initialCell, ReadOnlySpan<float> outputGradient, int outputGradientStride,
        Span<float> hiddenGradient, Span<float> cellGradient, Span<float> previous, bool initialGradient)
    {
        if (Vec512.IsSupported) Backward<Vec512>(shape, hiddenWeight, lengths, gates, cells, output, outputStride, initialHidden, initialCell, outputGradient, outputGradientStride, hiddenGradient, cellGradient, previous, initialGradient);
        else if (Vec256.IsSupported) Backward<Vec256>(shape, hiddenWeight, lengths, gates, cells, output, outputStride, initialHidden, initialCell, outputGradient, outputGradientStride, hiddenGradient, cellGradient, previous, initialGradient);
        else if (Vec128.IsSupported) Backward<Vec128>(shape, hiddenWeight, lengths, gates, cells, output, outputStride, initialHidden, initialCell, outputGradient, outputGradientStride, hiddenGradient, cellGradient, previous, initialGradient);
        else Backward<VecPortable>(shape, hiddenWeight, lengths, gates, cells, output, outputStride, initialHidden, initialCell, outputGradient, outputGradientStride, hiddenGradient, cellGradient, previous, initialGradient);
    }

    private static void Check(in RecurrentShape s, int hiddenWeight, ReadOnlySpan<int> lengths, int gates, int output, int outputStride)
    {
        if (s.Kind > RecurrentKind.Gru) throw new ArgumentOutOfRangeException(nameof(s), s.Kind, "unknown kind of recurrent cell");
        SpanCheck.NotNegative(s.Batch, "batch");
        SpanCheck.NotNegative(s.Steps, "steps");
        SpanCheck.NotNegative(s.Width, "width");
        long rows = (long)s.Batch * s.Steps;
        SpanCheck.AtLeast(hiddenWeight, (long)s.Gates * s.Width * s.Width, "hiddenWeight");
        SpanCheck.AtLeast(gates, rows * s.Saved * s.Width, "gates");
        SpanCheck.AtLeast(output, SpanCheck.Strided((int)rows, s.Width, outputStride), "output");
        if (lengths.IsEmpty) return;
        SpanCheck.AtLeast(lengths.Length, s.Batch, "lengths");
        for (int b = 0; b < s.Batch; b++)
            if ((uint)lengths[b] > (uint)s.Steps) throw new ArgumentException($"The length of sequence {b} is {lengths[b]}, 0 to {s.Steps} were expected.", nameof(lengths));
    }

    /// <summary>How a step is cut into parts: groups of units, a panel of the packed weight wide, by blocks of the batch's rows.</summary>
    private readonly struct Grid<V>(in RecurrentShape shape) where V : struct, IVec<V>
    {
        /// <summary>Units of a group.</summary>
        public static int GroupUnits => 2 * V.Count;

        /// <summary>Rows of a packed panel of states.</summary>
        public static int PanelRows => MatMul.TileRows<V>();

        public readonly int Groups = (shape.Width + GroupUnits - 1) / GroupUnits;

        /// <summary>Panels of the whole batch.</summary>
        public readonly int Panels = (shape.Batch + PanelRows - 1) / PanelRows;

        private readonly int panelsPerPart = PerPart((shape.Batch + PanelRows - 1) / PanelRows);

        public int Parts => Groups * ((Panels + panelsPerPart - 1) / panelsPerPart);

        /// <summary>Floats of the packed hidden weight.</summary>
        public nint WeightFloats(in RecurrentShape s) => (nint)Groups * GroupUnits * s.Gates * s.Width;

        /// <summary>Floats of one packed matrix of B x H.</summary>
        public nint StateFloats(in RecurrentShape s) => (nint)Panels * PanelRows * s.Width;

        /// <summary>Part -> its group of units, and its panels.</summary>
        public void Place(int part, out int group, out int firstPanel, out int endPanel)
        {
            group = part % Groups;
            firstPanel = part / Groups * panelsPerPart;
            endPanel = Math.Min(firstPanel + panelsPerPart, Panels);
        }

        private static int PerPart(int panels)
        {
            int blocks = Math.Max(1, (panels * PanelRows + PartRows - 1) / PartRows);
            return Math.Max(1, (panels + blocks - 1) / blocks);
        }
    }

    /// <summary>Where the rows of one step stand.</summary>
    private readonly struct Timeline(in RecurrentShape shape, int* lengths)
    {
        private readonly int steps = shape.Steps;
        private readonly bool reverse = shape.Reverse;

        /// <summary>The place in the sequences of step <paramref name="step"/> of the forward pass.</summary>
        public int Time(int step) => reverse ? steps - 1 - step : step;

        /// <summary>Whether sequence <paramref name="row"/> has a step at this place.</summary>
        public bool Active(int row, int time) => lengths == null || time < lengths[row];

        public bool AnyActive(int row, int end, int time)
        {
            if (lengths == null) return true;
            for (; row < end; row++)
                if (time < lengths[row]) return true;
            return false;
        }

        /// <summary>Row and place -> row of a (B, T, ...) array that holds the state before it, or -1: the initial state.</summary>
        public nint RowBefore(int row, int time)
        {
            if (!reverse) return time == 0 ? -1 : (nint)row * steps + time - 1;
            int length = lengths == null ? steps : lengths[row];
            return time + 1 >= length ? -1 : (nint)row * steps + time + 1;
        }
    }
}
