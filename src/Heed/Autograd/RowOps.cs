using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>Rows brought to where they are worked on and back, as a mixture of experts does; value and gradient of each stand in one method.</summary>
public static class RowOps
{
    /// <summary>The rows of all tensors (..., columns) one below the other -> (rows, columns).</summary>
    /// <exception cref="ArgumentException">There are none, or their columns differ.</exception>
    public static Tensor Stack(IReadOnlyList<Tensor> parts)
    {
        if (parts.Count == 0) throw new ArgumentException("a stack of rows needs a tensor");
        if (parts.FirstOrDefault(p => p.Columns != parts[0].Columns) is { } odd) throw new ArgumentException($"a stack of rows needs equal columns, given {parts[0].Shape} and {odd.Shape}");
        IBackend backend = parts[0].Device.Backend;
        Tensor whole = Tensor.Empty(new Shape(parts.Sum(p => p.Rows), parts[0].Columns));
        int first = 0;
        foreach (Tensor part in parts)
        {
            backend.Copy(part, whole.SliceRows(first, part.Rows));
            first += part.Rows;
        }
        return parts.Any(p => Tape.Records(p))
            ? Tape.Record(whole, d =>
            {
                int row = 0;
                foreach (Tensor part in parts)
                {
                    Tape.Give(part, d.SliceRows(row, part.Rows));
                    row += part.Rows;
                }
            })
            : whole;
    }

    /// <summary>Rows of x (..., columns) by number, -1 for a row of zeros: numbers (batch, count) -> (batch, count, columns).</summary>
    public static Tensor Gather(Tensor x, Tensor numbers)
    {
        Tensor rows = x.Reshape(new Shape(x.Rows, x.Columns));
        if (!numbers.Ints.Contains(-1)) return NeuralOps.Embed(rows, numbers);
        Tensor shifted = Tensor.Empty(numbers.Shape, DType.I32);
        for (int i = 0; i < shifted.Ints.Length; i++) shifted.Ints[i] = numbers.Ints[i] + 1;
        return NeuralOps.Embed(Stack([Tensor.Zeros(new Shape(1, x.Columns)), rows]), shifted);
    }

    /// <summary>For each row of x (n, columns) the elements whose columns are given, (n, count) integers -> (n, count).</summary>
    public static Tensor Choose(Tensor x, Tensor columns)
    {
        if (columns.Rows != x.Rows) throw new ArgumentException($"choosing from the rows of {x.Shape} needs as many rows of columns, given {columns.Shape}");
        // The elements one below the other are a table with one column.
        Tensor numbers = Tensor.Empty(columns.Shape, DType.I32);
        for (int i = 0; i < numbers.Ints.Length; i++)
        {
            int column = columns.Ints[i];
            if ((uint)column >= (uint)x.Columns) throw new ArgumentException($"column {column} was chosen of rows of {x.Columns}");
            numbers.Ints[i] = checked(i / columns.Columns * x.Columns + column);
        }
        return NeuralOps.Embed(x.Reshape(new Shape(checked((int)x.Count), 1)), numbers).Reshape(columns.Shape);
    }

    /// <summary>y[i] = Σ over k of weights[i, k] · x[places[i, k]]: x (rows, columns), places (n, count) integers that name each row of x once, weights (n, count) -> (n, columns).</summary>
    /// <exception cref="ArgumentException">The shapes do not fit, or places do not name each row once.</exception>
    public static Tensor WeightedSum(Tensor x, Tensor places, Tensor weights)
    {
        if (places.Shape != weights.Shape || places.Count != x.Rows) throw new ArgumentException($"a weighted sum over the rows of {x.Shape} needs a place and a weight for each of them, given {places.Shape} and {weights.Shape}");
        IBackend backend = x.Device.Backend;
        Tensor y = Tensor.Empty(new Shape(places.Rows, x.Columns));
        backend.WeightedRows(x, places, weights, y);
        if (!Tape.Records(x, weights)) return y;
        CheckOnce(places, x.Rows);
        return Tape.Record(y, dy =>
        {
            Tensor dx = Tensor.Empty(x.Shape), dWeights = Tensor.Empty(weights.Shape);
            backend.WeightedRowsBackward(x, places, weights, dy, dx, dWeights);
            Tape.Give(x, dx);
            Tape.Give(weights, dWeights);
            Tape.Discard(dx);
            Tape.Discard(dWeights);
        });
    }

    private static void CheckOnce(Tensor places, int rows)
    {
        bool[] named = new bool[rows];
        foreach (int place in places.Ints)
        {
            if (named[place]) throw new ArgumentException($"row {place} was named twice");
            named[place] = true;
        }
    }
}
