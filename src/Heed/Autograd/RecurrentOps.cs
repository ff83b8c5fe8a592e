using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>The weights of one direction of a recurrent layer, in PyTorch's layout: G gates (RNN 1; LSTM i, f, g, o; GRU r, z, n) as blocks of H rows.</summary>
/// <param name="Input">(G H, inputs).</param>
/// <param name="Hidden">(G H, H).</param>
/// <param name="InputBias">(G H), or null.</param>
/// <param name="HiddenBias">(G H), or null: both biases or none.</param>
public sealed record RecurrentWeights(Tensor Input, Tensor Hidden, Tensor? InputBias = null, Tensor? HiddenBias = null);

/// <summary>Recurrent layers; value and gradient stand in one method.</summary>
public static class RecurrentOps
{
    /// <summary>
    /// One recurrent layer over whole sequences, in one direction or in both: x (B, T, inputs) -> output (B, T, D H), the directions side by side,
    /// and the state of each direction after its last step, (B, H).
    /// </summary>
    /// <param name="kind">The cell; see <see cref="RecurrentKind"/> for the equations.</param>
    /// <param name="x">(B, T, inputs).</param>
    /// <param name="directions">The weights forward in time and, for a bidirectional layer, backward.</param>
    /// <param name="hidden">The hidden state (B, H) before the first step of each direction; empty: zeros.</param>
    /// <param name="cell">LSTM: likewise the cell state.</param>
    /// <param name="lengths">(B) integers: steps of each sequence; null: all T. A sequence's state is that after its own last step, its output beyond it 0;
    /// backward in time it starts at its own last step.</param>
    /// <returns>The output, the last hidden states and, for LSTM, the last cell states.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static (Tensor Output, Tensor[] Hidden, Tensor[] Cell) Recurrent(RecurrentKind kind, Tensor x, ReadOnlySpan<RecurrentWeights> directions,
        ReadOnlySpan<Tensor> hidden = default, ReadOnlySpan<Tensor> cell = default, Tensor? lengths = null)
    {
        CheckShapes(kind, x, directions, hidden, cell, lengths);
        bool records = Tape.Records(x), lstm = kind == RecurrentKind.Lstm;
        foreach (RecurrentWeights w in directions) records |= Tape.Records(w.Input, w.Hidden) || Tape.Records(w.Input, w.InputBias, w.HiddenBias);
        foreach (Tensor state in hidden) records |= Tape.Records(state);
        foreach (Tensor state in cell) records |= Tape.Records(state);

        int width = directions[0].Hidden.Columns;
        Tensor output = Tensor.Empty(x.Shape.WithColumns(directions.Length * width));
        Pass[] passes = new Pass[directions.Length];
        for (int d = 0; d < passes.Length; d++)
        {
            RecurrentShape shape = new(kind, x.Shape[0], x.Shape[1], width, Reverse: d == 1);
            passes[d] = new Pass(shape, directions[d], x, output.SliceColumns(d * width, width), lengths, hidden.IsEmpty ? null : hidden[d], cell.IsEmpty ? null : cell[d]);
            passes[d].Forward(keep: records);
        }
        Tensor[] lastHidden = [.. passes.Select(p => p.Hidden)], lastCell = lstm ? [.. passes.Select(p => p.Cell!)] : [];
        if (!records) return (output, lastHidden, lastCell);

        Tape.Record(output, dOutput =>
        {
            for (int d = 0; d < passes.Length; d++) passes[d].Backward(dOutput.SliceColumns(d * width, width));
        });
        // Backward comes to the last states before it comes to the output: their gradients wait in the pass.
        foreach (Pass pass in passes)
        {
            Tape.Record(pass.Hidden, d => pass.HiddenGradient = Waiting(d));
            if (lstm) Tape.Record(pass.Cell!, d => pass.CellGradient = Waiting(d));
        }
        return (output, lastHidden, lastCell);

        Tensor Waiting(Tensor gradient)
        {
            Tensor copy = Tensor.Empty(gradient.Shape);
            IBackend backend = gradient.Device.Backend;
            backend.Copy(gradient, copy);
            // An output without a gradient of its own would be passed over.
            Tensor own = Tape.Target(output, out bool present);
            if (!present) backend.Fill(own, 0);
            return copy;
        }
    }

    /// <summary>One direction of a layer: what its gradient needs.</summary>
    private sealed class Pass(RecurrentShape shape, RecurrentWeights weights, Tensor x, Tensor output, Tensor? lengths, Tensor? givenHidden, Tensor? givenCell)
    {
        private readonly IBackend backend = x.Device.Backend;
        private readonly Tensor initialHidden = givenHidden ?? Tensor.Zeros(new Shape(shape.Batch, shape.Width));
        private readonly Tensor? initialCell = shape.Kind == RecurrentKind.Lstm ? givenCell ?? Tensor.Zeros(new Shape(shape.Batch, shape.Width)) : null;
        private readonly Tensor gates = Tensor.Empty(new Shape(shape.Batch, shape.Steps, shape.Saved * shape.Width));
        private Tensor? cells;

        /// <summary>(B, H) after the last step.</summary>
        public Tensor Hidden { get; } = Tensor.Empty(new Shape(shape.Batch, shape.Width));

        /// <summary>LSTM: (B, H) after the last step.</summary>
        public Tensor? Cell { get; } = shape.Kind == RecurrentKind.Lstm ? Tensor.Empty(new Shape(shape.Batch, shape.Width)) : null;

        /// <summary>Gradients of the last states; null: 0.</summary>
        public Tensor? HiddenGradient { get; set; }

        public Tensor? CellGradient { get; set; }

        private bool IsGru => shape.Kind == RecurrentKind.Gru;

        /// <summary>The columns of the gates that the input products fill, and on which their gradients lie.</summary>
        private Tensor InputGates => gates.SliceColumns(0, shape.Gates * shape.Width);

        public void Forward(bool keep)
        {
            backend.Copy(initialHidden, Hidden);
            if (Cell is not null) backend.Copy(initialCell!, Cell);
            if (keep && Cell is not null) cells = Tensor.Empty(new Shape(shape.Batch, shape.Steps, shape.Width));
            Tensor? bias = Bias();
            backend.Linear(x, weights.Input, bias, InputGates, ActivationKind.None, null, accumulate: false);
            Tensor? newBias = IsGru ? weights.HiddenBias?.SliceRange(2 * shape.Width, shape.Width) : null;
            backend.Recurrent(shape, weights.Hidden, newBias, lengths, gates, output, Hidden, Cell, cells);
            if (bias is not null) Tape.Discard(bias);
            if (!keep) Tape.Discard(gates);
        }

        /// <summary>Both biases at once, but for the hidden bias of a GRU's n, which the reset gate multiplies.</summary>
        private Tensor? Bias()
        {
            if (weights.InputBias is not { } input) return null;
            Tensor sum = Tensor.Empty(input.Shape);
            int common = (IsGru ? 2 : shape.Gates) * shape.Width;
            backend.Copy(input, sum);
            backend.AddScaled(1, weights.HiddenBias!.SliceRange(0, common), sum.SliceRange(0, common));
            return sum;
        }

        public void Backward(Tensor dOutput)
        {
            bool initial = givenHidden is { RequiresGradient: true };
            Tensor previous = Tensor.Empty(new Shape(shape.Batch, shape.Steps, shape.Width));
            Tensor dHidden = HiddenGradient ?? Tensor.Zeros(Hidden.Shape);
            Tensor? dCell = Cell is null ? null : CellGradient ?? Tensor.Zeros(Cell.Shape);
            backend.RecurrentBackward(shape, weights.Hidden, lengths, gates, cells, output, initialHidden, initialCell, dOutput, dHidden, dCell, previous, initial);
            MatrixOps.GiveProduct(weights.Input, InputGates, true, x, false);
            GiveHiddenWeight(previous);
            GiveBiases();
            MatrixOps.GiveProduct(x, InputGates, false, weights.Input, false);
            if (initial) Tape.Give(givenHidden!, dHidden);
            if (givenCell is not null) Tape.Give(givenCell, dCell!);
            Tape.Discard(previous);
            Tape.Discard(dHidden);
            if (dCell is not null) Tape.Discard(dCell);
        }

        private void GiveHiddenWeight(Tensor previous)
        {
            if (!weights.Hidden.RequiresGradient) return;
            Tensor target = Tape.Target(weights.Hidden, out bool accumulate);
            // Gates whose sums stand side by side share a product: all, but for the last of a GRU.
            for (int gate = 0, count; gate < shape.Gates; gate += count)
            {
                count = IsGru ? 2 - gate / 2 : shape.Gates;
                Tensor d = gates.SliceColumns(shape.SavedBlock(gate) * shape.Width, count * shape.Width);
                backend.MatMul(d, true, previous, false, target.SliceRows(gate * shape.Width, count * shape.Width), accumulate);
            }
        }

        private void GiveBiases()
        {
            if (weights.InputBias is not { } input || weights.HiddenBias is not { } hidden || !(input.RequiresGradient || hidden.RequiresGradient)) return;
            Tensor sum = Tensor.Empty(input.Shape);
            backend.ColumnSum(InputGates, sum, accumulate: false);
            Tape.Give(input, sum);
            if (IsGru && hidden.RequiresGradient)
            {
                // The gradient given above may be shared: the other one needs its own memory.
                Tensor own = Tensor.Empty(input.Shape);
                backend.Copy(sum, own);
                backend.ColumnSum(gates.SliceColumns(3 * shape.Width, shape.Width), own.SliceRange(2 * shape.Width, shape.Width), accumulate: false);
                Tape.Give(hidden, own);
                Tape.Discard(own);
            }
            else
            {
                Tape.Give(hidden, sum);
            }
            Tape.Discard(sum);
        }
    }

    private static void CheckShapes(RecurrentKind kind, Tensor x, ReadOnlySpan<RecurrentWeights> directions, ReadOnlySpan<Tensor> hidden, ReadOnlySpan<Tensor> cell, Tensor? lengths)
    {
        if (x.Shape.Rank != 3) throw new ArgumentException($"a recurrent layer needs x of shape (batch, tokens, inputs), given {x.Shape}");
        if (directions.Length is not (1 or 2)) throw new ArgumentException($"a recurrent layer has 1 or 2 directions, given {directions.Length}");
        int width = directions[0].Hidden.Columns, rows = new RecurrentShape(kind, 0, 0, 0).Gates * width;
        foreach (RecurrentWeights w in directions)
        {
            if (w.Hidden.Shape != new Shape(rows, width) || w.Input.Shape != new Shape(rows, x.Columns))
                throw new ArgumentException($"a {kind} layer of width {width} needs weights ({rows}, {x.Columns}) for its inputs and ({rows}, {width}) for its state, given {w.Input.Shape} and {w.Hidden.Shape}");
            if (w.InputBias is null != w.HiddenBias is null) throw new ArgumentException("a recurrent layer has both biases or none, given one");
            if (w.InputBias is not null && (w.InputBias.Count != rows || w.HiddenBias!.Count != rows))
                throw new ArgumentException($"a {kind} layer of width {width} needs biases of {rows}, given {w.InputBias.Shape} and {w.HiddenBias!.Shape}");
        }
        if (kind != RecurrentKind.Lstm && !cell.IsEmpty) throw new ArgumentException($"a {kind} layer has no cell state, given one");
        CheckState(hidden, "hidden", directions.Length, x.Shape[0], width);
        CheckState(cell, "cell", directions.Length, x.Shape[0], width);
        if (lengths is not null && lengths.Count != x.Shape[0]) throw new ArgumentException($"{x.Shape[0]} sequences need as many lengths, given {lengths.Shape}");
    }

    private static void CheckState(ReadOnlySpan<Tensor> states, string name, int directions, int batch, int width)
    {
        if (!states.IsEmpty && states.Length != directions) throw new ArgumentException($"a recurrent layer of {directions} directions needs as many {name} states, given {states.Length}");
        foreach (Tensor state in states)
            if (state.Shape != new Shape(batch, width)) throw new ArgumentException($"a {name} state has shape ({batch}, {width}), given {state.Shape}");
    }
}
