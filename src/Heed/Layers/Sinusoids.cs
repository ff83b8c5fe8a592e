using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Fixed positions as sines and cosines of geometric wavelengths (Vaswani et al. 2017, section 3.5).</summary>
public static class Sinusoids
{
    /// <summary>The table (maximum, width), kept for the life of the model.</summary>
    public static Tensor Table(PositionConfig.Sinusoidal config, int width)
    {
        Tensor table = Tensor.Persistent(new Shape(config.Maximum, width));
        int sines = (width + 1) / 2;
        for (int p = 0; p < config.Maximum; p++)
        {
            Span<float> row = table.Row(p);
            for (int c = 0; c < width; c++)
            {
                bool sine = config.Halves ? c < sines : c % 2 == 0;
                int pair = config.Halves ? (sine ? c : c - sines) : c / 2;
                double angle = p / Math.Pow(10000, 2.0 * pair / width);
                row[c] = (float)(sine ? Math.Sin(angle) : Math.Cos(angle));
            }
        }
        return table;
    }
}
