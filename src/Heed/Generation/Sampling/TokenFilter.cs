using Heed.Tensors;

namespace Heed.Generation;

/// <summary>What changes or cuts the list of tokens that may come next, one after the other (<see cref="SamplingOptions.Filters"/>).</summary>
public enum TokenFilter : byte
{
    /// <summary><see cref="SamplingOptions.Dry"/>.</summary>
    Dry,

    /// <summary><see cref="SamplingOptions.Temperature"/> or <see cref="SamplingOptions.DynamicTemperature"/>.</summary>
    Temperature,

    /// <summary><see cref="CutoffOptions.TopNSigma"/>.</summary>
    TopNSigma,

    /// <summary><see cref="SamplingOptions.TopK"/>.</summary>
    TopK,

    /// <summary><see cref="SamplingOptions.TopP"/>.</summary>
    TopP,

    /// <summary><see cref="SamplingOptions.MinP"/>.</summary>
    MinP,

    /// <summary><see cref="CutoffOptions.Typical"/>.</summary>
    Typical,

    /// <summary><see cref="CutoffOptions.Epsilon"/>.</summary>
    Epsilon,

    /// <summary><see cref="CutoffOptions.Eta"/>.</summary>
    Eta,

    /// <summary><see cref="SamplingOptions.Xtc"/>.</summary>
    Xtc,
}

/// <summary>One filter at work on one sequence.</summary>
internal interface ITokenFilter
{
    /// <summary>Changes or cuts the list; at least one token stays.</summary>
    /// <param name="candidates">The tokens left by the filters before.</param>
    /// <param name="sequence">The sequence so far, the prompt included.</param>
    /// <param name="random">The randomness of the sequence.</param>
    void Apply(Candidates candidates, ReadOnlySpan<int> sequence, ref RandomSource random);
}

/// <summary>The filters by their names.</summary>
public static class TokenFilters
{
    private static readonly (TokenFilter Filter, string Name)[] names =
    [
        (TokenFilter.Dry, "dry"), (TokenFilter.Temperature, "temperature"), (TokenFilter.TopNSigma, "top-n-sigma"), (TokenFilter.TopK, "top-k"), (TokenFilter.TopP, "top-p"),
        (TokenFilter.MinP, "min-p"), (TokenFilter.Typical, "typical"), (TokenFilter.Epsilon, "epsilon"), (TokenFilter.Eta, "eta"), (TokenFilter.Xtc, "xtc"),
    ];

    /// <summary>The order where none is asked for: that of Hugging Face, with the temperature before the cuts, and what it does not know put in between.</summary>
    public static IReadOnlyList<TokenFilter> Default { get; } = [.. names.Select(n => n.Filter)];

    /// <summary>The filters as a list of names, as <see cref="Parse"/> reads it.</summary>
    public static string Names(IEnumerable<TokenFilter> filters) => string.Join(',', filters.Select(f => names.First(n => n.Filter == f).Name));

    /// <summary>Reads names with commas between them.</summary>
    /// <exception cref="ArgumentException">A name is not known, or stands there twice.</exception>
    public static IReadOnlyList<TokenFilter> Parse(string list)
    {
        List<TokenFilter> filters = [];
        foreach (string name in list.Split([',', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int known = Array.FindIndex(names, n => n.Name == name.ToLowerInvariant().Replace('_', '-'));
            if (known < 0) throw new ArgumentException($"no filter is called '{name}'; there are {Names(Default)}");
            if (filters.Contains(names[known].Filter)) throw new ArgumentException($"the filter {names[known].Name} is named twice");
            filters.Add(names[known].Filter);
        }
        return filters;
    }

    /// <summary>The filters that the options switch on, in their order, for a vocabulary.</summary>
    internal static ITokenFilter[] Of(SamplingOptions options)
    {
        IEnumerable<TokenFilter> order = options.Filters;
        // Mirostat finds its own cut, and takes the place of all others.
        if (options.Mirostat is not null) order = order.Where(f => f is TokenFilter.Dry or TokenFilter.Temperature);
        return [.. order.Select(f => Of(f, options)).OfType<ITokenFilter>()];
    }

    private static ITokenFilter? Of(TokenFilter filter, SamplingOptions o) => filter switch
    {
        TokenFilter.Dry => o.Dry.Multiplier > 0 ? new DryFilter(o.Dry) : null,
        TokenFilter.Temperature => new TemperatureFilter(o.Temperature, o.DynamicTemperature),
        TokenFilter.TopNSigma => o.Cutoffs.TopNSigma > 0 ? new TopNSigmaFilter(o.Cutoffs.TopNSigma) : null,
        TokenFilter.TopK => o.TopK > 0 ? new TopKFilter(o.TopK) : null,
        TokenFilter.TopP => o.TopP < 1 ? new TopPFilter(o.TopP) : null,
        TokenFilter.MinP => o.MinP > 0 ? new MinPFilter(o.MinP) : null,
        TokenFilter.Typical => o.Cutoffs.Typical < 1 ? new TypicalFilter(o.Cutoffs.Typical) : null,
        TokenFilter.Epsilon => o.Cutoffs.Epsilon > 0 ? new EpsilonFilter(o.Cutoffs.Epsilon) : null,
        TokenFilter.Eta => o.Cutoffs.Eta > 0 ? new EtaFilter(o.Cutoffs.Eta) : null,
        TokenFilter.Xtc => o.Xtc.Probability > 0 ? new XtcFilter(o.Xtc) : null,
        _ => throw new ArgumentException($"{filter} is no filter"),
    };
}
