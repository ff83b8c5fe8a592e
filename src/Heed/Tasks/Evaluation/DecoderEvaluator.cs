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

    /// <summary>Makes one.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What it sees at a time; null = the defaults.</param>
    public DecoderEvaluator(LanguageModel model, EvaluationOptions? options = null) => (this.model, this.options) = (model, options ?? new EvaluationOptions());

    /// <inheritdoc/>
    public override string Task => "language modelling";

    /// <inheritdoc/>
    public override bool Predicts => false;

    private protected override EvaluationParts Parts { get; } = new(new EvaluationPart("--text", [RecordFile.TextColumn], "1"));

    /// <summary>Reads documents; a single file of plain text is one, unless a column is named.</summary>
    /// <inheritdoc/>
    public override IReadOnlyList<EvaluationItem> Read(DataFiles files, EvaluationColumns? columns = null, int? limit = null)
    {
        if (!files.IsRunningText || columns is { Text: not null } or { Second: not null } or { Target: not null }) return base.Read(files, columns, limit);
        // The line end of the last line is no part of the text.
        string path = files.Paths[0], text = TextFile.Read(path);
        return [new EvaluationItem($"{path}, line 1", 1, text.EndsWith('\n') ? text[..^1] : text, null, [])];
    }

    private protected override EvaluationResult Measure(IReadOnlyList<EvaluationItem> items, EvaluationWatch watch)
    {
        int[] tokens = Encode(items, watch.Cancellation);
        if (tokens.Length < LeastTokens) throw new ArgumentException($"the text has {tokens.Length} tokens; {LeastTokens} or more are needed");
        int context = Math.Min(options.Context ?? Math.Min(UsualContext, model.Transformer.Config.Context), tokens.Length);
        PredictionOptions windows = new() { Context = context, Stride = options.Stride ?? context / 2, BeginToken = model.Tokenizer.Encode("") is [int begin, ..] ? begin : null };
        PerplexityResult result = Perplexity.Measure(model.Transformer, tokens, windows, (done, all, _) => watch.Progress?.Invoke(done, all), watch.Cancellation);
        double nats = result.Loss * tokens.Length, bytes = items.Sum(i => (double)Encoding.UTF8.GetByteCount(i.Text));
        List<EvaluationFigure> figures =
        [
            new("perplexity", "perplexity of a token", result.Perplexity, Note: $"± {result.PerplexityError.ToString("F2", System.Globalization.CultureInfo.InvariantCulture)}, {result.Tokens} tokens; windows of {context}, moved by {windows.Stride}"),
            new("bits_per_byte", "bits per byte", nats / Math.Log(2) / bytes),
            new("loss", "loss of a token, in nats", result.Loss),
        ];
        long words = items.Sum(i => (long)MetricText.Words(i.Text).Length);
        // Chinese has no spaces between words.
        if (!Languages.AreChinese(items.Select(i => i.Text))) figures.Add(new("word_perplexity", "perplexity of a word", Math.Exp(nats / words), Note: "words between white space"));
        return new EvaluationResult(Task, items.Count, figures);
    }

    // All documents one after the other; behind each of several the token that ends a text, as in training.
    private int[] Encode(IReadOnlyList<EvaluationItem> items, CancellationToken cancellation)
    {
        int? end = items.Count > 1 && model.Transformer.Config.EndTokens is [int first, ..] && first < model.Tokenizer.VocabularySize ? first : null;
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
