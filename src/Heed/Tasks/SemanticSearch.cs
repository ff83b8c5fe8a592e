namespace Heed.Tasks;

/// <summary>A line that is near to a question.</summary>
/// <param name="Index">Its number in the list, from 0.</param>
/// <param name="Text">The line.</param>
/// <param name="Similarity">Cosine of its vector and the question's.</param>
public sealed record SearchHit(int Index, string Text, double Similarity);

/// <summary>
/// Finds lines by what they mean.
/// <code>
/// var search = new SemanticSearch(TextEmbedder.Load("models/all-MiniLM-L6-v2"), File.ReadAllLines("notes.txt"));
/// foreach (SearchHit hit in search.Find("how to bake bread", count: 3)) Console.WriteLine($"{hit.Similarity:F3} {hit.Text}");
/// </code>
/// </summary>
public sealed class SemanticSearch
{
    private static readonly string[] DocumentPrompts = ["document", "passage", "corpus"];

    private readonly TextEmbedder embedder;
    private readonly (int Index, string Text, float[] Vector)[] lines;

    /// <summary>Computes the vectors of all lines. Blank lines are left out.</summary>
    /// <param name="embedder">Makes the vectors. Its prompts <c>query</c> and <c>document</c> (or <c>passage</c>, <c>corpus</c>) are used where it has them.</param>
    /// <param name="lines">The lines to search.</param>
    public SemanticSearch(TextEmbedder embedder, IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(lines);
        this.embedder = embedder;
        int[] kept = [.. Enumerable.Range(0, lines.Count).Where(i => !string.IsNullOrWhiteSpace(lines[i]))];
        float[][] vectors = embedder.EmbedAll([.. kept.Select(i => lines[i])], Prompt(DocumentPrompts));
        this.lines = [.. kept.Select((index, i) => (index, lines[index], vectors[i]))];
    }

    /// <summary>Number of lines that can be found.</summary>
    public int Count => lines.Length;

    /// <summary>The nearest lines, nearest first; of equally near ones the earlier first.</summary>
    /// <param name="query">What to look for.</param>
    /// <param name="count">Lines at most.</param>
    public IReadOnlyList<SearchHit> Find(string query, int count = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        float[] asked = embedder.Embed(query, Prompt(["query"]));
        return [.. lines.Select(l => new SearchHit(l.Index, l.Text, TextEmbedder.Similarity(asked, l.Vector))).OrderByDescending(h => h.Similarity).ThenBy(h => h.Index).Take(count)];
    }

    private string? Prompt(string[] names) => names.FirstOrDefault(embedder.Options.Prompts.ContainsKey);
}
