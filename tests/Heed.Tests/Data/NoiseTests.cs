using CsCheck;
using Heed.Data;
using Heed.Tensors;

namespace Heed.Tests.Data;

/// <summary>How T5 and BART damage texts: nothing is lost that the target does not have, and the amounts are those asked for.</summary>
public sealed class NoiseTests
{
    private const int Mask = 9999;

    private static int[] Text(int length) => [.. Enumerable.Range(0, length)];

    [Fact]
    public void SourceAndTargetTogetherAreTheText() =>
        Gen.Select(Gen.Int[2, 80], Gen.Double[0.01, 0.99], Gen.Double[1, 6], Gen.Int[1, 12], Gen.ULong).Sample((length, rate, span, sentinels, seed) =>
        {
            int[] ids = Text(length), marks = [.. Enumerable.Range(1000, sentinels)];
            SpanCorruption corruption = new(rate, span, marks);
            (int[] source, int[] target) = corruption.Corrupt(ids, new RandomSource(seed));
            Assert.Equal(ids, corruption.Restore(source, target));
            int[] used = [.. source.Where(id => id >= 1000)];
            Assert.Equal(marks[..used.Length], used);
            Assert.Equal(used, target.Where(id => id >= 1000));
            Assert.Equal(target[0], marks[0]);
            Assert.True(source[0] < 1000);
            Assert.Equal(source[^1], used[^1]);
            Assert.Equal(Math.Clamp((int)Math.Round(length * rate), 1, length - 1), target.Length - used.Length);
        }, iter: 300);

    [Fact]
    public void TheLengthsAreThoseOfTheOriginal()
    {
        // 568 tokens make 512 for the encoder and 114 for the decoder, end tokens counted: the figures of T5's pre-training.
        (int[] source, int[] target) = new SpanCorruption(0.15, 3, [.. Enumerable.Range(1000, 100)]).Corrupt(Text(568), new RandomSource(1));
        Assert.Equal((511, 113), (source.Length, target.Length));
    }

    [Fact]
    public void EveryWayToCutIsAsLikelyAsAnother()
    {
        // 6 tokens, 3 of them in 2 spans: (1+2, 2+1) taken out times (1+2, 2+1) kept.
        SpanCorruption corruption = new(0.5, 1.5, [1000, 1001]);
        Dictionary<string, int> seen = [];
        for (int i = 0; i < 4000; i++)
        {
            string way = string.Join(' ', corruption.Corrupt(Text(6), new RandomSource((ulong)i)).Source);
            seen[way] = seen.GetValueOrDefault(way) + 1;
        }
        Assert.Equal(4, seen.Count);
        Assert.All(seen.Values, count => Assert.InRange(count, 860, 1140));
    }

    [Fact]
    public void DrawsHaveTheirDistributions()
    {
        RandomSource random = new(3);
        double[] poisson = [.. Enumerable.Range(0, 20_000).Select(_ => (double)Draw.Poisson(3, ref random))], geometric = [.. Enumerable.Range(0, 20_000).Select(_ => (double)Draw.Geometric(5, ref random))];
        Assert.Equal(3, poisson.Average(), 0.06);
        Assert.Equal(3, poisson.Average(p => (p - 3) * (p - 3)), 0.15);
        Assert.Equal(Math.Exp(-3), poisson.Count(p => p == 0) / 20_000.0, 0.006);
        Assert.Equal(5, geometric.Average(), 0.15);
        Assert.Equal(0.2, geometric.Count(g => g == 1) / 20_000.0, 0.01);
        Assert.Equal(3.8, geometric.Average(g => Math.Min(g, 10)), 0.8); // SpanBERT draws again what is longer than 10
        Assert.Equal([0, 1, 2], Draw.Of(3, 3, ref random));
        Assert.Empty(Draw.Of(0, 0, ref random));
    }

    [Fact]
    public void InfillingKeepsTheRestInOrder() =>
        Gen.Select(Gen.Int[1, 60], Gen.Double[0.01, 1], Gen.Double[1, 5], Gen.ULong).Sample((length, rate, span, seed) =>
        {
            int[] damaged = new TextNoise { MaskToken = Mask, Rate = rate, SpanLength = span }.Damage(Text(length), new RandomSource(seed)), kept = [.. damaged.Where(id => id != Mask)];
            Assert.Equal(length - Math.Clamp((int)Math.Round(length * rate), 1, length), kept.Length);
            Assert.Equal(kept.Order(), kept);
            Assert.Contains(Mask, damaged);
        }, iter: 200);

    [Fact]
    public void SpansOfNoLengthAreInsertions()
    {
        TextNoise noise = new() { MaskToken = Mask, Rate = 0.3, SpanLength = 3 };
        int inserted = 0, masks = 0;
        for (ulong seed = 0; seed < 200; seed++)
        {
            int[] damaged = noise.Damage(Text(40), new RandomSource(seed));
            for (int i = 0; i < damaged.Length; i++)
            {
                if (damaged[i] != Mask) continue;
                masks++;
                if (i > 0 && i + 1 < damaged.Length && damaged[i + 1] == damaged[i - 1] + 1) inserted++;
            }
        }
        Assert.InRange((double)inserted / masks, 0.02, 0.09); // Poisson(3) is 0 one time in twenty
    }

    [Fact]
    public void TheOtherWaysDoWhatTheySay()
    {
        int[] masked = new TextNoise { MaskToken = Mask, Rate = 0.25, SpanLength = 0 }.Damage(Text(40), new RandomSource(1));
        Assert.Equal((40, 10), (masked.Length, masked.Count(id => id == Mask)));
        Assert.All(masked.Index(), p => Assert.True(p.Item == Mask || p.Item == p.Index));

        int[] deleted = new TextNoise { MaskToken = Mask, Rate = 0, Deletion = 0.25 }.Damage(Text(40), new RandomSource(1));
        Assert.Equal(30, deleted.Length);
        Assert.Equal(deleted.Order(), deleted);

        int[] rotated = new TextNoise { MaskToken = Mask, Rate = 0, Rotation = 1 }.Damage(Text(40), new RandomSource(1));
        Assert.All(rotated.Index(), p => Assert.Equal((rotated[0] + p.Index) % 40, p.Item));
        Assert.NotEqual(0, rotated[0]);

        // 7 and 8 end sentences, "7 8" one of them.
        int[] text = [1, 2, 7, 3, 8, 4, 7, 8, 5, 6];
        HashSet<string> orders = [];
        for (ulong seed = 0; seed < 200; seed++)
            orders.Add(string.Join(' ', new TextNoise { MaskToken = Mask, Rate = 0, Permutation = 1, EndsSentence = id => id is 7 or 8 }.Damage(text, new RandomSource(seed))));
        Assert.Equal(24, orders.Count);
        Assert.Contains("5 6 4 7 8 3 8 1 2 7", orders);
    }
}
