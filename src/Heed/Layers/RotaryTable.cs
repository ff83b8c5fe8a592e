using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Cosines and sines of rotary positions, made once for a stack and grown when a longer text comes.</summary>
public sealed class RotaryTable(PositionConfig.Rotary config, int headDim)
{
    private readonly int dimension = config.Dimension ?? headDim;
    private Turns? usual;
    private Turns? stretched; // of the last text that was longer than the model's context, where the frequencies follow its length

    private sealed record Turns(Tensor Cos, Tensor Sin); // (positions, dimension / 2) each

    /// <summary>Rotates, in x's own memory, the first <paramref name="heads"/> heads of each row.</summary>
    /// <param name="x">(batch, tokens, columns).</param>
    /// <param name="heads">Heads to rotate.</param>
    /// <param name="positions">(batch · tokens) positions.</param>
    public Tensor Rotate(Tensor x, int heads, Tensor positions)
    {
        int length = 1;
        foreach (int position in positions.Ints) length = Math.Max(length, position + 1);
        Turns turns = config.Scaling is RopeScaling.Dynamic && length > config.Maximum ? Stretched(length) : Usual(length);
        return NeuralOps.Rotate(x, heads, headDim, dimension, positions, turns.Cos, turns.Sin, config.Interleaved);
    }

    /// <summary>The angle in radians by which each of the first places turns each pair of columns: (length, dimension / 2).</summary>
    internal float[][] Angles(int length)
    {
        double[] frequencies = RotaryFrequencies.Of(config, dimension, Math.Max(length, config.Maximum));
        return [.. Enumerable.Range(0, length).Select(place => frequencies.Select(f => (float)(place * f)).ToArray())];
    }

    private Turns Usual(int length)
    {
        Turns? table = usual;
        if (table is null || length > table.Cos.Rows)
            usual = table = Make(Math.Max(Math.Max(length, Math.Min(config.Maximum, 4096)), 2 * (table?.Cos.Rows ?? 0)), config.Maximum);
        return table;
    }

    private Turns Stretched(int length)
    {
        Turns? table = stretched;
        if (table?.Cos.Rows != length) stretched = table = Make(length, length);
        return table;
    }

    private Turns Make(int positions, int length)
    {
        double[] frequencies = RotaryFrequencies.Of(config, dimension, length);
        float factor = (float)((config.Scaling as RopeScaling.Yarn)?.AttentionFactor ?? 1);
        Shape shape = new(positions, frequencies.Length);
        Turns turns = new(Tensor.Persistent(shape), Tensor.Persistent(shape));
        for (int p = 0; p < positions; p++)
        {
            Span<float> cos = turns.Cos.Row(p), sin = turns.Sin.Row(p);
            for (int i = 0; i < frequencies.Length; i++)
            {
                // In single precision as the originals compute it: the angle is rounded before the cosine is taken.
                float angle = (float)p * (float)frequencies[i];
                (sin[i], cos[i]) = (factor * (float)Math.Sin(angle), factor * (float)Math.Cos(angle));
            }
        }
        return turns;
    }
}
