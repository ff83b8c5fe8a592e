using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>However sequences take over others and leave, the cache answers as the whole text of each.</summary>
public sealed class KeyValueCacheTests
{
    [Theory]
    [InlineData("gpt2")]
    [InlineData("mistral")]
    [InlineData("bart")]
    [InlineData("t5 v1.1")]
    public void RearrangedSequencesEqualTheirWholeTexts(string variant)
    {
        bool rewrites = TinyRewriters.Variants.Contains(variant);
        Transformer model = TinyRewriters.Random(rewrites ? TinyRewriters.Config(variant) : TinyModels.Config(variant));
        RandomSource random = new(11);
        for (int round = 0; round < 6; round++)
        {
            using MemoryScope scope = new();
            int items = 3, beams = 1 + round % 4;
            List<int> left = [.. Enumerable.Range(0, items)];
            int[] sources = TinyModels.Tokens(items * 5, 61, (ulong)round);
            Tensor? memory = rewrites ? model.Encode(Tensor.From(new Shape(items, 5), sources)) : null, kept = memory is null ? null : Tensor.From(memory.Shape, memory.ToArray());
            List<List<int>> texts = [.. Enumerable.Range(0, items).Select(i => TinyModels.Tokens(4, 61, (ulong)(10 * round + i)).ToList())];
            KeyValueCache cache = model.NewCache(items, 4);
            Check(Run(model, cache, [.. texts.SelectMany(t => t)], items, kept), 4);
            cache = cache.Spread(beams, 20);
            texts = [.. texts.SelectMany(t => Enumerable.Range(0, beams).Select(_ => t.ToList()))];
            for (int step = 0; step < 9; step++)
            {
                int[] tokens = [.. texts.Select(_ => random.Next(61))];
                for (int i = 0; i < texts.Count; i++) texts[i].Add(tokens[i]);
                Check(Run(model, cache, tokens, tokens.Length, kept), 1);
                if (step is 3 or 6 && left.Count > 1)
                {
                    int gone = random.Next(left.Count);
                    int[] stay = [.. Enumerable.Range(0, left.Count).Where(i => i != gone)];
                    cache.Keep(stay, left.Count);
                    if (kept is not null) kept = Tensor.From(new Shape(stay.Length, 5, kept.Columns), [.. stay.SelectMany(i => Enumerable.Range(0, 5).SelectMany(t => kept.Row(5 * i + t).ToArray()))]);
                    texts = [.. stay.SelectMany(i => texts.Skip(i * beams).Take(beams))];
                    left = [.. stay.Select(i => left[i])];
                }
                int[] parents = Parents(left.Count, beams);
                long before = cache.CopiedTokens;
                cache.Reorder(parents);
                Assert.InRange(cache.CopiedTokens - before, 0, (step + 1L) * parents.Where((p, i) => p != i).Count()); // never the common beginning
                texts = [.. parents.Select(p => texts[p].ToList())];
            }

            void Check(Tensor logits, int tokens)
            {
                for (int row = 0; row < texts.Count; row++)
                {
                    int item = left[row / (texts.Count / left.Count)];
                    Tensor? own = memory is null ? null : Tensor.From(new Shape(1, 5, memory.Columns), [.. Enumerable.Range(0, 5).SelectMany(t => memory.Row(5 * item + t).ToArray())]);
                    float[] whole = model.Forward(Tensor.From(new Shape(1, texts[row].Count), [.. texts[row]]), new ForwardOptions { Memory = own }).ToArray()[^61..];
                    float[] given = logits.Row(row * tokens + tokens - 1).ToArray();
                    for (int i = 0; i < 61; i++) Assert.True(Math.Abs(whole[i] - given[i]) <= 3e-5 * Math.Max(1, Math.Abs(whole[i])), $"sequence {row}, logit {i}: {given[i]}, expected {whole[i]}");
                }
            }
        }

        // Within an item some sequences take over others, which go on themselves.
        int[] Parents(int items, int beams)
        {
            int[] parents = [.. Enumerable.Range(0, items * beams)];
            for (int row = 0; row < parents.Length; row++)
            {
                int other = row / beams * beams + random.Next(beams);
                if (parents[other] == other && !parents.Where((p, i) => p == row && i != row).Any()) parents[row] = other;
            }
            return parents;
        }
    }

    private static Tensor Run(Transformer model, KeyValueCache cache, int[] tokens, int rows, Tensor? memory) =>
        model.Forward(Tensor.From(new Shape(rows, tokens.Length / rows), tokens), new ForwardOptions { Cache = cache, Memory = memory });

    [Fact]
    public void WrongArrangementsAreRefused()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        using MemoryScope scope = new();
        KeyValueCache cache = model.NewCache(4, 8);
        Run(model, cache, [1, 2, 3, 4], 4, null);
        Assert.Contains("as many parents", Assert.Throws<ArgumentException>(() => cache.Reorder([0, 1])).Message);
        Assert.Contains("cannot continue", Assert.Throws<ArgumentException>(() => cache.Reorder([1, 0, 2, 3])).Message); // each overwrites the other
        Assert.Contains("cannot continue", Assert.Throws<ArgumentException>(() => cache.Reorder([0, 1, 2, 4])).Message);
        Assert.Throws<ArgumentException>(() => cache.Keep([0], 3));
        Assert.Throws<ArgumentException>(() => cache.Keep([], 2));
        Assert.Contains("ascending", Assert.Throws<ArgumentException>(() => cache.Keep([1, 0], 2)).Message);
        Assert.Contains("ascending", Assert.Throws<ArgumentException>(() => cache.Keep([2], 2)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Spread(2, 0));
        cache.Keep([1], 2);
        Assert.Equal(2, cache.Batch);
    }
}
