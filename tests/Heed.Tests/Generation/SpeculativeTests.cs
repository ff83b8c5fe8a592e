using CsCheck;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Generation.Constraints;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>Guesses change the number of passes, never the text.</summary>
public sealed class SpeculativeTests
{
    private static readonly string[] Sources = ["itself", "a random model", "lookup"];

    private static SpeculativeOptions Options(string source, Transformer model, int most = SpeculativeOptions.ExactGuesses) => source switch
    {
        "itself" => new() { Draft = model, MostGuesses = most },
        "lookup" => new() { Lookup = 3, MostGuesses = most },
        _ => new() { Draft = TinyModels.Random(TinyModels.Config("gpt2", vocabulary: model.Config.Vocabulary, width: 8, depth: 1), 99), MostGuesses = most },
    };

    private static void Equal(IReadOnlyList<GeneratedToken> expected, IReadOnlyList<GeneratedToken> given)
    {
        Assert.Equal(expected.Select(t => (t.Id, t.LogProb, t.Finish)), given.Select(t => (t.Id, t.LogProb, t.Finish)));
        Assert.Equal(expected.SelectMany(t => t.Top), given.SelectMany(t => t.Top));
    }

    public static TheoryData<string> Families => [.. TinyModels.Families];

    [Theory]
    [MemberData(nameof(Families))]
    public void GreedyTextIsThatOfPlainDecoding(string family)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        foreach (string source in Sources)
            foreach (int most in (int[])[1, 3, SpeculativeOptions.ExactGuesses])
            {
                int[] prompt = [.. TinyModels.Tokens(4, 61, (ulong)most), .. TinyModels.Tokens(4, 61, (ulong)most)];
                SpeculativeGenerator generator = new(model, Options(source, model, most));
                // To the end of the context, with penalties, up to the end token.
                foreach (SamplingOptions options in (SamplingOptions[])[
                    new() { Temperature = 0, StopAtEnd = false, MaxTokens = 100, LogProbs = 2 },
                    new() { Temperature = 0, StopAtEnd = false, MaxTokens = 13, RepetitionPenalty = 1.3f, Dry = new() { Multiplier = 1 } },
                    new() { Temperature = 0, MaxTokens = 100, Rules = new() { MinNewTokens = 5 } }])
                {
                    Equal([.. new Generator(model).Generate(prompt, options)], [.. generator.Generate(prompt, options)]);
                    SpeculativeStatistics s = generator.Statistics;
                    Assert.InRange(s.Accepted, 0, s.Guesses);
                    Assert.InRange(s.Tokens, s.Passes, s.Passes + s.Accepted);
                    if (source == "itself" && most > 1 && !options.StopAtEnd) Assert.True(s.AcceptanceRate == 1 && s.TokensPerPass > 2, $"{s}");
                }
            }
    }

    [Fact]
    public void WithLookupASeedDrawsTheSameTokens()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("qwen3"));
        foreach (SamplingOptions options in (SamplingOptions[])[new(), new() { Temperature = 0.5f, TopK = 5, PresencePenalty = 0.2f }, new() { Mirostat = new() { Target = 2 } }, new() { Xtc = new(0.5f), Cutoffs = new() { Typical = 0.9f } }])
            for (ulong seed = 0; seed < 4; seed++)
            {
                int[] prompt = [.. Enumerable.Repeat(TinyModels.Tokens(3, 61, seed), 3).SelectMany(p => p)];
                Equal([.. new Generator(model).Generate(prompt, options with { Seed = seed, MaxTokens = 25, StopAtEnd = false })],
                    [.. new SpeculativeGenerator(model, new() { Lookup = 3 }).Generate(prompt, options with { Seed = seed, MaxTokens = 25, StopAtEnd = false })]);
            }
    }

    [Fact]
    public void GuessesKeepToAConstraint()
    {
        TokenConstraint constraint = new(Grammar.Regex("(ab|ba|cd){6,9}(, [0-9]{2}){3}"), Vocabularies.Bytes);
        Transformer model = TinyModels.Random(TinyModels.Config("llama", vocabulary: constraint.Tokenizer.VocabularySize, context: 60));
        foreach (string source in Sources)
            foreach (float temperature in (float[])[0, 1])
                for (ulong seed = 0; seed < 3; seed++)
                {
                    SamplingOptions options = new() { Temperature = temperature, Seed = seed, MaxTokens = 60, StopAtEnd = false, Constraint = constraint };
                    GeneratedToken[] given = [.. new SpeculativeGenerator(model, Options(source, model)).Generate([5, 6, 5, 6], options)];
                    Assert.Equal(FinishReason.Complete, given[^1].Finish);
                    Assert.Matches("^(ab|ba|cd){6,9}(, [0-9]{2}){3}$", constraint.Tokenizer.Decode([.. given.Select(t => t.Id)]));
                    if (temperature == 0 || source == "lookup") Equal([.. new Generator(model).Generate([5, 6, 5, 6], options)], given);
                }
    }

    [Fact]
    public void AnEncoderDecoderGuessesToo()
    {
        foreach (string variant in (string[])["t5", "bart"])
        {
            Transformer model = TinyRewriters.Random(TinyRewriters.Config(variant));
            SamplingOptions options = new() { Temperature = 0, MaxTokens = 30, StopAtEnd = false };
            Equal([.. new Generator(model).Generate([5, 6, 7], options)], [.. new SpeculativeGenerator(model, new() { Lookup = 2 }).Generate([5, 6, 7], options)]);
        }
    }

    /// <summary>What "the same text" rests on: kernels for few rows compute each row as alone.</summary>
    [Theory]
    [InlineData("gpt2")]
    [InlineData("gemma2")]
    [InlineData("mixtral")]
    public void RowsReadTogetherHaveTheBitsOfRowsReadAlone(string family)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family, vocabulary: 301, width: 64, context: 300));
        int[] ids = TinyModels.Tokens(280, 301, 3);
        float[] alone = Logits(1);
        for (int rows = 2; rows <= SpeculativeOptions.ExactGuesses + 1; rows++) Assert.Equal(alone, Logits(rows));

        float[] Logits(int rows)
        {
            using MemoryScope scope = new();
            KeyValueCache cache = model.NewCache();
            model.Hidden(Tensor.From(new Shape(1, 250), ids.AsSpan(0, 250)), new ForwardOptions { Cache = cache });
            List<float> all = [];
            for (int at = 250; at < ids.Length; at += rows)
            {
                int count = Math.Min(rows, ids.Length - at);
                all.AddRange(model.Forward(Tensor.From(new Shape(1, count), ids.AsSpan(at, count)), new ForwardOptions { Cache = cache }).ToArray());
            }
            return [.. all];
        }
    }

    public static TheoryData<string, string> Distributions => new(from source in Sources from options in Drawn.Keys select (source, options));

    private static readonly Dictionary<string, SamplingOptions> Drawn = new()
    {
        ["plain"] = new(),
        ["cuts and penalties"] = new() { Temperature = 1.2f, TopK = 5, TopP = 0.9f, RepetitionPenalty = 1.5f, PresencePenalty = 0.5f },
        ["typical, xtc"] = new() { Cutoffs = new() { Typical = 0.9f }, Xtc = new(0.5f, 0.15f) },
    };

    [Theory]
    [MemberData(nameof(Distributions))]
    public void DrawnTextsHaveTheModelsDistribution(string source, string options)
    {
        const int vocabulary = 6;
        Transformer model = TinyModels.Random(TinyModels.Config("llama", vocabulary: vocabulary, width: 8, depth: 1));
        SamplingOptions sampling = Drawn[options] with { MaxTokens = 4, StopAtEnd = false };
        int[] prompt = [3, 1, 4, 3, 1];
        // Second and third token, over all first ones.
        double[] expected = new double[vocabulary * vocabulary];
        foreach ((int first, double p) in Next([]))
            foreach ((int second, double q) in Next([first]))
                foreach ((int third, double r) in Next([first, second])) expected[second * vocabulary + third] += p * q * r;
        SpeculativeGenerator generator = new(model, Options(source, model, most: 3));
        int[] counts = new int[expected.Length];
        int accepted = 0, refused = 0;
        for (ulong seed = 0; seed < 700; seed++)
        {
            GeneratedToken[] text = [.. generator.Generate(prompt, sampling with { Seed = seed })];
            counts[text[1].Id * vocabulary + text[2].Id]++;
            accepted += generator.Statistics.Accepted;
            refused += generator.Statistics.Guesses - generator.Statistics.Accepted;
        }
        ChiSquare.Require(counts, expected);
        Assert.True(accepted > 20, $"{accepted} accepted");
        if (source != "itself") Assert.True(refused > 100, $"{refused} refused");

        // Probabilities of the next token: those that the sampler leaves, over both faces of the coin of xtc.
        List<(int Id, double P)> Next(int[] written)
        {
            float[] logits = TinyModels.Logits(model, [.. prompt, .. written])[^vocabulary..];
            double[] p = new double[vocabulary];
            foreach ((float chance, double weight) in (ReadOnlySpan<(float, double)>)[(1, sampling.Xtc.Probability), (0, 1 - sampling.Xtc.Probability)])
            {
                Sampler sampler = new(sampling with { Xtc = sampling.Xtc with { Probability = chance } }, vocabulary, new LogitsRules(sampling, vocabulary, prompt.Length), [.. prompt, .. written]);
                Candidates left = sampler.Weigh(logits);
                for (int id = 0; id < vocabulary; id++) p[id] += weight * left.Share(id);
            }
            return [.. p.Select((x, id) => (id, x)).Where(x => x.x > 0)];
        }
    }

    [Fact]
    public void ARepetitiveTextTakesFewPasses()
    {
        int[] text = [.. Enumerable.Range(0, 120).Select(i => 3 + i % 5)];
        Transformer model = Parrot.Of(text, context: 120, vocabulary: 10);
        SpeculativeGenerator generator = new(model, new() { Lookup = 3 });
        SamplingOptions options = new() { Temperature = 0, MaxTokens = 100 };
        Assert.Equal(text[12..112], generator.Generate(text[..12], options).Select(t => t.Id));
        SpeculativeStatistics s = generator.Statistics;
        Assert.Equal((100, s.Guesses), (s.Tokens, s.Accepted));
        Assert.InRange(s.TokensPerPass, 6, 8);
    }

    [Fact]
    public void LookupTakesTheLongestEqualEndAndOfTheseTheLast() =>
        Gen.Select(Gen.Int[0, 2].Array[1, 20], Gen.Int[1, 5], Gen.Int[0, 6]).Sample((text, longest, count) =>
        {
            int[] guesses = new int[count];
            int given = new LookupDraft(longest).Guess(new Sampler(new(), 3, text), guesses);
            int best = 0, end = 0;
            for (int at = 1; at < text.Length; at++) // the end of an earlier stretch
            {
                int same = 0;
                while (same < longest && same < at && text[at - 1 - same] == text[^(same + 1)]) same++;
                if (same >= Math.Min(2, longest) && same >= best) (best, end) = (same, at);
            }
            Assert.Equal(best == 0 ? 0 : count, given);
            List<int> whole = [.. text];
            for (int i = 0; i < given; i++) whole.Add(whole[end + i]);
            Assert.Equal(whole[text.Length..], guesses[..given]);
        });

    [Fact]
    public void TheNumberOfGuessesFollowsTheirSuccess()
    {
        SpeculativeLength length = new(7);
        Assert.Equal(4, length.Next());
        length.Learn(4, 4);
        length.Learn(6, 6);
        Assert.Equal(7, length.Next());
        for (int i = 0; i < 6; i++) length.Learn(length.Next(), 0);
        Assert.Equal(1, length.Next());
        int passes = 0, guesses = 0;
        for (; passes < 200; passes++)
        {
            int now = length.Next();
            guesses += now;
            length.Learn(now, 0);
        }
        Assert.InRange(guesses, 8, 25); // in vain: a guess every seventeenth pass in the end
        while (length.Next() == 0)
        {
        }
        length.Learn(1, 1);
        Assert.Equal(3, length.Next());
    }

    [Fact]
    public void WrongOptionsAreRefused()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("gpt2"));
        Refused(new(), "one of the two");
        Refused(new() { Draft = model, Lookup = 2 }, "one of the two");
        Refused(new() { Lookup = -1 }, "lookup must be 0 (off) or more, given -1");
        Refused(new() { Lookup = 2, MostGuesses = 0 }, "most guesses");
        Refused(new() { Draft = TinyModels.Random(TinyModels.Config("gpt2", vocabulary: 60)) }, "the draft model has 60 tokens, the model 61");
        Refused(new() { Draft = TinyRewriters.Random(TinyRewriters.Config("t5")) }, "must continue texts");
        SpeculativeGenerator generator = new(model, new() { Lookup = 2 });
        Assert.Contains("at least one token", Assert.Throws<ArgumentException>(() => generator.Generate([], new())).Message);
        Assert.Contains("token id 61", Assert.Throws<ArgumentException>(() => generator.Generate([61], new())).Message);
        Assert.Empty(generator.Generate([1], new() { MaxTokens = 0 }));
        using CancellationTokenSource stop = new();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedToken token in generator.Generate([1], new() { StopAtEnd = false }, stop.Token)) stop.Cancel();
        });

        void Refused(SpeculativeOptions options, string what) => Assert.Contains(what, Assert.Throws<ArgumentException>(() => new SpeculativeGenerator(model, options)).Message);
    }

    [Fact]
    public void SeveralTextsOfOnePromptAreThoseOfTheirSeeds()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        SamplingOptions options = new() { MaxTokens = 12, Seed = 30, TopK = 30 };
        List<int>[] together = [[], [], [], []];
        foreach (GeneratedToken[] step in new Generator(model).GenerateMany([3, 1, 4, 1, 5], 4, options))
            for (int i = 0; i < 4; i++)
                if (step[i].Id >= 0) together[i].Add(step[i].Id);
        for (int i = 0; i < 4; i++) Assert.Equal(new Generator(model).Generate([3, 1, 4, 1, 5], options with { Seed = 30 + (ulong)i }).Select(t => t.Id), together[i]);
        Assert.Equal(4, together.DistinctBy(t => string.Join(' ', t)).Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Generator(model).GenerateMany([1], 0, options));
    }
}
