namespace Heed.Kernels;

internal static partial class Reference
{
    /// <summary>
    /// Attention by its definition, in double precision. Same layouts and options as <see cref="Attention.Forward"/>;
    /// mask may be empty, and the probabilities are (B, H, Tq, Tk), before dropout.
    /// </summary>
    internal static void AttentionForward(in AttentionShape s, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v,
        ReadOnlySpan<double> bias, ReadOnlySpan<double> mask, Span<double> output, Span<double> logSumExp, Span<double> probabilities, ReadOnlySpan<int> firstKeys = default)
    {
        for (int b = 0; b < s.Batch; b++)
            for (int h = 0; h < s.Heads; h++)
                for (int i = 0; i < s.QueryLength; i++)
                {
                    int row = (b * s.Heads + h) * s.QueryLength + i, kv = h / (s.Heads / s.KeyValueHeads);
                    Span<double> p = probabilities.Slice(row * s.KeyLength, s.KeyLength);
                    double max = double.NegativeInfinity, total = 0;
                    for (int j = 0; j < s.KeyLength; j++)
                    {
                        double score = ScaledScore(s, q, k, b, h, i, j);
                        if (s.SoftCap > 0) score = s.SoftCap * Math.Tanh(score / s.SoftCap);
                        if (!bias.IsEmpty) score += bias[BiasIndex(s, b, h, i, j)];
                        if (!mask.IsEmpty) score += mask[b * s.MaskBatchStride + j];
                        int position = s.KeyLength - s.QueryLength + i;
                        if (s.Causal && j > position || s.Window > 0 && j <= position - s.Window || !firstKeys.IsEmpty && j < firstKeys[b * s.QueryLength + i]) score = double.NegativeInfinity;
                        p[j] = score;
                        max = Math.Max(max, score);
                    }
                    for (int j = 0; j < s.KeyLength; j++) total += p[j] = max == double.NegativeInfinity ? 0 : Math.Exp(p[j] - max);
                    for (int j = 0; j < s.KeyLength; j++) p[j] = total == 0 ? 0 : p[j] / total;
                    logSumExp[row] = max + Math.Log(total);
                    for (int d = 0; d < s.HeadDim; d++)
                    {
                        double sum = 0;
                        for (int j = 0; j < s.KeyLength; j++)
                            sum += p[j] * DropoutFactor(s, b, h, i, j) * v[b * s.ValueBatchStride + j * s.ValueRowStride + kv * s.HeadDim + d];
                        output[b * s.OutputBatchStride + i * s.OutputRowStride + h * s.HeadDim + d] = sum;
                    }
                }
    }

    /// <summary>Gradients from the full map of probabilities that <see cref="AttentionForward"/> gave. Adds to dq, dk, dv and, unless it is empty, dBias.</summary>
    internal static void AttentionBackward(in AttentionShape s, ReadOnlySpan<double> q, ReadOnlySpan<double> k, ReadOnlySpan<double> v,
        ReadOnlySpan<double> probabilities, ReadOnlySpan<double> dOutput, Span<double> dq, Span<double> dk, Span<double> dv, Span<double> dBias)
    {
        double[] dp = new double[s.KeyLength];
        for (int b = 0; b < s.Batch; b++)
            for (int h = 0; h < s.Heads; h++)
                for (int i = 0; i < s.QueryLength; i++)
                {
                    int kv = h / (s.Heads / s.KeyValueHeads);
                    int qAt = b * s.QueryBatchStride + i * s.QueryRowStride + h * s.HeadDim;
                    int oAt = b * s.OutputBatchStride + i * s.OutputRowStride + h * s.HeadDim;
                    ReadOnlySpan<double> p = probabilities.Slice(((b * s.Heads + h) * s.QueryLength + i) * s.KeyLength, s.KeyLength);
                    double mean = 0;
                    for (int j = 0; j < s.KeyLength; j++)
                    {
                        int vAt = b * s.ValueBatchStride + j * s.ValueRowStride + kv * s.HeadDim;
                        double z = DropoutFactor(s, b, h, i, j);
                        dp[j] = 0;
                        for (int d = 0; d < s.HeadDim; d++)
                        {
                            dp[j] += z * dOutput[oAt + d] * v[vAt + d];
                            dv[vAt + d] += z * p[j] * dOutput[oAt + d];
                        }
                        mean += p[j] * dp[j];
                    }
                    for (int j = 0; j < s.KeyLength; j++)
                    {
                        int kAt = b * s.KeyBatchStride + j * s.KeyRowStride + kv * s.HeadDim;
                        double ds = p[j] * (dp[j] - mean);
                        if (!dBias.IsEmpty) dBias[BiasIndex(s, b, h, i, j)] += ds;
                        if (s.SoftCap > 0) ds *= 1 - Math.Pow(Math.Tanh(ScaledScore(s, q, k, b, h, i, j) / s.SoftCap), 2);
                        ds *= s.Scale;
                        for (int d = 0; d < s.HeadDim; d++)
                        {
                            dq[qAt + d] += ds * k[kAt + d];
                            dk[kAt + d] += ds * q[qAt + d];
                        }
                    }
                }
    }

    private static double ScaledScore(in AttentionShape s, ReadOnlySpan<double> q, ReadOnlySpan<double> k, int b, int h, int i, int j)
    {
        int qAt = b * s.QueryBatchStride + i * s.QueryRowStride + h * s.HeadDim;
        int kAt = b * s.KeyBatchStride + j * s.KeyRowStride + h / (s.Heads / s.KeyValueHeads) * s.HeadDim;
        double score = 0;
        for (int d = 0; d < s.HeadDim; d++) score += q[qAt + d] * k[kAt + d];
        return score * s.Scale;
    }

    private static int BiasIndex(in AttentionShape s, int b, int h, int i, int j) =>
        (s.BiasBatch == 0 ? b : b % s.BiasBatch) * s.BiasBatchStride + h * s.BiasHeadStride + i * s.BiasRowStride + j;

    private static double DropoutFactor(in AttentionShape s, int b, int h, int i, int j)
    {
        if (s.Dropout == 0f) return 1;
        (uint key0, uint key1) = AttentionMath.RowKeys(s.DropoutSeed, b, h, i);
        return AttentionMath.Bits(key0, key1, j) >= AttentionMath.Threshold(s.Dropout) ? 1.0 / (1.0 - s.Dropout) : 0;
    }
}
