using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>Numbers seen through waves of several lengths (Gorishniy et al. 2022, arXiv:2203.05556); value and gradient of each operation stand in one method.</summary>
public static class PeriodicOps
{
    /// <summary>2π times each number by each of its column's frequencies: x (rows, columns), frequencies (columns, count) -> (rows · columns, count). x learns nothing.</summary>
    /// <exception cref="ArgumentException">The columns differ.</exception>
    public static Tensor Angles(Tensor x, Tensor frequencies)
    {
        int columns = x.Columns, count = frequencies.Columns;
        if (frequencies.Rows != columns) throw new ArgumentException($"{columns} columns of numbers need as many rows of frequencies, given {frequencies.Shape}");
        Tensor angles = Tensor.Empty(new Shape(checked(x.Rows * columns), count));
        for (int row = 0; row < angles.Rows; row++)
        {
            float turn = MathF.Tau * x.Row(row / columns)[row % columns];
            ReadOnlySpan<float> own = frequencies.Row(row % columns);
            Span<float> to = angles.Row(row);
            for (int i = 0; i < count; i++) to[i] = turn * own[i];
        }
        return Tape.Records(frequencies)
            ? Tape.Record(angles, d => Tape.GiveNew(frequencies, df =>
            {
                df.Span.Clear();
                for (int row = 0; row < d.Rows; row++)
                {
                    float turn = MathF.Tau * x.Row(row / columns)[row % columns];
                    ReadOnlySpan<float> from = d.Row(row);
                    Span<float> own = df.Row(row % columns);
                    for (int i = 0; i < count; i++) own[i] += turn * from[i];
                }
            }))
            : angles;
    }

    /// <summary>Sines, then cosines: angles (..., count) -> (..., 2 count).</summary>
    public static Tensor SinCos(Tensor angles)
    {
        int count = angles.Columns;
        Tensor waves = Tensor.Empty(angles.Shape.WithColumns(2 * count));
        for (int row = 0; row < angles.Rows; row++)
        {
            ReadOnlySpan<float> from = angles.Row(row);
            Span<float> to = waves.Row(row);
            for (int i = 0; i < count; i++) (to[i], to[count + i]) = MathF.SinCos(from[i]);
        }
        return Tape.Records(angles)
            ? Tape.Record(waves, d => Tape.GiveNew(angles, da =>
            {
                for (int row = 0; row < d.Rows; row++)
                {
                    ReadOnlySpan<float> from = d.Row(row), wave = waves.Row(row);
                    Span<float> to = da.Row(row);
                    for (int i = 0; i < count; i++) to[i] = from[i] * wave[count + i] - from[count + i] * wave[i];
                }
            }))
            : waves;
    }
}
