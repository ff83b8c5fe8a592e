using Heed.Tensors;

namespace Heed.Tasks;

/// <summary>How groups are looked for.</summary>
public sealed record ClusteringOptions
{
    /// <summary>Number of groups; null = that with the best silhouette.</summary>
    public int? Clusters { get; init; }

    /// <summary>Groups at most, where their number is looked for.</summary>
    public int MaximumClusters { get; init; } = 10;

    /// <summary>Starts from different centres, of which the best result is kept.</summary>
    public int Restarts { get; init; } = 8;

    /// <summary>Steps of one start at most; it ends before when nothing moves.</summary>
    public int MaximumSteps { get; init; } = 100;

    /// <summary>Seed of the starts; the same seed gives the same groups.</summary>
    public ulong Seed { get; init; } = 1337;
}

/// <summary>A text of a group.</summary>
/// <param name="Index">Its number in the list, from 0.</param>
/// <param name="Text">The text.</param>
/// <param name="Similarity">Cosine of its vector and the group's centre.</param>
public sealed record ClusteredText(int Index, string Text, double Similarity);

/// <summary>A group of texts.</summary>
/// <param name="Texts">Its texts, most typical (nearest to the centre) first.</param>
public sealed record Topic(IReadOnlyList<ClusteredText> Texts);

/// <summary>Groups of vectors that are near to each other: k-means (Lloyd 1982) from k-means++ centres (Arthur and Vassilvitskii 2007).</summary>
/// <code>
/// foreach (Topic topic in Clustering.Topics(TextEmbedder.Load("models/all-MiniLM-L6-v2"), File.ReadAllLines("notes.txt"))) Console.WriteLine($"{topic.Texts.Count} like: {topic.Texts[0].Text}");
/// </code>
public sealed class Clustering
{
    private const int SampleForSilhouette = 1000;

    private Clustering(KMeans.Result result, double silhouette) => (Assignments, Centers, Inertia, Silhouette) = (result.Assignments, result.Centers, result.Inertia, silhouette);

    /// <summary>The group of each vector, 0 to the number of groups - 1.</summary>
    public IReadOnlyList<int> Assignments { get; }

    /// <summary>The mean of each group's vectors.</summary>
    public IReadOnlyList<float[]> Centers { get; }

    /// <summary>Sum of squared distances to the centres.</summary>
    public double Inertia { get; }

    /// <summary>How well the groups are apart, -1 to 1 (Rousseeuw 1987); 0 for one group. Of many vectors a sample is taken.</summary>
    public double Silhouette { get; }

    /// <summary>Groups vectors.</summary>
    /// <param name="vectors">The vectors, all of one length.</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <exception cref="ArgumentException">There are no vectors, they differ in length, or there are fewer than groups.</exception>
    public static Clustering Of(IReadOnlyList<float[]> vectors, ClusteringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        options ??= new ClusteringOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Restarts, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaximumSteps, 1);
        if (vectors.Count == 0) throw new ArgumentException("there is nothing to group: give one vector or more");
        if (vectors.FirstOrDefault(v => v.Length != vectors[0].Length) is { } other) throw new ArgumentException($"vectors must have one length, given {vectors[0].Length} and {other.Length}");
        if (options.Clusters is { } clusters && (clusters < 1 || clusters > vectors.Count)) throw new ArgumentException($"{vectors.Count} vectors can be put into 1 to {vectors.Count} groups, given {clusters}");
        if (options.Clusters is { } fixedNumber) return Best(fixedNumber);
        Clustering best = Best(1);
        // Groups of one say nothing: there are at least two vectors for each.
        for (int k = 2; k <= Math.Min(options.MaximumClusters, vectors.Count / 2); k++)
            if (Best(k) is var more && more.Silhouette > best.Silhouette) best = more;
        return best;

        Clustering Best(int k)
        {
            RandomSource random = new RandomSource(options.Seed).Split("clusters").Split(k);
            KMeans.Result result = Enumerable.Range(0, options.Restarts).Select(r => KMeans.Run(vectors, k, random.Split(r), options.MaximumSteps)).MinBy(r => r.Inertia)!;
            return new Clustering(result, k == 1 ? 0 : KMeans.Silhouette(vectors, result.Assignments, k, SampleForSilhouette, random.Split("silhouette")));
        }
    }

    /// <summary>Groups texts by what they mean. Blank texts are left out.</summary>
    /// <param name="embedder">Makes their vectors.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="options">How; null = the defaults.</param>
    /// <returns>The groups, largest first.</returns>
    /// <exception cref="ArgumentException">There are no texts, or fewer than groups.</exception>
    public static IReadOnlyList<Topic> Topics(TextEmbedder embedder, IReadOnlyList<string> texts, ClusteringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(embedder);
        ArgumentNullException.ThrowIfNull(texts);
        int[] kept = [.. Enumerable.Range(0, texts.Count).Where(i => !string.IsNullOrWhiteSpace(texts[i]))];
        if (kept.Length == 0) throw new ArgumentException("there is nothing to group: all texts are blank");
        float[][] vectors = embedder.EmbedAll([.. kept.Select(i => texts[i])], embedder.Options.Prompts.ContainsKey("clustering") ? "clustering" : null);
        Clustering groups = Of(vectors, options);
        return [.. Enumerable.Range(0, kept.Length).GroupBy(i => groups.Assignments[i])
            .Select(group => new Topic([.. group.Select(i => new ClusteredText(kept[i], texts[kept[i]], TextEmbedder.Similarity(vectors[i], groups.Centers[group.Key])))
                .OrderByDescending(t => t.Similarity).ThenBy(t => t.Index)]))
            .OrderByDescending(t => t.Texts.Count).ThenBy(t => t.Texts[0].Index)];
    }
}
