using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Cosines and sines of rotary positions, made once for a stack and grown when a longer text comes.</summary>
public sealed class RotaryTable(PositionConfig.Rotary config, int headDim)
{
    private readonly double[] frequencies = Frequencies(config, config.Dimension ?? headDim);
    private Tensor? cos; // (positions, dim / 2)
    private Tensor? sin;

    /// <summary>Rotates, in x's own memory, the first <paramref name="heads"/> heads of each row.</summary>
    /// <param name="x">(batch, tokens, columns).</param>
    /// <param name="heads">Heads to rotate.</param>
    /// <param name="positions">(batch · tokens) positions.</param>
    public Tensor Rotate(Tensor x, int heads, Tensor positions)
    {
        int last = 0;
        foreach (int position in positions.Ints) last = Math.Max(last, position);
        if (cos is null || last >= cos.Rows) Grow(Math.Max(last + 1, Math.Min(config.Maximum, 4096)));
        return NeuralOps.Rotate(x, heads, headDim, 2 * frequencies.Length, positions, cos!, sin!, config.Interleaved);
    }

    private void Grow(int positions)
    {
        int count = Math.Max(positions, 2 * (cos?.Rows ?? 0));
        Shape shape = new(count, frequencies.Length);
        (cos, sin) = (Tensor.Persistent(shape), Tensor.Persistent(shape));
        for (int p = 0; p < count; p++)
        {
            Span<float> c = cos.Row(p), s = sin.Row(p);
            for (int i = 0; i < frequencies.Length; i++)
            {
                // In single precision as the originals compute it: the angle is rounded before the cosine is taken.
                float angle = (float)p * (float)frequencies[i];
                (s[i], c[i]) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
            }
        }
    }

    private static double[] Frequencies(PositionConfig.Rotary config, int dim)
    {
        double[] result = new double[dim / 2];
        for (int i = 0; i < result.Length; i++)
        {
            double frequency = 1 / Math.Pow(config.Theta, 2.0 * i / dim);
            result[i] = config.Scaling switch
            {
                null => frequency,
                RopeScaling.Linear linear => frequency / linear.Factor,
                RopeScaling.Llama3 llama => Stretch(frequency, llama),
                _ => throw new ArgumentException($"unknown rope scaling {config.Scaling}"),
            };
        }
        return result;
    }

    private static double Stretch(double frequency, RopeScaling.Llama3 c)
    {
        double wavelength = 2 * Math.PI / frequency;
        if (wavelength < c.OriginalMaximum / c.HighFrequencyFactor) return frequency;
        if (wavelength > c.OriginalMaximum / c.LowFrequencyFactor) return frequency / c.Factor;
        double smooth = (c.OriginalMaximum / wavelength - c.LowFrequencyFactor) / (c.HighFrequencyFactor - c.LowFrequencyFactor);
        return (1 - smooth) * frequency / c.Factor + smooth * frequency;
    }
}
