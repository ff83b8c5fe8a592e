using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Generation;
using Heed.Metrics;
using Heed.Tokenization;

namespace Heed.Tasks.Evaluation;

/// <summary>Measures models that continue texts: how well do they predict each token from those before it?</summary>
public sealed class DecoderEvaluator : Evaluator
{
    private const int UsualContext = 512, LeastTokens = 4;

    private readonly LanguageModel model;
    private readonly EvaluationOptions options;
    private readonly bool readsLineEnds;

    /// <summary>Makes one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What it sees at a time; null = the defaults.</param>
    /// <exception cref="ArgumentException">A recurrent model is to see a part of the text at a time.</exception>
    public DecoderEvaluator(LanguageModel model, EvaluationOptions? options = null)
    {
        (this.model, this.options, readsLineEnds) = (model, options ?? new EvaluationOptions(), WordTrainer.ReadsLineEnds(model.Tokenizer));
        if (model.Recurrent is not null && (this.options.Context ?? this.options.Stride) is not null) throw new ArgumentException("context and stride are of Transformers; a recurrent model reads the text once and carries its state on");
    }

    /// <inheritdoc/>
    public override string Task => "language modelling";

    /// <inheritdoc/>
    public override bool Predicts => false;

    private protected override EvaluationParts Parts { get; } = new(new EvaluationPart("--text", [RecordFile.TextColumn], "1"));

    /// <summary>Reads documents; a single file of plain text is one, unless a column is named.</summary>
    /// <inheritdoc/>
    public override IReadOnlyList<EvaluationItem> Read(DataFiles files, EvaluationColumns? columns = null, int? limit = null, RecordFaults? faults = null)
    {
        if (!files.IsRunningText || columns is { Text: not null } or { Second: not null } or { Target: not null }) return base.Read(files, columns, limit, faults);
        // The line end of the last line is no part of the text, unless it is a word.
        string path = files.Paths[0], text = TextFile.Read(path);
        return [new EvaluationItem($"{path}, line 1", 1, text.EndsWith('\n') && !readsLineEnds ? text[..^1] : text, null, [])];
    }

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        int[] tokens = Encode(items, watch.Cancellation);
        if (tokens.Length < LeastTokens) throw new ArgumentException($"the text has {tokens.Length} tokens; {LeastTokens} or more are needed");
        (PerplexityResult result, string how) = Predict(tokens, watch);
        double nats = result.Loss * tokens.Length, bytes = items.Sum(i => (double)Encoding.UTF8.GetByteCount(i.Text));
        List<EvaluationFigure> figures =
        [
            new("perplexity", "perplexity of a token", result.Perplexity, Note: $"± {result.PerplexityError.ToString("F2", System.Globalization.CultureInfo.InvariantCulture)}, {result.Tokens} tokens; {how}"),
            new("bits_per_byte", "bits per byte", nats / Math.Log(2) / bytes),
            new("loss", "loss of a token, in nats", result.Loss),
        ];
        long words = items.Sum(i => (long)MetricText.Words(i.Text).Length);
        // Chinese has no spaces between words; where tokens are words, their perplexity stands above.
        if (!readsLineEnds && !Languages.AreChinese(items.Select(i => i.Text))) figures.Add(new("word_perplexity", "perplexity of a word", Math.Exp(nats / words), Note: "words between white space"));
        return new EvaluationResult(Task, items.Count, figures);
    }

    private (PerplexityResult Result, string How) Predict(int[] tokens, EvaluationWatch watch)
    {
        if (model.Recurrent is { } recurrent) return (Perplexity.Measure(recurrent, tokens, (done, all, _) => watch.Progress?.Invoke(done, all), watch.Cancellation), "read once, the state carried on");
        int context = Math.Min(options.Context ?? Math.Min(UsualContext, model.Context), tokens.Length);
        PredictionOptions windows = new() { Context = context, Stride = options.Stride ?? context / 2, BeginToken = model.Tokenizer.Encode("") is [int begin, ..] ? begin : null };
        return (Perplexity.Measure(model.Transformer, tokens, windows, (done, all, _) => watch.Progress?.Invoke(done, all), watch.Cancellation), $"windows of {context}, moved by {windows.Stride}");
    }

    // All documents one after the other; behind each of several the token that ends a text, as in training.
    private int[] Encode(IReadOnlyList<EvaluationItem> items, CancellationToken cancellation)
    {
        int? end = items.Count > 1 && model.EndTokens is [int first, ..] && first < model.Tokenizer.VocabularySize ? first : null;
        List<int> tokens = [];
        foreach (EvaluationItem item in items)
        {
            cancellation.ThrowIfCancellationRequested();
            tokens.AddRange(model.Tokenizer.Encode(item.Text, SpecialTokens.None));
            if (end is { } id) tokens.Add(id);
        }
        return [.. tokens];
    }
}
