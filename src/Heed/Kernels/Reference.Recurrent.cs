namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary><see cref="Recurrent.Forward"/> one unit at a time, in double precision. Arrays as there, the output without gaps.</summary>
    public static void RecurrentForward(in RecurrentShape s, ReadOnlySpan<double> hiddenWeight, ReadOnlySpan<double> newBias, ReadOnlySpan<int> lengths,
        Span<double> gates, Span<double> output, Span<double> hidden, Span<double> cell, Span<double> cells)
    {
        int width = s.Width;
        double[] sums = new double[s.Gates * width];
        for (int b = 0; b < s.Batch; b++)
        {
            int length = lengths.IsEmpty ? s.Steps : lengths[b];
            Span<double> h = hidden.Slice(b * width, width);
            for (int step = 0; step < length; step++)
            {
                int at = b * s.Steps + (s.Reverse ? length - 1 - step : step);
                for (int row = 0; row < sums.Length; row++)
                {
                    sums[row] = 0;
                    for (int k = 0; k < width; k++) sums[row] += hiddenWeight[row * width + k] * h[k];
                }
                Span<double> g = gates.Slice(at * s.Saved * width, s.Saved * width);
                for (int u = 0; u < width; u++)
                {
                    switch (s.Kind)
                    {
                        case RecurrentKind.Lstm:
                            double i = Sigmoid(g[u] + sums[u]), f = Sigmoid(g[width + u] + sums[width + u]);
                            double n = Math.Tanh(g[2 * width + u] + sums[2 * width + u]), o = Sigmoid(g[3 * width + u] + sums[3 * width + u]);
                            double c = f * cell[b * width + u] + i * n;
                            (g[u], g[width + u], g[2 * width + u], g[3 * width + u]) = (i, f, n, o);
                            cell[b * width + u] = cells[at * width + u] = c;
                            h[u] = o * Math.Tanh(c);
                            break;
                        case RecurrentKind.Gru:
                            double r = Sigmoid(g[u] + sums[u]), z = Sigmoid(g[width + u] + sums[width + u]);
                            double inner = sums[2 * width + u] + (newBias.IsEmpty ? 0 : newBias[u]);
                            double candidate = Math.Tanh(g[2 * width + u] + r * inner);
                            (g[u], g[width + u], g[2 * width + u], g[3 * width + u]) = (r, z, candidate, inner);
                            h[u] = (1 - z) * candidate + z * h[u];
                            break;
                        default:
                            double sum = g[u] + sums[u];
                            h[u] = g[u] = s.Kind == RecurrentKind.RnnRelu ? Math.Max(0, sum) : Math.Tanh(sum);
                            break;
                    }
                }
                h.CopyTo(output[(at * width)..]);
            }
            for (int t = length; t < s.Steps; t++) output.Slice((b * s.Steps + t) * width, width).Clear();
        }
    }

    /// <summary><see cref="Recurrent.Backward"/> one unit at a time, in double precision.</summary>
    public static void RecurrentBackward(in RecurrentShape s, ReadOnlySpan<double> hiddenWeight, ReadOnlySpan<int> lengths,
        Span<double> gates, ReadOnlySpan<double> cells, ReadOnlySpan<double> output, ReadOnlySpan<double> initialHidden, ReadOnlySpan<double> initialCell,
        ReadOnlySpan<double> outputGradient, Span<double> hiddenGradient, Span<double> cellGradient, Span<double> previous)
    {
        int width = s.Width;
        for (int b = 0; b < s.Batch; b++)
        {
            int length = lengths.IsEmpty ? s.Steps : lengths[b];
            Span<double> dh = hiddenGradient.Slice(b * width, width);
            gates.Slice((b * s.Steps + length) * s.Saved * width, (s.Steps - length) * s.Saved * width).Clear();
            previous.Slice((b * s.Steps + length) * width, (s.Steps - length) * width).Clear();
            for (int step = length - 1; step >= 0; step--)
            {
                int at = b * s.Steps + (s.Reverse ? length - 1 - step : step), before = s.Reverse ? at + 1 : at - 1;
                ReadOnlySpan<double> hBefore = step == 0 ? initialHidden.Slice(b * width, width) : output.Slice(before * width, width);
                hBefore.CopyTo(previous[(at * width)..]);
                Span<double> g = gates.Slice(at * s.Saved * width, s.Saved * width);
                for (int u = 0; u < width; u++)
                {
                    double d = dh[u] + outputGradient[at * width + u];
                    switch (s.Kind)
                    {
                        case RecurrentKind.Lstm:
                            (double i, double f, double n, double o) = (g[u], g[width + u], g[2 * width + u], g[3 * width + u]);
                            double tanh = Math.Tanh(cells[at * width + u]), dc = cellGradient[b * width + u] + d * o * (1 - tanh * tanh);
                            double cBefore = step == 0 ? initialCell[b * width + u] : cells[before * width + u];
                            (g[u], g[width + u]) = (dc * n * i * (1 - i), dc * cBefore * f * (1 - f));
                            (g[2 * width + u], g[3 * width + u]) = (dc * i * (1 - n * n), d * tanh * o * (1 - o));
                            cellGradient[b * width + u] = dc * f;
                            dh[u] = 0;
                            break;
                        case RecurrentKind.Gru:
                            (double r, double z, double candidate, double inner) = (g[u], g[width + u], g[2 * width + u], g[3 * width + u]);
                            double dn = d * (1 - z) * (1 - candidate * candidate);
                            (g[u], g[width + u]) = (dn * inner * r * (1 - r), d * (hBefore[u] - candidate) * z * (1 - z));
                            (g[2 * width + u], g[3 * width + u]) = (dn, dn * r);
                            dh[u] = d * z;
                            break;
                        default:
                            g[u] = s.Kind == RecurrentKind.RnnRelu ? (g[u] > 0 ? d : 0) : d * (1 - g[u] * g[u]);
                            dh[u] = 0;
                            break;
                    }
                }
                for (int gate = 0; gate < s.Gates; gate++)
                    for (int row = 0; row < width; row++)
                        for (int k = 0; k < width; k++)
                            dh[k] += g[s.SavedBlock(gate) * width + row] * hiddenWeight[(gate * width + row) * width + k];
            }
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
