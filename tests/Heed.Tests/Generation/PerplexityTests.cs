using CsCheck;
using Heed.Generation;
using Heed.Models;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>Perplexity and divergence, beside their definitions.</summary>
public sealed class PerplexityTests
{
    private const int Vocabulary = 61;

    [Theory]
    [InlineData(null, null)]
    [InlineData(null, 7)]
    [InlineData(5, null)]
    [InlineData(11, 0)]
    public void ItIsTheExponentialOfTheMeanNegativeLogLikelihood(int? stride, int? begin)
    {
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        int[] ids = TinyModels.Tokens(53, Vocabulary, 4);
        PerplexityResult result = Perplexity.Measure(model, ids, new() { Context = 12, Stride = stride, BeginToken = begin });
        List<double> losses = [];
        HashSet<int> counted = [];
        for (int start = 0, end = 12, last = 0; ;)
        {
            int[] window = ids[start..end];
            if (begin is { } id) window[0] = id;
            float[] logits = TinyModels.Logits(model, window);
            for (int place = 0; place < window.Length - 1; place++)
            {
                if (stride is null ? place < 6 : start + place + 1 < last) continue;
                double[] row = [.. logits.AsSpan(place * Vocabulary, Vocabulary).ToArray().Select(x => (double)x)];
                losses.Add(Math.Log(row.Sum(Math.Exp)) - row[window[place + 1]]);
                Assert.True(counted.Add(start + place + 1));
            }
            last = end;
            if (stride is { } step && end < ids.Length) (start, end) = (Math.Min(end + step, ids.Length) - 12, Math.Min(end + step, ids.Length));
            else if (stride is null && end + 12 <= ids.Length) (start, end) = (end, end + 12);
            else break;
        }
        double mean = losses.Average(), deviation = Math.Sqrt(losses.Sum(l => (l - mean) * (l - mean)) / losses.Count);
        Assert.Equal(losses.Count, result.Tokens);
        Assert.Equal(mean, result.Loss, 1e-5);
        Assert.Equal(Math.Exp(mean), result.Perplexity, 1e-3);
        Assert.Equal(deviation / Math.Sqrt(losses.Count - 1), result.LossError, 1e-5);
        Assert.Equal(result.Perplexity * result.LossError, result.PerplexityError, 1e-9);
        if (stride is not null) Assert.Equal(52, counted.Count); // every token but the first
        else Assert.Equal((4, 20), (result.Windows, counted.Count)); // 12 tokens, 5 of which are predicted from 6 or more
    }

    [Fact]
    public void WindowsCoverATextOnce() => Gen.Select(Gen.Int[4, 40], Gen.Int[1, 39], Gen.Int[4, 200]).Where(t => t.Item2 < t.Item1 && t.Item3 >= t.Item1).Sample((context, stride, tokens) =>
    {
        bool[] counted = new bool[tokens];
        foreach (PredictionWindow window in PredictionWindows.Of(tokens, new() { Context = context, Stride = stride }))
        {
            Assert.True(window.Start >= 0 && window.Start + window.Length <= tokens && window.Count > 0);
            for (int place = window.First; place < window.Length - 1; place++)
            {
                Assert.False(counted[window.Start + place + 1]);
                counted[window.Start + place + 1] = true;
                Assert.True(window.Start == 0 || place >= context - 1 - stride);
            }
        }
        Assert.True(counted.AsSpan(1).IndexOf(false) < 0 && !counted[0]);
    });

    [Fact]
    public void AModelDoesNotDivergeFromItself()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        DivergenceResult result = Divergence.Measure(model, model, TinyModels.Tokens(40, Vocabulary, 4), new() { Context = 10 });
        Assert.Equal((0, 0, 0, 1), (result.Mean, result.Percentile99, result.Maximum, result.Agreement));
        Assert.Equal(result.Original, result.Changed);
        Assert.Equal(4 * 4, result.Original.Tokens);
    }

    [Fact]
    public void DivergenceIsThatOfKullbackAndLeibler()
    {
        Transformer original = TinyModels.Random(TinyModels.Config("gpt2")), changed = TinyModels.Random(TinyModels.Config("gpt2"), seed: 6);
        int[] ids = TinyModels.Tokens(30, Vocabulary, 4);
        DivergenceResult result = Divergence.Measure(original, changed, ids, new() { Context = 15 });
        List<double> all = [];
        int agreed = 0;
        for (int start = 0; start < 30; start += 15)
        {
            float[] a = TinyModels.Logits(original, ids[start..(start + 15)]), b = TinyModels.Logits(changed, ids[start..(start + 15)]);
            for (int place = 7; place < 14; place++)
            {
                double[] p = Softmax(a.AsSpan(place * Vocabulary, Vocabulary)), q = Softmax(b.AsSpan(place * Vocabulary, Vocabulary));
                all.Add(p.Zip(q).Sum(x => x.First * Math.Log(x.First / x.Second)));
                if (Array.IndexOf(p, p.Max()) == Array.IndexOf(q, q.Max())) agreed++;
            }
        }
        all.Sort();
        Assert.Equal(all.Average(), result.Mean, 1e-4);
        Assert.Equal(all[^1], result.Maximum, 1e-4);
        Assert.Equal(all[^2] + 0.87 * (all[^1] - all[^2]), result.Percentile99, 1e-4); // place 12.87 of 0 to 13
        Assert.Equal(agreed / 14.0, result.Agreement);
        Assert.Equal(Perplexity.Measure(original, ids, new() { Context = 15 }), result.Original);
        Assert.Equal(Perplexity.Measure(changed, ids, new() { Context = 15 }), result.Changed);

        static double[] Softmax(ReadOnlySpan<float> logits)
        {
            double[] e = [.. logits.ToArray().Select(x => Math.Exp(x))];
            return [.. e.Select(x => x / e.Sum())];
        }
    }

    [Fact]
    public void ImpossibleOptionsAreRefused()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        int[] ids = TinyModels.Tokens(50, Vocabulary, 4);
        foreach ((PredictionOptions options, string words) in ((PredictionOptions, string)[])
            [(new() { Context = 3 }, "4 tokens or more"), (new() { Context = 10, Stride = 10 }, "1 to 9"), (new() { Context = 41 }, "40 positions"), (new() { Context = 40, Stride = 0 }, "stride")])
            Assert.Contains(words, Assert.Throws<ArgumentException>(() => Perplexity.Measure(model, ids, options)).Message, StringComparison.Ordinal);
        Assert.Contains("30 tokens", Assert.Throws<ArgumentException>(() => Perplexity.Measure(model, ids.AsSpan(0, 30), new() { Context = 40 })).Message, StringComparison.Ordinal);
        Transformer other = TinyModels.Random(TinyModels.Config("gpt2", vocabulary: 60));
        Assert.Contains("61 and 60", Assert.Throws<ArgumentException>(() => Divergence.Measure(model, other, ids, new() { Context = 10 })).Message, StringComparison.Ordinal);
    }
}
