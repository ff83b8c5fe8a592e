using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>Element-by-element operations; value and gradient of each stand in one method.</summary>
public static class Arithmetic
{
    /// <summary>Operators on tensors.</summary>
    extension(Tensor)
    {
        /// <summary>Sum of two tensors of the same shape.</summary>
        public static Tensor operator +(Tensor x, Tensor y) => Add(x, y);

        /// <summary>Product, element by element, of two tensors of the same shape.</summary>
        public static Tensor operator *(Tensor x, Tensor y) => Multiply(x, y);

        /// <summary>Every element times a factor.</summary>
        public static Tensor operator *(Tensor x, float factor) => Scale(x, factor);
    }

    /// <summary>x + y, shapes equal.</summary>
    public static Tensor Add(Tensor x, Tensor y)
    {
        Check.SameShape(x, y, "a sum");
        Tensor z = Tensor.Empty(x.Shape);
        x.Device.Backend.Add(x, y, z);
        return Tape.Records(x, y)
            ? Tape.Record(z, dz =>
            {
                Tape.Give(x, dz);
                Tape.Give(y, dz);
            })
            : z;
    }

    /// <summary>
    /// x + branch, computed in the branch's own memory: the residual connection. <paramref name="branch"/> must not be used afterwards;
    /// its producer must not need its output for the gradient (a linear layer does not).
    /// </summary>
    public static Tensor AddResidual(Tensor x, Tensor branch)
    {
        Check.SameShape(x, branch, "a residual connection");
        x.Device.Backend.Add(x, branch, branch);
        Tensor z = branch.Alias();
        return Tape.Records(x, branch)
            ? Tape.Record(z, dz =>
            {
                Tape.Give(x, dz);
                Tape.Give(branch, dz);
            })
            : z;
    }

    /// <summary>x · y element by element, shapes equal.</summary>
    public static Tensor Multiply(Tensor x, Tensor y)
    {
        Check.SameShape(x, y, "a product");
        IBackend backend = x.Device.Backend;
        Tensor z = Tensor.Empty(x.Shape);
        backend.Multiply(x, y, z);
        return Tape.Records(x, y)
            ? Tape.Record(z, dz =>
            {
                GiveProduct(x, y, dz);
                GiveProduct(y, x, dz);
            })
            : z;

        void GiveProduct(Tensor to, Tensor other, Tensor dz)
        {
            if (!to.RequiresGradient) return;
            Tape.GiveNew(to, product => backend.Multiply(dz, other, product));
        }
    }

    /// <summary>A copy of x whose rows lie without gaps.</summary>
    public static Tensor Contiguous(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape);
        x.Device.Backend.Copy(x, y);
        return Tape.Records(x) ? Tape.Record(y, dy => Tape.Give(x, dy)) : y;
    }

    /// <summary>factor · x.</summary>
    public static Tensor Scale(Tensor x, float factor)
    {
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Scale(x, factor, y);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.Scale(dy, factor, dx)))
            : y;
    }

    /// <summary>x + row, the row (columns) added to every row of x: a bias.</summary>
    public static Tensor AddRow(Tensor x, Tensor row)
    {
        if (row.Count != x.Columns) throw new ArgumentException($"a row of {row.Count} values was added to rows of {x.Columns}");
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.AddRow(x, row, y);
        return Tape.Records(x, row)
            ? Tape.Record(y, dy =>
            {
                Tape.Give(x, dy);
                MatrixOps.GiveColumnSum(row, dy);
            })
            : y;
    }

    /// <summary>
    /// Dropout (Srivastava et al. 2014): each element is zeroed with the given probability and the others grow by 1 / (1 - probability).
    /// The mask depends on the seed and the element's place only.
    /// </summary>
    public static Tensor Dropout(Tensor x, float probability, ulong seed)
    {
        if (probability == 0) return x;
        if (probability is not (> 0 and < 1)) throw new ArgumentOutOfRangeException(nameof(probability), probability, "dropout is a probability in [0, 1)");
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(x.Shape);
        backend.Dropout(x, y, probability, seed);
        return Tape.Records(x)
            ? Tape.Record(y, dy => Tape.GiveNew(x, dx => backend.Dropout(dy, dx, probability, seed)))
            : y;
    }
}

/// <summary>Shape checks shared by the operations.</summary>
internal static class Check
{
    public static void SameShape(Tensor x, Tensor y, string operation)
    {
        if (x.Shape != y.Shape) throw new ArgumentException($"{operation} needs equal shapes, given {x.Shape} and {y.Shape}");
    }
}
