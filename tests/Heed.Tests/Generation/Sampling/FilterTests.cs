using CsCheck;
using Heed.Generation;
using Heed.Tensors;

namespace Heed.Tests.Generation;

/// <summary>What the filters leave, alone and one after the other in any order, beside <see cref="NaiveFilters"/>.</summary>
[Trait("isa", "all")]
public sealed class FilterTests
{
    private const int Vocabulary = 19;

    // Of a coarse grid, so that equal ones are exactly equal; some are forbidden.
    private static readonly Gen<float[]> Logits = Gen.Frequency((8, Gen.Int[-40, 24].Select(i => i / 8f)), (1, Gen.Const(float.NegativeInfinity))).Array[Vocabulary].Where(x => x.Any(float.IsFinite));

    private static readonly Gen<int[]> Text = Gen.Int[0, 4].Array[0, 24];

    private static readonly Gen<DryOptions> Dry =
        from multiplier in Gen.Float[0.1f, 2]
        from power in Gen.Float[1, 2]
        from allowed in Gen.Int[1, 3]
        from range in Gen.Int[1, 30]
        from breakers in Gen.Int[0, 6].Array[1, 3].Array[0, 3]
        select new DryOptions { Multiplier = multiplier, Base = power, AllowedLength = allowed, Range = range > 24 ? null : range, Breakers = breakers };

    private static readonly Gen<DynamicTemperature> Dynamic = Gen.Select(Gen.Float[0.1f, 2], Gen.Float[0.3f, 3], (range, exponent) => new DynamicTemperature(range, exponent));

    /// <summary>Each filter with some of its settings.</summary>
    private static readonly Dictionary<string, Gen<SamplingOptions>> Each = new()
    {
        ["temperature"] = Gen.Float[0.2f, 2].Select(t => new SamplingOptions { Temperature = t }),
        ["dynamic temperature"] = Gen.Select(Gen.Float[0.2f, 2], Dynamic, (t, d) => new SamplingOptions { Temperature = t, DynamicTemperature = d }),
        ["top-k"] = Gen.Int[1, Vocabulary + 3].Select(k => new SamplingOptions { TopK = k }),
        ["top-p"] = Gen.Float[0.02f, 0.99f].Select(p => new SamplingOptions { TopP = p }),
        ["min-p"] = Gen.Float[0.01f, 1].Select(p => new SamplingOptions { MinP = p }),
        ["typical"] = Gen.Float[0.05f, 0.99f].Select(p => new SamplingOptions { Cutoffs = new() { Typical = p } }),
        ["top-n-sigma"] = Gen.Float[0.1f, 3].Select(n => new SamplingOptions { Cutoffs = new() { TopNSigma = n } }),
        ["epsilon"] = Gen.Float[0.001f, 0.5f].Select(e => new SamplingOptions { Cutoffs = new() { Epsilon = e } }),
        ["eta"] = Gen.Float[0.001f, 0.5f].Select(e => new SamplingOptions { Cutoffs = new() { Eta = e } }),
        ["xtc"] = Gen.Select(Gen.Float[0.1f, 1], Gen.Float[0.01f, 0.4f], (p, t) => new SamplingOptions { Xtc = new(p, t) }),
        ["dry"] = Dry.Select(d => new SamplingOptions { Dry = d }),
    };

    private static readonly Gen<SamplingOptions> All =
        from temperature in Each["temperature"]
        from dynamic in Gen.OneOf(Gen.Const(new DynamicTemperature()), Dynamic)
        from k in Gen.OneOf(Gen.Const(0), Gen.Int[1, Vocabulary])
        from p in Gen.OneOf(Gen.Const(1f), Gen.Float[0.3f, 0.99f])
        from minP in Gen.OneOf(Gen.Const(0f), Gen.Float[0.001f, 0.2f])
        from typical in Gen.OneOf(Gen.Const(1f), Gen.Float[0.3f, 0.99f])
        from sigma in Gen.OneOf(Gen.Const(0f), Gen.Float[1, 3])
        from least in Gen.OneOf(Gen.Const((0f, 0f)), Gen.Select(Gen.Float[0.0001f, 0.02f], Gen.Float[0.0001f, 0.02f]))
        from xtc in Each["xtc"]
        from dry in Dry
        from order in Gen.Shuffle((TokenFilter[])[.. TokenFilters.Default])
        from named in Gen.Int[4, 10]
        select temperature with
        {
            DynamicTemperature = dynamic,
            TopK = k,
            TopP = p,
            MinP = minP,
            Cutoffs = new() { Typical = typical, TopNSigma = sigma, Epsilon = least.Item1, Eta = least.Item2 },
            Xtc = xtc.Xtc,
            Dry = dry,
            Filters = order[..named],
        };

    public static TheoryData<string> Names => [.. Each.Keys, "all, in any order"];

    [Theory]
    [MemberData(nameof(Names))]
    public void WhatIsLeftIsWhatTheDefinitionLeaves(string name)
    {
        int sure = 0, cut = 0;
        Gen.Select(Each.GetValueOrDefault(name, All), Logits, Text, Gen.ULong[0, 99]).Sample((options, logits, text, seed) =>
        {
            options = options with { Seed = seed };
            NaiveFilters naive = NaiveFilters.Of(logits, options, text);
            if (naive.Unsure) return;
            Interlocked.Increment(ref sure);
            Equal(naive.Left, new Sampler(options, logits.Length, text).Weigh(logits));
            if (naive.Left.Values.Count(p => p > 0) < logits.Count(float.IsFinite)) Interlocked.Increment(ref cut);
        }, iter: Brief.Or(600, 60));
        Assert.True(sure > Brief.Or(150, 12), $"only {sure} cases said anything");
        if (!name.Contains("temperature", StringComparison.Ordinal) && name != "dry") Assert.True(cut > sure / 10, $"only {cut} of {sure} cases removed a token");
    }

    private static void Equal(Dictionary<int, double> expected, Candidates given)
    {
        Dictionary<int, double> left = Distribution(given);
        foreach (int id in expected.Keys.Union(left.Keys))
        {
            double e = expected.GetValueOrDefault(id), g = left.GetValueOrDefault(id);
            Assert.True(Math.Abs(e - g) < 1e-5 * Math.Max(1e-2, e), $"token {id}: {g}, expected {e}");
        }
    }

    private static Dictionary<int, double> Distribution(Candidates c)
    {
        IEnumerable<int> ids = c.Whole ? Enumerable.Range(0, c.Logits.Length) : c.Listed.ToArray();
        float[] p = c.Probabilities.ToArray();
        return ids.ToDictionary(id => id, id => p[id] / c.Mass);
    }

    /// <summary>A vocabulary on which the lists are found by partial selection.</summary>
    [Fact]
    public void ALargeVocabularyIsCutAlike()
    {
        float[] logits = new float[3001];
        new RandomSource(8).FillNormal(logits, 2.5f);
        for (int i = 0; i < 3001; i += 7) logits[i] = float.NegativeInfinity;
        for (int i = 1; i < 3001; i += 5) logits[i] = logits[1];
        int sure = 0;
        foreach (SamplingOptions one in (SamplingOptions[])[new() { TopK = 40 }, new() { TopK = 1500 }, new() { TopP = 0.3f }, new() { TopP = 0.9f }, new() { TopP = 0.999f }, new() { MinP = 0.05f }, new() { TopK = 300, TopP = 0.8f }])
            foreach (SamplingOptions two in (SamplingOptions[])[one, one with { Cutoffs = new() { Typical = 0.2f } }, one with { Cutoffs = new() { Typical = 0.9f } }, one with { Cutoffs = new() { TopNSigma = 1.5f } }, one with { Xtc = new(1, 0.01f) }, one with { DynamicTemperature = new(0.4f, 0.7f) }])
                foreach (IReadOnlyList<TokenFilter> order in (IReadOnlyList<TokenFilter>[])[TokenFilters.Default, [.. TokenFilters.Default.Reverse()]])
                {
                    SamplingOptions options = two with { Seed = 1, Filters = order, Temperature = 0.9f };
                    NaiveFilters naive = NaiveFilters.Of(logits, options, []);
                    Candidates given = new Sampler(options, logits.Length).Weigh(logits);
                    double[] left = [.. naive.Left.Values.Where(p => p > 0)];
                    if (naive.Unsure) Assert.InRange(Distribution(given).Values.Count(p => p > 0), left.Length - 1, left.Length + 1);
                    else Equal(naive.Left, given);
                    if (!naive.Unsure) sure++;
                }
        Assert.True(sure > 8, $"{sure}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void MirostatHoldsTheSurpriseWithItsBound(int version)
    {
        // A law that the estimate of version 1 is made for, disturbed.
        RandomSource random = new(4);
        float[] logits = [.. Enumerable.Range(1, 400).Select(rank => (float)(-1.3 * Math.Log(rank) + 0.05 * random.NextNormal()))];
        Sampler sampler = new(new() { Temperature = 0.9f, Seed = 3, TopK = 1, Mirostat = new() { Version = version, Target = 3, Rate = 0.3f } }, 400);
        double bound = 6, surprise = 0;
        int steps = Brief.Or(200, 60);
        for (int step = 0; step < steps; step++)
        {
            Dictionary<int, double> left = Left().Left;
            double own = -Math.Log2(left[sampler.Next(logits).Id]);
            bound -= 0.3f * (own - 3);
            if (step >= 20) surprise += own;
        }
        Assert.InRange(surprise / (steps - 20), 2.6, 3.4);
        NaiveFilters naive = Left();
        Assert.False(naive.Unsure);
        Equal(naive.Left, sampler.Weigh(logits)); // so the bound is the same after all those steps

        NaiveFilters Left()
        {
            NaiveFilters naive = new(logits.Select(x => (double)x));
            naive.Temperature(0.9f, new());
            if (version == 1) naive.MirostatOne(bound, 400);
            else naive.MirostatTwo(bound);
            return naive;
        }
    }

    public static TheoryData<string> Drawn => ["typical", "top-n-sigma", "dynamic", "dry", "xtc", "mirostat 1", "mirostat 2"];

    [Theory]
    [MemberData(nameof(Drawn))]
    public void DrawsFollowTheProbabilities(string name)
    {
        SamplingOptions options = name switch
        {
            "typical" => new() { Cutoffs = new() { Typical = 0.7f } },
            "top-n-sigma" => new() { Cutoffs = new() { TopNSigma = 1.2f } },
            "dynamic" => new() { DynamicTemperature = new(0.8f) },
            "dry" => new() { Dry = new() { Multiplier = 1.5f, AllowedLength = 1 } },
            "xtc" => new() { Xtc = new(0.4f, 0.1f) },
            _ => new() { Mirostat = new() { Version = name[^1] - '0', Target = 1.2f } },
        };
        float[] logits = [1.3f, -0.4f, 0.2f, 2.1f, 0.9f, -2.2f, 1.1f, 0, -0.9f, 0.55f];
        int[] text = [3, 5, 0, 6, 6, 3];
        double[] expected = new double[logits.Length];
        if (options.Mirostat is null)
        {
            // With a chance of 1 and of 0: in between, the mixture of both.
            float chance = options.Xtc.Probability;
            if (chance > 0) Mix(NaiveFilters.Of(logits, options with { Seed = 1, Xtc = options.Xtc with { Probability = 1 } }, text), chance);
            Mix(NaiveFilters.Of(logits, options with { Seed = 1, Xtc = new() }, text), 1 - chance);
        }
        else
        {
            NaiveFilters naive = new(logits.Select(x => (double)x));
            if (options.Mirostat.Version == 1) naive.MirostatOne(2.4, logits.Length);
            else naive.MirostatTwo(2.4);
            Mix(naive, 1);
        }
        int draws = Brief.Or(10000, 1000);
        int[] counts = new int[logits.Length];
        for (int i = 0; i < draws; i++) counts[new Sampler(options with { Seed = (ulong)i }, logits.Length, text).Next(logits).Id]++;
        ChiSquare.Require(counts, expected);

        void Mix(NaiveFilters naive, double weight)
        {
            Assert.False(naive.Unsure);
            foreach ((int id, double p) in naive.Left) expected[id] += weight * p;
        }
    }

    [Fact]
    public void DryIsAsInItsFirstExample()
    {
        // a b c d a b -> c would go on with a copy of two.
        float[] scores = new Sampler(new() { Dry = new() { Multiplier = 0.5f, Base = 3, AllowedLength = 1 } }, 6, [1, 2, 3, 4, 1, 2]).Weigh(new float[6]).Logits.ToArray();
        Assert.Equal([0, 0, 0, -1.5f, 0, 0], scores);
        // Behind a breaker nothing was copied yet, and the breaker itself is free.
        Assert.Equal(new float[6], Weigh([[2]]));
        Assert.Equal(new float[6], Weigh([[3]]));
        Assert.Equal([0, 0, 0, -0.5f, 0, 0], Weigh([[4, 1]]));

        float[] Weigh(int[][] breakers) => new Sampler(new() { Dry = new() { Multiplier = 0.5f, Base = 3, AllowedLength = 1, Breakers = breakers } }, 6, [1, 2, 3, 4, 1, 2]).Weigh(new float[6]).Logits.ToArray();
    }

    [Fact]
    public void ALongCopyCostsAFiniteAmount()
    {
        int[] text = [.. Enumerable.Repeat(1, 5000)];
        Candidates left = new Sampler(new() { Dry = new() { Multiplier = 1, Base = 2 } }, 4, text).Weigh(new float[4]);
        Assert.True(float.IsFinite(left.Logits[1]) && left.Logits[1] < -1e30f);
        Assert.Equal(0, left.Logits[2]);
    }

    [Fact]
    public void GreedyChoiceKnowsPenaltiesAndCopiesButNoCuts()
    {
        SamplingOptions options = new() { Temperature = 0, Dry = new() { Multiplier = 3, AllowedLength = 1 }, Xtc = new(1, 0.01f), Mirostat = new() };
        Assert.Equal(2, new Sampler(options, 3, [0, 1, 0]).Next([0, 3, 2]).Id);
        Assert.Equal(1, new Sampler(options with { Dry = new() }, 3, [0, 1, 0]).Next([0, 3, 2]).Id);
    }

    [Fact]
    public void PenaltiesLookBackSoFar()
    {
        SamplingOptions options = new() { RepetitionPenalty = 2, PresencePenalty = 0.5f, FrequencyPenalty = 0.25f, PenaltyRange = 3 };
        LogitsRules rules = new(options, 5, prompt: 2);
        float[] scores = [4, 4, 4, 4, 4];
        rules.Apply([3, 1, 0, 2, 1, 2], scores);
        Assert.Equal([4, 2 - 0.75f, 2 - 1, 4, 4], scores);
    }

    [Fact]
    public void NamesOfFiltersAreReadAndWritten()
    {
        Assert.Equal([TokenFilter.TopK, TokenFilter.Temperature, TokenFilter.TopNSigma], TokenFilters.Parse("top_k; Temperature,top-n-sigma"));
        Assert.Equal(TokenFilters.Default, TokenFilters.Parse(TokenFilters.Names(TokenFilters.Default)));
        Assert.Contains("no filter is called 'best'", Assert.Throws<ArgumentException>(() => TokenFilters.Parse("top-k,best")).Message);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => TokenFilters.Parse("top-k,top_k")).Message);
    }

    [Fact]
    public void WrongOptionsAreRefused()
    {
        Refused(new() { PenaltyRange = 0 }, "penalty range must be 1 or more, given 0");
        Refused(new() { DynamicTemperature = new(-1) }, "dynamic temperature");
        Refused(new() { DynamicTemperature = new(1, 0) }, "exponent");
        Refused(new() { Cutoffs = new() { Typical = 0 } }, "typical");
        Refused(new() { Cutoffs = new() { TopNSigma = -1 } }, "top-n-sigma");
        Refused(new() { Cutoffs = new() { Epsilon = 1 } }, "epsilon");
        Refused(new() { Cutoffs = new() { Eta = -0.1f } }, "eta");
        Refused(new() { Xtc = new(1.1f) }, "xtc probability");
        Refused(new() { Xtc = new(1, -1) }, "xtc threshold");
        Refused(new() { Dry = new() { Multiplier = -1 } }, "dry multiplier");
        Refused(new() { Dry = new() { Base = 0.5f } }, "dry base");
        Refused(new() { Dry = new() { AllowedLength = 0 } }, "dry allowed length");
        Refused(new() { Dry = new() { Range = 0 } }, "dry range");
        Refused(new() { Dry = new() { Breakers = [[]] } }, "at least one token");
        Refused(new() { Dry = new() { Breakers = [[9]] } }, "token 9 is outside the vocabulary of 5");
        Refused(new() { Mirostat = new() { Version = 3 } }, "mirostat must be 1 or 2, given 3");
        Refused(new() { Mirostat = new() { Target = -1 } }, "tau");
        Refused(new() { Mirostat = new() { Rate = float.NaN } }, "eta");
        Refused(new() { Filters = [TokenFilter.TopK, TokenFilter.TopK] }, "one place");

        static void Refused(SamplingOptions options, string what) => Assert.Contains(what, Assert.Throws<ArgumentException>(() => new Sampler(options, 5)).Message);
    }
}
