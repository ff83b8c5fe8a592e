using Heed.Autograd;
using Heed.Data;

namespace Heed.Tests.Data;

/// <summary>Phrases are found in texts, and spans and phrases are hidden as SpanBERT and ERNIE hide them.</summary>
public sealed class PhraseTests
{
    private const int MaskId = 1, Pad = 0;

    [Fact]
    public void TheLongestPhraseIsTakenAndNeverEndsWithinAWord()
    {
        PhraseSet set = new([[5, 6], [5, 6, 7, 8], [9], [6, 7]]);
        Assert.Equal(3, set.Count); // of one token is none
        int[] text = [4, 5, 6, 7, 8, 9];
        Assert.Equal(5, set.End(text, 1, _ => true));
        Assert.Equal(3, set.End(text, 1, end => end != 5));
        Assert.Equal(0, set.End(text, 0, _ => true));
        Assert.Equal(2, set.End([5, 6, 7], 0, _ => true));
    }

    [Fact]
    public void WordGroupsThatStandTogetherAreFound()
    {
        // Characters: 北京 and 大学 often apart from each other, 北京大学 often as one, the rest at random.
        Random random = new(2);
        string[] parts = ["北京", "大学", "北京大学", "人", "我", "在", "看", "说", "天", "山", "水", "好"];
        string[] texts = [.. Enumerable.Range(0, 300).Select(_ => string.Concat(Enumerable.Range(0, 8).Select(_ => parts[random.Next(parts.Length)])))];
        PhraseSet found = PhraseSet.Find(texts.Select(t => t.Select(c => (int[])[c])));
        int End(string text) => found.End([.. text.Select(c => (int)c)], 0, _ => true);
        Assert.Equal(2, End("北京人"));
        Assert.Equal(2, End("大学在"));
        Assert.Equal(4, End("北京大学在"));
        Assert.Equal(0, End("我在看"));
        Assert.Equal(0, End("京大"));
    }

    [Fact]
    public void SpansAreOfWholeWordsAndReachTheRate()
    {
        // Words of one or two tokens: an id from 60 on continues the word before it.
        int[] sequence = [2, .. Enumerable.Range(0, 100).SelectMany(i => i % 3 == 0 ? (int[])[10 + i % 40, 60 + i % 7] : [10 + i % 40]), 3];
        MaskedVocabulary vocabulary = new(70, MaskId, Pad, [0, 1, 2, 3]) { SpanLength = 5, Continues = id => id >= 60 };
        MaskedBatches batches = new([sequence], 1, vocabulary, 7, "texts");
        List<int> lengths = [];
        for (int b = 0; b < 60; b++)
        {
            MaskedBatch batch = batches[b];
            ReadOnlySpan<int> labels = batch.Labels.Ints, inputs = batch.Inputs.Ints;
            int hidden = labels.Length - labels.Count(LossOps.IgnoreIndex);
            Assert.InRange(hidden, 18, 21); // 0.15 of 134 tokens; a last word may be one too long
            for (int i = 0, next; i < labels.Length; i = next)
            {
                next = i + 1;
                if (labels[i] == LossOps.IgnoreIndex) continue;
                while (labels[next] != LossOps.IgnoreIndex) next++;
                Assert.True(sequence[i] < 60 && sequence[next] < 60, "a span begins and ends with a word");
                lengths.Add(Enumerable.Range(i, next - i).Count(at => sequence[at] < 60));
            }
        }
        Assert.InRange(lengths.Average(), 3, 5.5); // 3.8 in SpanBERT; neighbours count as one here
    }

    [Fact]
    public void APhraseIsHiddenAsOneAndTreatedAlike()
    {
        int[] sequence = [2, 10, 11, 12, 20, 21, 10, 11, 3];
        MaskedVocabulary vocabulary = new(30, MaskId, Pad, [0, 1, 2, 3]) { Rate = 0.4, Phrases = new PhraseSet([[10, 11, 12], [10, 11]]) };
        MaskedBatches batches = new([sequence], 1, vocabulary, 7, "texts");
        HashSet<string> seen = [];
        for (int b = 0; b < 400; b++)
        {
            int[] labels = batches[b].Labels.Ints.ToArray(), inputs = batches[b].Inputs.Ints.ToArray();
            foreach ((int first, int end) in ((int, int)[])[(1, 4), (6, 8)])
            {
                int hidden = labels[first..end].Count(l => l != LossOps.IgnoreIndex), masks = inputs[first..end].Count(i => i == MaskId);
                Assert.True(hidden == 0 || hidden == end - first);
                Assert.True(masks == 0 || masks == end - first);
            }
            seen.Add(string.Concat(((int[])[1, 4, 5, 6]).Select(i => labels[i] == LossOps.IgnoreIndex ? '.' : 'x')));
        }
        Assert.Equal(15, seen.Count); // every choice of the four units but none
    }

    [Fact]
    public void WhatContradictsItselfIsRefused()
    {
        MaskedVocabulary vocabulary = new(30, MaskId, Pad, [0, 1, 2, 3]);
        Assert.Throws<ArgumentException>(() => new MaskedBatches([[10, 11]], 1, vocabulary with { SpanLength = 0.5 }, 7, "texts"));
        Assert.Throws<ArgumentException>(() => new MaskedBatches([[10, 11]], 1, vocabulary with { SpanLength = 3, Phrases = new PhraseSet([]) }, 7, "texts"));
    }
}
