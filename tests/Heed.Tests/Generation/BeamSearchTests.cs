using Heed.Generation;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>What a beam search finds, against exhaustive search, greedy choice and the scores of whole passes.</summary>
public sealed class BeamSearchTests
{
    private const int Vocabulary = 61;

    public static TheoryData<string> Models => ["gpt2", "llama", "mistral", "t5", "bart", "marian apart", "transformer"];

    private static Transformer Model(string variant, int vocabulary = Vocabulary, int? end = 2)
    {
        TransformerConfig config = TinyRewriters.Variants.Contains(variant) ? TinyRewriters.Config(variant, vocabulary: vocabulary) : TinyModels.Config(variant, vocabulary: vocabulary);
        return TinyRewriters.Random(config with { EndTokens = end is { } id ? [id] : [], DecoderStartToken = config.Encoder is null ? null : 0 }, 7);
    }

    private static int[][] Inputs(int vocabulary = Vocabulary) => [.. ((int[])[4, 9, 1, 6]).Select((length, i) => TinyModels.Tokens(length, vocabulary, (ulong)i + 1))];

    private static GenerationOptions Options(int beams, int tokens = 9, int returned = 1, double lengthPenalty = 1, EarlyStopping stopping = EarlyStopping.Heuristic) => new()
    {
        Sampling = new() { Temperature = 0, MaxTokens = tokens },
        Beams = new() { Count = beams, Returned = returned, LengthPenalty = lengthPenalty, EarlyStopping = stopping },
    };

    /// <summary>The log-probability of new tokens behind an input, by one pass without a cache.</summary>
    private static double LogProbability(Transformer model, int[] input, IReadOnlyList<int> tokens)
    {
        using MemoryScope scope = new();
        bool rewrites = model.Config.Encoder is not null;
        int[] prompt = rewrites ? [0] : input, all = [.. prompt, .. tokens];
        ForwardOptions options = rewrites ? new() { Memory = model.Encode(Tensor.From(new Shape(1, input.Length), input)) } : new();
        Tensor logits = model.Forward(Tensor.From(new Shape(1, all.Length), all), options);
        double sum = 0;
        for (int t = 0; t < tokens.Count; t++)
        {
            float[] row = logits.Row(prompt.Length - 1 + t).ToArray();
            double largest = row.Max();
            sum += row[tokens[t]] - largest - Math.Log(row.Sum(x => Math.Exp(x - largest)));
        }
        return sum;
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void OneBeamIsTheGreedyChoice(string name)
    {
        Transformer model = Model(name);
        int[][] inputs = Inputs();
        GenerationOptions options = Options(1, stopping: EarlyStopping.WhenFull);
        List<int>[] greedy = [.. inputs.Select(_ => new List<int>())];
        foreach (GeneratedToken[] step in new Generator(model).Write(inputs, options))
            for (int i = 0; i < step.Length; i++)
                if (step[i].Id >= 0) greedy[i].Add(step[i].Id);
        IReadOnlyList<IReadOnlyList<ScoredSequence>> found = new BeamSearch(model).Run(inputs, options);
        for (int i = 0; i < inputs.Length; i++) Assert.Equal(greedy[i], found[i].Single().Tokens);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ScoresAreThoseOfTheWholePassAndSequencesDiffer(string name)
    {
        Transformer model = Model(name);
        int[][] inputs = Inputs();
        foreach (GenerationOptions options in (GenerationOptions[])[Options(4, returned: 4, lengthPenalty: 0.6), Options(5, returned: 3, stopping: EarlyStopping.WhenFull), Groups(6, 3, 6)])
        {
            IReadOnlyList<IReadOnlyList<ScoredSequence>> found = new BeamSearch(model).Run(inputs, options);
            for (int i = 0; i < inputs.Length; i++)
            {
                Assert.Equal(options.Beams.Returned, found[i].Count);
                Assert.Equal([.. found[i].Select(f => f.Score).OrderDescending()], found[i].Select(f => f.Score));
                if (options.Beams.Groups == 1) Assert.Equal(found[i].Count, found[i].Select(f => string.Join(' ', f.Tokens)).Distinct().Count());
                foreach (ScoredSequence f in found[i])
                {
                    if (options.Beams.Groups == 1) Assert.Equal(LogProbability(model, inputs[i], f.Tokens) / Math.Pow(f.Tokens.Count, options.Beams.LengthPenalty), f.Score, 1e-4);
                    Assert.Equal(f.Tokens[^1] == 2 ? FinishReason.Stop : FinishReason.Length, f.Finish);
                    Assert.DoesNotContain(2, f.Tokens.SkipLast(1));
                    Assert.True(f.Tokens.Count == 9 || f.Finish == FinishReason.Stop);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void ABatchEqualsItsInputsAlone(string name)
    {
        Transformer model = Model(name);
        int[][] inputs = Inputs();
        TokenRules rules = new() { NoRepeatNgram = 2, MinNewTokens = 3, Suppressed = [5] };
        foreach (GenerationOptions plain in (GenerationOptions[])[Options(3, returned: 3), Options(4, stopping: EarlyStopping.Never, lengthPenalty: 2), Groups(4, 2, 4)])
        {
            GenerationOptions options = plain with { Sampling = plain.Sampling with { RepetitionPenalty = 1.2f, Rules = rules } };
            IReadOnlyList<IReadOnlyList<ScoredSequence>> together = new BeamSearch(model).Run(inputs, options);
            for (int i = 0; i < inputs.Length; i++)
            {
                IReadOnlyList<ScoredSequence> alone = new BeamSearch(model).Run(inputs[i], options);
                Assert.Equal(alone.Select(a => string.Join(' ', a.Tokens)), together[i].Select(t => string.Join(' ', t.Tokens)));
                Assert.Equal(alone.Select(a => a.Score), together[i].Select(t => t.Score), (x, y) => Math.Abs(x - y) < 1e-4);
            }
        }
    }

    private static GenerationOptions Groups(int beams, int groups, int returned)
    {
        GenerationOptions options = Options(beams, returned: returned);
        return options with { Beams = options.Beams with { Groups = groups, DiversityPenalty = 0.8f } };
    }

    [Theory]
    [InlineData("gpt2", 1.0)]
    [InlineData("gpt2", 0.0)]
    [InlineData("bart", 2.0)]
    [InlineData("t5", -1.0)]
    public void WithEnoughBeamsTheBestOfAllSequencesIsFound(string name, double lengthPenalty)
    {
        const int vocabulary = 5, tokens = 3;
        Transformer model = Model(name, vocabulary);
        foreach (int[] input in Inputs(vocabulary))
        {
            ScoredSequence[] all = [.. All([]).Select(s => new ScoredSequence(s, (float)(LogProbability(model, input, s) / Math.Pow(s.Length, lengthPenalty)), FinishReason.None)).OrderByDescending(s => s.Score)];
            int beams = (int)Math.Pow(vocabulary, tokens - 1);
            IReadOnlyList<ScoredSequence> found = new BeamSearch(model).Run(input, Options(beams, tokens, returned: 5, lengthPenalty, EarlyStopping.Never));
            Assert.Equal(all.Take(5).Select(s => s.Score), found.Select(f => f.Score), (x, y) => Math.Abs(x - y) < 1e-4);
            Assert.Equal(all[0].Tokens, found[0].Tokens);
        }

        // Every sequence that ends with the end token, or has all tokens.
        static IEnumerable<int[]> All(int[] begin)
        {
            for (int id = 0; id < vocabulary; id++)
            {
                int[] longer = [.. begin, id];
                if (id == 2 || longer.Length == tokens) yield return longer;
                else foreach (int[] sequence in All(longer)) yield return sequence;
            }
        }
    }

    [Fact]
    public void MoreBeamsNeverFindLessAlongThisRoad()
    {
        Transformer model = Model("bart");
        foreach (int[] input in Inputs())
        {
            float greedy = new BeamSearch(model).Run(input, Options(1, lengthPenalty: 0, stopping: EarlyStopping.Never))[0].Score;
            Assert.True(new BeamSearch(model).Run(input, Options(60, lengthPenalty: 0, stopping: EarlyStopping.Never))[0].Score >= greedy);
        }
    }

    [Fact]
    public void TheCacheCopiesOnlyWhatParted()
    {
        Transformer model = Model("bart", end: null);
        int[][] inputs = Inputs();
        GenerationOptions options = Options(4, tokens: 30);
        new BeamSearch(model).Run(inputs, options, out long copied);
        long whole = Enumerable.Range(1, 29).Sum(length => 4L * inputs.Length * length);
        Assert.InRange(copied, 1, whole / 5);
    }

    [Fact]
    public void DrawnBeamsFollowTheProbabilities()
    {
        const int vocabulary = 5, runs = 6000;
        Transformer model = Model("gpt2", vocabulary, end: null);
        int[] input = [1, 4];
        double[] p = [.. Enumerable.Range(0, vocabulary).Select(id => Math.Exp(LogProbability(model, input, [id]) / 2))];
        double total = p.Sum();
        p = [.. p.Select(x => x / total)];
        Dictionary<(int, int), int> counts = [];
        for (int run = 0; run < runs; run++)
        {
            GenerationOptions options = Options(2, tokens: 1, returned: 2);
            IReadOnlyList<ScoredSequence> found = new BeamSearch(model).Run(input, options with { Sampling = options.Sampling with { Temperature = 2, Seed = (ulong)run } });
            int[] ids = [.. found.Select(f => f.Tokens.Single()).Order()];
            Assert.NotEqual(ids[0], ids[1]);
            counts[(ids[0], ids[1])] = counts.GetValueOrDefault((ids[0], ids[1])) + 1;
        }
        for (int i = 0; i < vocabulary; i++)
            for (int j = i + 1; j < vocabulary; j++)
            {
                double expected = p[i] * p[j] / (1 - p[i]) + p[j] * p[i] / (1 - p[j]), given = counts.GetValueOrDefault((i, j)) / (double)runs;
                Assert.Equal(expected, given, 5 * Math.Sqrt(expected * (1 - expected) / runs) + 1e-3);
            }
    }

    [Fact]
    public void DrawsAreFilteredAndRepeatable()
    {
        Transformer model = Model("t5");
        int[] input = TinyModels.Tokens(6, Vocabulary, 1);
        GenerationOptions cold = Options(3, returned: 3), drawn = cold with { Sampling = cold.Sampling with { Temperature = 1, Seed = 3, TopK = 6, TopP = 0.9f } };
        IReadOnlyList<ScoredSequence> once = new BeamSearch(model).Run(input, drawn), again = new BeamSearch(model).Run(input, drawn);
        Assert.Equal(once.SelectMany(s => s.Tokens), again.SelectMany(s => s.Tokens));
        Assert.NotEqual(once.SelectMany(s => s.Tokens), new BeamSearch(model).Run(input, drawn with { Sampling = drawn.Sampling with { Seed = 4 } }).SelectMany(s => s.Tokens));
        float[] first = [.. Enumerable.Range(0, Vocabulary).Select(id => (float)LogProbability(model, input, [id]))];
        int[] best = [.. Enumerable.Range(0, Vocabulary).OrderByDescending(id => first[id]).Take(6)];
        Assert.All(once, s => Assert.Contains(s.Tokens[0], best));
        GenerationOptions narrow = cold with { Sampling = cold.Sampling with { Temperature = 1, Seed = 3, Rules = new() { ForcedBegin = 1 } } };
        Assert.All(new BeamSearch(model).Run(input, narrow), s => Assert.Equal(1, s.Tokens[0]));
        narrow = cold with { Sampling = narrow.Sampling with { Rules = new() { Suppressed = [.. Enumerable.Range(0, Vocabulary)] } } };
        Assert.Contains("drawn beams know", Assert.Throws<ArgumentException>(() => new BeamSearch(model).Run(input, cold with { Sampling = cold.Sampling with { Temperature = 1, Cutoffs = new() { Typical = 0.5f } } })).Message);
        Assert.Contains("too narrow", Assert.Throws<ArgumentException>(() => new BeamSearch(model).Run(input, narrow)).Message);
    }

    [Fact]
    public void WrongOptionsAreRefused()
    {
        BeamSearch search = new(Model("bart"));
        Refused(Options(0), "beams must be 1 or more, given 0");
        Refused(Options(2, returned: 3), "asked for 3");
        Refused(Groups(4, 3, 1), "groups of beams must divide the 4 beams, given 3");
        Refused(Options(2) with { Beams = new() { Count = 2, LengthPenalty = double.NaN } }, "length penalty");
        Refused(Options(2) with { Beams = new() { Count = 2, DiversityPenalty = -1 } }, "diversity");
        Refused(Options(2) with { MaxLength = 0 }, "maximum length");
        Refused(Options(2) with { Sampling = new() { Rules = new() { Suppressed = [61] } } }, "suppressed token 61");
        Assert.Contains("token id 61", Assert.Throws<ArgumentException>(() => search.Run([61], Options(2))).Message);
        Assert.Contains("41 tokens", Assert.Throws<ArgumentException>(() => search.Run(new int[41], Options(2))).Message);
        Assert.Contains("beam search", Assert.Throws<ArgumentException>(() => new Generator(Model("bart")).Write([[1]], Options(2))).Message);
        Assert.Equal([], search.Run([1], Options(2, tokens: 0))[0].Tokens);
        Transformer none = TinyRewriters.Random(TinyRewriters.Config("bart") with { DecoderStartToken = null, BeginToken = null });
        Assert.Contains("starts with", Assert.Throws<ArgumentException>(() => new BeamSearch(none).Run([1], Options(2))).Message);
        Assert.Contains("no decoder", Assert.Throws<ArgumentException>(() => new BeamSearch(TinyModels.Random(TinyEncoders.Config("bert"))).Run([1], Options(2))).Message);
        using CancellationTokenSource stopped = new();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => search.Run([1], Options(2), stopped.Token));

        void Refused(GenerationOptions options, string what) => Assert.Contains(what, Assert.Throws<ArgumentException>(() => search.Run([1], options)).Message);
    }
}
