using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>The operations of neural layers; value and gradient of each stand in one method.</summary>
public static partial class NeuralOps
{
    /// <summary>act(x), element by element.</summary>
    public static Tensor Activate(Tensor x, ActivationKind kind)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Activation(kind, x, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.ActivationBackward(kind, x, dy, dx)))
            : y;
    }

    /// <summary>act(gate) · up, where gateUp (..., 2 width) holds gate and up side by side (Shazeer 2020) -> (..., width).</summary>
    public static Tensor Gated(Tensor gateUp, ActivationKind kind)
    {
        if (gateUp.Columns % 2 != 0) throw new ArgumentException($"a gated unit needs gate and up side by side, an even number of columns; given {gateUp.Shape}");
        IBackend backend = gateUp.Device.Backend;
        Tensor y = Tensor.Empty(gateUp.Shape.WithColumns(gateUp.Columns / 2));
        backend.Gated(kind, gateUp, y);
        return Tape.Records(gateUp)
            ? Tape.Record(y, dy => Tape.GiveNew(gateUp, d => backend.GatedBackward(kind, gateUp, dy, d)))
            : y;
    }

    /// <summary>Softmax of each row.</summary>
    public static Tensor Softmax(Tensor x)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Softmax(x, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.SoftmaxBackward(y, dy, dx)))
            : y;
    }

    /// <summary>Layer norm (Ba et al. 2016) of each row: (x - mean) / sqrt(variance + epsilon) · weight + bias, biased variance.</summary>
    public static Tensor LayerNorm(Tensor x, Tensor weight, Tensor? bias, float epsilon)
    {
        CheckNorm(x, weight);
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, weight, bias);
        Tensor y = Tensor.Empty(x.Shape);
        Tensor? mean = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        Tensor? rstd = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        backend.LayerNorm(x, weight, bias, epsilon, y, mean, rstd);
        return records
            ? Tape.Record(y, dy =>
            {
                (Tensor? dWeight, Tensor? dBias, bool accumulateParameters) = ParameterTargets(weight, bias);
                Tensor dx = Destination(x, out bool accumulate);
                backend.LayerNormBackward(x, weight, mean!, rstd!, dy, dx, accumulate, dWeight, dBias, accumulateParameters);
                if (!x.RequiresGradient) Tape.Discard(dx);
            })
            : y;
    }

    /// <summary>RMS norm (Zhang and Sennrich 2019) of each row: x / sqrt(mean(x²) + epsilon) · (weight + weightOffset).</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, float epsilon, float weightOffset = 0)
    {
        CheckNorm(x, weight);
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, weight);
        Tensor y = Tensor.Empty(x.Shape);
        Tensor? rstd = records ? Tensor.Empty(new Shape(x.Rows)) : null;
        backend.RmsNorm(x, weight, epsilon, weightOffset, y, rstd);
        return records
            ? Tape.Record(y, dy =>
            {
                (Tensor? dWeight, _, bool accumulateParameters) = ParameterTargets(weight, null);
                Tensor dx = Destination(x, out bool accumulate);
                backend.RmsNormBackward(x, weight, weightOffset, rstd!, dy, dx, accumulate, dWeight, accumulateParameters);
                if (!x.RequiresGradient) Tape.Discard(dx);
            })
            : y;
    }

    /// <summary>
    /// Rotary position embedding (Su et al. 2021) of the first <paramref name="heads"/> heads of every row of x, in x's own memory:
    /// x must not be used afterwards, and its producer must not need its output for the gradient.
    /// </summary>
    /// <param name="x">(tokens, columns), head h at column h · headDim.</param>
    /// <param name="heads">Heads to rotate.</param>
    /// <param name="headDim">Columns of a head.</param>
    /// <param name="rotaryDim">Leading columns of a head that rotate.</param>
    /// <param name="positions">(tokens) positions, integers.</param>
    /// <param name="cos">(positions, rotaryDim / 2).</param>
    /// <param name="sin">(positions, rotaryDim / 2).</param>
    /// <param name="interleaved">Pairs are neighbours (2i, 2i+1), else halves (i, i + rotaryDim / 2).</param>
    public static Tensor Rotate(Tensor x, int heads, int headDim, int rotaryDim, Tensor positions, Tensor cos, Tensor sin, bool interleaved)
    {
        if (positions.Count != x.Rows) throw new ArgumentException($"rotary embedding needs a position for each of {x.Rows} rows, given {positions.Shape}");
        IBackend backend = x.Device.Backend;
        backend.Rotary(x, heads, headDim, rotaryDim, positions, cos, sin, interleaved, inverse: false);
        Tensor y = x.Alias();
        return Tape.Records(x)
            ? Tape.Record(y, dy =>
            {
                // A rotation's transpose is its inverse; done in place when nobody else looks at this gradient.
                Tensor dx = Tape.Target(y, out _);
                backend.Rotary(dx, heads, headDim, rotaryDim, positions, cos, sin, interleaved, inverse: true);
                Tape.Give(x, dx);
            })
            : y;
    }

    /// <summary>Rows of a table (vocabulary, width) by id: ids (...) -> (..., width).</summary>
    /// <param name="table">The table.</param>
    /// <param name="ids">Row numbers.</param>
    /// <param name="frozen">A row that gets no gradient from being read (PyTorch's <c>padding_idx</c>); null = all do.</param>
    public static Tensor Embed(Tensor table, Tensor ids, int? frozen = null)
    {
        IBackend backend = table.Device.Backend;
        Tensor y = Tensor.Empty(RowsShape(ids, table.Columns));
        backend.GatherRows(table, ids, y);
        return Tape.Records(table)
            ? Tape.Record(y, dy =>
            {
                Tensor d = Tape.Target(table, out bool accumulate);
                if (!accumulate) backend.Fill(d, 0);
                Tensor? row = frozen is { } f ? d.SliceRows(f, 1) : null;
                Tensor? before = row is null ? null : Arithmetic.Contiguous(row);
                backend.ScatterAddRows(ids, dy, d);
                if (row is not null) backend.Copy(before!, row);
            })
            : y;
    }

    /// <summary>Rows of a held table: ids (tokens) or (batch, tokens) -> (..., columns). Carries no gradient.</summary>
    public static Tensor Embed(PackedWeight table, Tensor ids)
    {
        Tensor y = Tensor.Empty(RowsShape(ids, table.Columns));
        ids.Device.Backend.GatherHeld(table, ids, y);
        return y;
    }

    private static Shape RowsShape(Tensor ids, int columns) => ids.Shape.Rank switch
    {
        1 => new Shape(ids.Shape[0], columns),
        2 => new Shape(ids.Shape[0], ids.Shape[1], columns),
        _ => throw new ArgumentException($"token ids have shape (tokens) or (batch, tokens), given {ids.Shape}"),
    };

    private static void CheckNorm(Tensor x, Tensor weight)
    {
        if (weight.Count != x.Columns) throw new ArgumentException($"a norm with {weight.Count} weights was given rows of {x.Columns} (shape {x.Shape})");
    }

    private static (Tensor?, Tensor?, bool) ParameterTargets(Tensor weight, Tensor? bias)
    {
        bool accumulate = false;
        Tensor? dWeight = weight.RequiresGradient ? Tape.Target(weight, out accumulate) : null;
        Tensor? dBias = null;
        if (bias is { RequiresGradient: true })
        {
            dBias = Tape.Target(bias, out bool accumulateBias);
            if (dWeight is not null && accumulate != accumulateBias) throw new InvalidOperationException("weight and bias of a norm must both have a gradient or both have none");
            accumulate = accumulateBias;
        }
        return (dWeight, dBias, accumulate);
    }

    private static Tensor Destination(Tensor x, out bool accumulate)
    {
        accumulate = false;
        return x.RequiresGradient ? Tape.Target(x, out accumulate) : Tensor.Empty(x.Shape);
    }
}
