using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>Matrix products; value and gradient of each stand in one method.</summary>
public static class MatrixOps
{
    /// <summary>a (m, k) · b (k, n) -> (m, n).</summary>
    public static Tensor MatMul(Tensor a, Tensor b)
    {
        if (a.Columns != b.Rows) throw new ArgumentException($"a matrix product needs the columns of a = rows of b, given {a.Shape} and {b.Shape}");
        IBackend backend = a.Device.Backend;
        Tensor c = Tensor.Empty(a.Shape.WithColumns(b.Columns));
        backend.MatMul(a, false, b, false, c, false);
        return Tape.Records(a, b)
            ? Tape.Record(c, dc =>
            {
                GiveProduct(a, dc, false, b, true);
                GiveProduct(b, a, true, dc, false);
            })
            : c;
    }

    /// <summary>
    /// act(x · weightᵀ + bias), in one pass: x (..., in), weight (out, in), bias (out) -> (..., out).
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null, ActivationKind activation = ActivationKind.None)
    {
        if (x.Columns != weight.Columns) throw new ArgumentException($"a linear layer with weight {weight.Shape} (out, in) needs rows of {weight.Columns}, given {x.Shape}");
        if (bias is not null && bias.Count != weight.Rows) throw new ArgumentException($"a linear layer with weight {weight.Shape} (out, in) needs a bias of {weight.Rows}, given {bias.Shape}");
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, weight, bias);
        Tensor y = Tensor.Empty(x.Shape.WithColumns(weight.Rows));
        // The gradient of an activation needs its input; without a tape nobody does.
        Tensor? before = records && activation != ActivationKind.None ? Tensor.Empty(y.Shape) : null;
        backend.Linear(x, weight, bias, y, activation, before, accumulate: false);
        return records
            ? Tape.Record(y, dy =>
            {
                if (before is not null)
                {
                    backend.ActivationBackward(activation, before, dy, before); // in place: its last use
                    dy = before;
                }
                GiveProduct(weight, dy, true, x, false);
                if (bias is not null) GiveColumnSum(bias, dy);
                GiveProduct(x, dy, false, weight, false);
            })
            : y;
    }

    /// <summary>act(x · weightᵀ + bias) with a packed or held weight (out, in): x (..., in), bias (out) -> (..., out).</summary>
    /// <remarks>The gradient flows to x and the bias. That of x is by the values that the blocks stand for, as if x had not been rounded (the straight-through estimate of QLoRA).</remarks>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor PackedLinear(Tensor x, PackedWeight weight, Tensor? bias = null, ActivationKind activation = ActivationKind.None)
    {
        if (x.Columns != weight.Columns) throw new ArgumentException($"a linear layer with a weight of ({weight.Rows}, {weight.Columns}) (out, in) needs rows of {weight.Columns}, given {x.Shape}");
        IBackend backend = x.Device.Backend;
        bool records = Tape.Records(x, bias);
        if (records && activation != ActivationKind.None) return NeuralOps.Activate(PackedLinear(x, weight, bias), activation);
        Tensor y = Tensor.Empty(x.Shape.WithColumns(weight.Rows));
        backend.PackedLinear(x, weight, bias, y, activation);
        return records
            ? Tape.Record(y, dy =>
            {
                if (bias is not null) GiveColumnSum(bias, dy);
                if (!x.RequiresGradient) return;
                Tensor dx = Tape.Target(x, out bool accumulate);
                backend.PackedLinearBackward(dy, weight, dx, accumulate);
            })
            : y;
    }

    /// <summary>
    /// y, with x · weightᵀ added to its columns from <paramref name="first"/> on, in y's own memory: y must not be used afterwards, and its producer must
    /// not need its output for the gradient. y (..., columns), x (..., in), weight (out, in).
    /// </summary>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor AddLinear(Tensor y, int first, Tensor x, Tensor weight)
    {
        if (x.Columns != weight.Columns || x.Rows != y.Rows) throw new ArgumentException($"adding a product to {y.Shape} with weight {weight.Shape} (out, in) needs {y.Rows} rows of {weight.Columns}, given {x.Shape}");
        IBackend backend = y.Device.Backend;
        backend.MatMul(x, false, weight, true, y.SliceColumns(first, weight.Rows), accumulate: true);
        Tensor z = y.Alias();
        return Tape.Records(y, x, weight)
            ? Tape.Record(z, dz =>
            {
                Tensor part = dz.SliceColumns(first, weight.Rows);
                GiveProduct(weight, part, true, x, false);
                GiveProduct(x, part, false, weight, false);
                Tape.Give(y, dz);
            })
            : z;
    }

    /// <summary>x (rows, columns) -> (columns, rows).</summary>
    public static Tensor Transpose(Tensor x)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(new Shape(x.Columns, x.Rows));
        backend.Transpose(x, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.Transpose(dy, dx)))
            : y;
    }

    /// <summary>Adds the product of two matrices, each as it stands or transposed, to the gradient of a tensor, if it has one.</summary>
    internal static void GiveProduct(Tensor to, Tensor a, bool transposeA, Tensor b, bool transposeB)
    {
        if (!to.RequiresGradient) return;
        Tensor target = Tape.Target(to, out bool accumulate);
        to.Device.Backend.MatMul(a, transposeA, b, transposeB, target, accumulate);
    }

    internal static void GiveColumnSum(Tensor row, Tensor dy)
    {
        if (!row.RequiresGradient) return;
        Tensor target = Tape.Target(row, out bool accumulate);
        dy.Device.Backend.ColumnSum(dy, target, accumulate);
    }
}
