using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>How well a model predicts a text.</summary>
/// <param name="Loss">Mean negative log-likelihood of a token, in nats.</param>
/// <param name="LossError">Standard error of that mean.</param>
/// <param name="Tokens">Tokens that were counted.</param>
/// <param name="Windows">Runs of tokens that the model saw.</param>
public sealed record PerplexityResult(double Loss, double LossError, long Tokens, int Windows)
{
    /// <summary>exp of the mean negative log-likelihood: as many equally likely tokens would be as hard to guess (Jelinek et al. 1977).</summary>
    public double Perplexity => Math.Exp(Loss);

    /// <summary>Its standard error: that of the loss, times the perplexity.</summary>
    public double PerplexityError => Perplexity * LossError;
}

/// <summary>Measures perplexity.</summary>
public static partial class Perplexity
{
    /// <summary>Measures how well a model predicts a text.</summary>
    /// <param name="model">A decoder that predicts tokens.</param>
    /// <param name="tokens">The text's ids.</param>
    /// <param name="options">Which predictions count.</param>
    /// <param name="progress">Told after each window: windows done, windows in all, the result so far.</param>
    /// <param name="cancellation">Ends the measurement between two windows.</param>
    /// <exception cref="ArgumentException">An option is out of range, the text is too short, or the model does not continue texts.</exception>
    public static PerplexityResult Measure(Transformer model, ReadOnlySpan<int> tokens, PredictionOptions? options = null, Action<int, int, PerplexityResult>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new PredictionOptions();
        Check(model, options);
        IReadOnlyList<PredictionWindow> windows = PredictionWindows.Of(tokens.Length, options);
        int[] ids = tokens.ToArray();
        MeanOf loss = new();
        for (int i = 0; i < windows.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            PredictionWindow window = windows[i];
            PredictionWindows.Predict(model, ids, window, options.BeginToken, (row, logs) =>
            {
                for (int r = 0; r < logs.Rows; r++) loss.Add(-logs.Row(r)[ids[window.Start + row + r + 1]]);
            });
            progress?.Invoke(i + 1, windows.Count, Result(loss, i + 1));
        }
        return Result(loss, windows.Count);
    }

    /// <summary>Demands a decoder that predicts tokens, within whose context the windows lie.</summary>
    internal static void Check(Transformer model, PredictionOptions options)
    {
        if (model.Config is not { Encoder: null, Head.Kind: HeadKind.Vocabulary }) throw new ArgumentException($"perplexity is of models that continue texts; this {model.Config.ModelType} model does not");
        if (model.Config.Main.Positions is Layers.PositionConfig.Learned learned && options.Context > learned.Maximum) throw new ArgumentException($"the context of {options.Context} is more than the model's {learned.Maximum} positions");
    }

    /// <summary>The result of losses.</summary>
    internal static PerplexityResult Result(MeanOf loss, int windows) => double.IsFinite(loss.Mean)
        ? new PerplexityResult(loss.Mean, loss.Error, loss.Count, windows)
        : throw new InvalidDataException("the model's predictions are not finite: its weights are damaged or its training diverged");
}

/// <summary>A running mean and its standard error.</summary>
internal sealed class MeanOf
{
    private double sum, squares;

    public long Count { get; private set; }

    public double Mean => sum / Count;

    public double Error => Count < 2 ? 0 : Math.Sqrt(Math.Max(0, squares / Count - Mean * Mean) / (Count - 1));

    public void Add(double value)
    {
        sum += value;
        squares += value * value;
        Count++;
    }
}
