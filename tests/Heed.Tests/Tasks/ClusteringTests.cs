using CsCheck;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;

namespace Heed.Tests.Tasks;

public sealed class ClusteringTests
{
    // Blobs around the corners of a square.
    private static float[][] Blobs(int groups, int each, float spread, ulong seed = 1)
    {
        float[][] vectors = new float[groups * each][];
        RandomSource random = new(seed);
        for (int i = 0; i < vectors.Length; i++)
        {
            vectors[i] = new float[3];
            random.Split(i).FillNormal(vectors[i], spread);
            vectors[i][0] += i % groups % 2 * 10;
            vectors[i][1] += i % groups / 2 * 10;
        }
        return vectors;
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void GroupsThatAreApartAreFoundAndCounted(int groups)
    {
        float[][] vectors = Blobs(groups, 12, 0.4f);
        foreach (int? asked in (int?[])[groups, null])
        {
            Clustering found = Clustering.Of(vectors, new ClusteringOptions { Clusters = asked });
            Assert.Equal(groups, found.Centers.Count);
            Assert.True(found.Silhouette > 0.8, $"silhouette {found.Silhouette}");
            for (int i = 0; i < vectors.Length; i++) Assert.Equal(found.Assignments[i % groups], found.Assignments[i]);
            Assert.Equal(groups, found.Assignments.Distinct().Count());
        }
    }

    [Fact]
    public void TheSeedAloneDecides()
    {
        float[][] vectors = Blobs(4, 20, 4);
        Clustering a = Clustering.Of(vectors, new ClusteringOptions { Clusters = 5, Seed = 3 }), b = Clustering.Of(vectors, new ClusteringOptions { Clusters = 5, Seed = 3 });
        Assert.Equal(a.Assignments, b.Assignments);
        Assert.Equal(a.Inertia, b.Inertia);
    }

    [Fact]
    public void TheSilhouetteIsItsDefinition()
    {
        float[][] vectors = [[0], [1], [10], [12]];
        Clustering found = Clustering.Of(vectors, new ClusteringOptions { Clusters = 2 });
        double expected = ((11 - 1) / 11.0 + (10 - 1) / 10.0 + (9.5 - 2) / 9.5 + (11.5 - 2) / 11.5) / 4;
        Assert.Equal(expected, found.Silhouette, 1e-6);
        Assert.Equal(0.5 + 2, found.Inertia, 1e-6);
        Assert.Equal([0.5f, 11], found.Centers.Select(c => c[0]).Order());
    }

    [Fact]
    public void EveryVectorIsInTheGroupWithTheNearestCentreAndNoGroupIsEmpty() =>
        Gen.Select(Gen.Int[1, 30], Gen.Int[1, 4], Gen.ULong).SelectMany(t => Gen.Int[1, t.Item1].Select(k => (t.Item1, t.Item2, t.Item3, k))).Sample(t =>
        {
            (int count, int columns, ulong seed, int k) = t;
            float[][] vectors = [.. Enumerable.Range(0, count).Select(i =>
            {
                float[] v = new float[columns];
                new RandomSource(seed).Split(i).FillNormal(v, 1);
                return v;
            })];
            Clustering found = Clustering.Of(vectors, new ClusteringOptions { Clusters = k, Restarts = 2 });
            Assert.Equal(k, found.Assignments.Distinct().Count());
            double inertia = 0;
            for (int i = 0; i < count; i++)
            {
                double[] distances = [.. found.Centers.Select(c => c.Zip(vectors[i], (a, b) => ((double)a - b) * (a - b)).Sum())];
                Assert.True(distances[found.Assignments[i]] <= distances.Min() + 1e-5);
                inertia += distances[found.Assignments[i]];
            }
            Assert.Equal(inertia, found.Inertia, 1e-3);
        }, iter: 200);

    [Fact]
    public void EqualVectorsAndFewVectorsAreOneGroup()
    {
        Assert.Single(Clustering.Of([[1, 2]]).Centers);
        Assert.Single(Clustering.Of([.. Enumerable.Repeat(new float[] { 1, 2 }, 9)]).Centers);
        Assert.Contains("into 1 to 2 groups, given 3", Assert.Throws<ArgumentException>(() => Clustering.Of([[1], [2]], new ClusteringOptions { Clusters = 3 })).Message);
        Assert.Contains("given 1 and 2", Assert.Throws<ArgumentException>(() => Clustering.Of([[1], [2, 3]])).Message);
        Assert.Contains("nothing to group", Assert.Throws<ArgumentException>(() => Clustering.Of([])).Message);
    }

    [Fact]
    public void TopicsAreTextsThatShareWords()
    {
        Oracle o = new(HeadKind.None, "cat dog purr bark bread oven flour yeast");
        string[] texts = ["cat purr", "bread oven flour", "dog bark", "", "bread yeast oven", "cat purr purr", "flour bread oven", "dog bark bark"];
        IReadOnlyList<Topic> topics = Clustering.Topics(new TextEmbedder(o.Model, o.Tokenizer), texts, new ClusteringOptions { Clusters = 3 });
        Assert.Equal([3, 2, 2], topics.Select(t => t.Texts.Count));
        Assert.Equal([1, 4, 6], topics[0].Texts.Select(t => t.Index).Order());
        Assert.Equal(4, topics[0].Texts[^1].Index); // the others are equal but for their order
        Assert.Equal([0, 5], topics[1].Texts.Select(t => t.Index).Order());
        Assert.All(topics, t => Assert.Equal(t.Texts.OrderByDescending(x => x.Similarity), t.Texts));
        Assert.Contains("all texts are blank", Assert.Throws<ArgumentException>(() => Clustering.Topics(new TextEmbedder(o.Model, o.Tokenizer), ["", " "])).Message);
    }
}
