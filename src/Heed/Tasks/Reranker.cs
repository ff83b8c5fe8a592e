using Heed.Models;

namespace Heed.Tasks;

/// <summary>A text and how well it fits a question.</summary>
/// <param name="Index">Its number in the list, from 0.</param>
/// <param name="Text">The text.</param>
/// <param name="Score">How well it fits; the higher the better.</param>
public sealed record RankedText(int Index, string Text, double Score);

/// <summary>
/// Orders texts by how well they fit a question: with a cross-encoder, which reads question and text together; or, where the model is none,
/// by the similarity of their vectors.
/// <code>
/// foreach (RankedText r in Reranker.Load("models/ms-marco-MiniLM").Rank("how high is the tower", lines)) Console.WriteLine($"{r.Score:F3} {r.Text}");
/// </code>
/// </summary>
public sealed class Reranker
{
    private readonly TextClassifier? classifier;
    private readonly TextEmbedder? embedder;
    private readonly bool raw;

    /// <summary>A cross-encoder: a model for sequence classification with one label.</summary>
    /// <param name="crossEncoder">The model.</param>
    /// <param name="raw">Whether the scores are the model's own; else their sigmoid, 0 to 1.</param>
    /// <exception cref="ArgumentException">The model has several labels.</exception>
    public Reranker(TextClassifier crossEncoder, bool raw = false)
    {
        ArgumentNullException.ThrowIfNull(crossEncoder);
        if (crossEncoder.Labels.Count != 1) throw new ArgumentException($"a cross-encoder has one label, given {crossEncoder.Labels.Count}: {string.Join(", ", crossEncoder.Labels)}");
        (classifier, this.raw) = (crossEncoder, raw);
    }

    /// <summary>Ranks by the similarity of vectors.</summary>
    public Reranker(TextEmbedder embedder)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        this.embedder = embedder;
    }

    /// <summary>Whether question and text are read together.</summary>
    public bool IsCrossEncoder => classifier is not null;

    /// <summary>Loads a folder: a cross-encoder where its model classifies texts by one label, else vectors.</summary>
    /// <param name="folder">A folder in the layout of Hugging Face.</param>
    /// <param name="raw">Whether a cross-encoder's scores are its own, or their sigmoid; null = as its config.json says, else the sigmoid.</param>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static Reranker Load(string folder, bool? raw = null)
    {
        if (!File.Exists(Path.Combine(folder, "modules.json")) && ModelFolder.LoadConfig(folder).Head is { Kind: HeadKind.Sequence, Labels.Count: 1 })
            return new Reranker(TextClassifier.Load(folder), raw ?? SaysRaw(folder));
        return new Reranker(TextEmbedder.Load(folder));
    }

    /// <summary>How well a text fits a question.</summary>
    public double Score(string query, string text) => ScoreAll(query, [text])[0];

    /// <summary>The texts, best first; of equally good ones the earlier first.</summary>
    /// <param name="query">The question.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="count">Texts at most; null = all.</param>
    public IReadOnlyList<RankedText> Rank(string query, IReadOnlyList<string> texts, int? count = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (count is { } c) ArgumentOutOfRangeException.ThrowIfLessThan(c, 1, nameof(count));
        double[] scores = ScoreAll(query, texts);
        return [.. texts.Select((text, i) => new RankedText(i, text, scores[i])).OrderByDescending(r => r.Score).ThenBy(r => r.Index).Take(count ?? texts.Count)];
    }

    private double[] ScoreAll(string query, IReadOnlyList<string> texts)
    {
        if (classifier is null)
        {
            // Blank texts have no vector; they fit nothing.
            SemanticSearch search = new(embedder!, texts);
            double[] similarities = [.. Enumerable.Repeat(-1.0, texts.Count)];
            foreach (SearchHit hit in search.Find(query, Math.Max(texts.Count, 1))) similarities[hit.Index] = hit.Similarity;
            return similarities;
        }
        return [.. classifier.RawScores([.. texts.Select(text => (query, (string?)text))]).Select(s => raw ? s[0] : Scores.Sigmoid(s[0]))];
    }

    // sentence-transformers names the function that comes behind the score, in one of two places.
    private static bool SaysRaw(string folder) => EncoderModel.ReadJson(folder, "config.json", c =>
        c.Section("sentence_transformers")?.Text("activation_fn", "") is { Length: > 0 } now ? now : c.Text("sbert_ce_default_activation_function", ""))?.EndsWith("Identity", StringComparison.Ordinal) ?? false;
}
