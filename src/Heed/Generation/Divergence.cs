using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>How far a changed model's predictions are from the original's, on a text.</summary>
/// <param name="Original">Perplexity of the original.</param>
/// <param name="Changed">Perplexity of the changed model.</param>
/// <param name="Mean">Mean over the predictions of KL(original ‖ changed) (Kullback and Leibler 1951), in nats.</param>
/// <param name="MeanError">Standard error of that mean.</param>
/// <param name="Percentile99">99 of 100 predictions diverge no more than this.</param>
/// <param name="Maximum">The largest divergence.</param>
/// <param name="Agreement">Share of the predictions in which both find the same token most probable.</param>
public sealed record DivergenceResult(PerplexityResult Original, PerplexityResult Changed, double Mean, double MeanError, double Percentile99, double Maximum, double Agreement);

/// <summary>Compares a changed model (quantised, pruned, ...) with its original by what they predict.</summary>
public static class Divergence
{
    /// <summary>Measures the divergence on a text.</summary>
    /// <param name="original">The original.</param>
    /// <param name="changed">The changed model, of the same vocabulary.</param>
    /// <param name="tokens">The text's ids.</param>
    /// <param name="options">Which predictions count.</param>
    /// <param name="progress">Told after each window: windows done, windows in all.</param>
    /// <param name="cancellation">Ends the measurement between two windows.</param>
    /// <exception cref="ArgumentException">An option is out of range, the text is too short, or the models do not continue texts of one vocabulary.</exception>
    public static DivergenceResult Measure(Transformer original, Transformer changed, ReadOnlySpan<int> tokens, PredictionOptions? options = null, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new PredictionOptions();
        Perplexity.Check(original, options);
        Perplexity.Check(changed, options);
        int vocabulary = original.Config.Vocabulary;
        if (changed.Config.Vocabulary != vocabulary) throw new ArgumentException($"both models must have one vocabulary, given {vocabulary} and {changed.Config.Vocabulary} tokens");
        IReadOnlyList<PredictionWindow> windows = PredictionWindows.Of(tokens.Length, options);
        int[] ids = tokens.ToArray();
        MeanOf loss = new(), changedLoss = new(), divergence = new();
        List<float> all = [];
        int agreed = 0;
        for (int i = 0; i < windows.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            PredictionWindow window = windows[i];
            float[] first = new float[checked(window.Count * vocabulary)];
            PredictionWindows.Predict(original, ids, window, options.BeginToken, (row, logs) => logs.Span.CopyTo(first.AsSpan((row - window.First) * vocabulary)));
            PredictionWindows.Predict(changed, ids, window, options.BeginToken, (row, logs) =>
            {
                for (int r = 0; r < logs.Rows; r++)
                {
                    ReadOnlySpan<float> p = first.AsSpan((row - window.First + r) * vocabulary, vocabulary), q = logs.Row(r);
                    int target = ids[window.Start + row + r + 1];
                    loss.Add(-p[target]);
                    changedLoss.Add(-q[target]);
                    double kl = Of(p, q);
                    divergence.Add(kl);
                    all.Add((float)kl);
                    if (Reduce.ArgMax(p) == Reduce.ArgMax(q)) agreed++;
                }
            });
            progress?.Invoke(i + 1, windows.Count);
        }
        all.Sort();
        return new DivergenceResult(Perplexity.Result(loss, windows.Count), Perplexity.Result(changedLoss, windows.Count), divergence.Mean, divergence.Error, Percentile(all, 0.99), all[^1], (double)agreed / all.Count);
    }

    /// <summary>KL(p ‖ q) of two rows of log-probabilities, in nats.</summary>
    internal static double Of(ReadOnlySpan<float> p, ReadOnlySpan<float> q)
    {
        double sum = 0;
        for (int i = 0; i < p.Length; i++)
            if (p[i] > -60) sum += Math.Exp(p[i]) * ((double)p[i] - q[i]); // e^-60 of a vocabulary adds nothing that a double would show
        return Math.Max(sum, 0);
    }

    // Between the two values that stand around the place.
    private static double Percentile(List<float> sorted, double part)
    {
        double place = part * (sorted.Count - 1);
        int low = (int)place;
        return low + 1 < sorted.Count ? sorted[low] + (place - low) * (sorted[low + 1] - (double)sorted[low]) : sorted[low];
    }
}
