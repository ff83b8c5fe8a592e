using System.Globalization;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>The decimal numbers between two bounds, digit by digit: a digit is free once the number is certain to lie between them.</summary>
internal sealed class NumberRange
{
    private const int MostDigits = 18, MostFraction = 16;

    private readonly string lowWhole, lowFraction, highWhole, highFraction;
    private readonly bool lowIncluded, highIncluded, fractions;
    private readonly Dictionary<(int, bool, bool), GrammarNode> known = [];

    private NumberRange(Bound low, Bound? high, bool fractions)
    {
        (lowWhole, lowFraction) = Digits(low.Value);
        // Without an upper bound: as many digits as numbers have, or as the lower one needs.
        Bound most = high ?? new Bound(decimal.Parse(new string('9', Math.Max(MostDigits, Math.Min(28, lowWhole.Length + 1))), CultureInfo.InvariantCulture), true);
        (highWhole, highFraction) = Digits(most.Value);
        (lowIncluded, highIncluded, this.fractions) = (low.Included, most.Included, fractions);
    }

    /// <summary>A bound, and whether it belongs to the range itself.</summary>
    public readonly record struct Bound(decimal Value, bool Included);

    /// <summary>Numbers of a range.</summary>
    /// <param name="low">Lower bound; null = none.</param>
    /// <param name="high">Upper bound; null = none.</param>
    /// <param name="integers">Whole numbers only.</param>
    public static GrammarNode Of(Bound? low, Bound? high, bool integers)
    {
        if (integers) (low, high) = (Up(low), Down(high));
        List<GrammarNode> ways = [];
        if (high is not { Value: < 0 } && !(high is { Value: 0, Included: false }))
        {
            Bound from = low is { Value: >= 0 } ? low.Value : new Bound(0, true);
            if (high is null || from.Value < high.Value.Value || (from.Value == high.Value.Value && from.Included && high.Value.Included)) ways.Add(new NumberRange(from, high, !integers).Whole());
        }
        if (low is null or { Value: < 0 })
        {
            // Below zero the bounds change places.
            Bound from = high is { Value: < 0 } h ? new Bound(-h.Value, h.Included) : integers ? new Bound(1, true) : new Bound(0, false);
            Bound? to = low is { } l ? new Bound(-l.Value, l.Included) : null;
            if (to is null || from.Value < to.Value.Value || (from.Value == to.Value.Value && from.Included && to.Value.Included))
                ways.Add(GrammarNode.Sequence(GrammarNode.Text("-"), new NumberRange(from, to, !integers).Whole()));
        }
        return GrammarNode.Choice([.. ways]);
    }

    private static Bound? Up(Bound? low) => low is not { } b ? null : new Bound(b.Included ? decimal.Ceiling(b.Value) : decimal.Floor(b.Value) + 1, true);

    private static Bound? Down(Bound? high) => high is not { } b ? null : new Bound(b.Included ? decimal.Floor(b.Value) : decimal.Ceiling(b.Value) - 1, true);

    private static (string Whole, string Fraction) Digits(decimal value)
    {
        string[] parts = value.ToString("0.############################", CultureInfo.InvariantCulture).Split('.');
        return (parts[0], parts.Length > 1 ? parts[1] : "");
    }

    private GrammarNode Whole()
    {
        List<GrammarNode> ways = [];
        for (int length = lowWhole.Length; length <= highWhole.Length; length++) ways.Add(Before(length, 0, length == lowWhole.Length, length == highWhole.Length));
        return GrammarNode.Choice([.. ways]);
    }

    // Digits before the point, from one place on; low and high: whether all before were those of the bound.
    private GrammarNode Before(int length, int at, bool low, bool high)
    {
        if (at == length) return fractions ? Behind(0, low, high) : Stops(0, low, high) ? GrammarNode.Empty : GrammarNode.Never;
        int first = low ? lowWhole[at] - '0' : at == 0 && length > 1 ? 1 : 0, last = high ? highWhole[at] - '0' : 9;
        return Ways(first, last, low, high, (l, h) => Before(length, at + 1, l, h));
    }

    // What follows so many digits behind the point.
    private GrammarNode Behind(int count, bool low, bool high)
    {
        if (known.TryGetValue((count, low, high), out GrammarNode? found)) return found;
        GrammarNode more = GrammarNode.Never;
        if (count < MostFraction)
        {
            int first = low ? DigitOf(lowFraction, count) : 0, last = high ? DigitOf(highFraction, count) : 9;
            more = Ways(first, last, low, high, (l, h) => Behind(count + 1, l, h));
            if (count == 0) more = GrammarNode.Sequence(GrammarNode.Text("."), more);
        }
        // The point needs a digit behind it, which the first round gives.
        return known[(count, low, high)] = Stops(count, low, high) ? GrammarNode.Choice(more, GrammarNode.Empty) : more;
    }

    private static GrammarNode Ways(int first, int last, bool low, bool high, Func<bool, bool, GrammarNode> next)
    {
        List<GrammarNode> ways = [];
        int from = first, to = last;
        if (low && first <= last) Add(from, from++, true, high && first == last);
        if (high && to >= from) Add(to, to--, false, true);
        if (from <= to) Add(from, to, false, false);
        return GrammarNode.Choice([.. ways]);

        void Add(int a, int b, bool l, bool h) => ways.Add(GrammarNode.Sequence(GrammarNode.Characters(CodePointSet.Range('0' + a, '0' + b)), next(l, h)));
    }

    // Whether the number may end behind so many digits of its fraction.
    private bool Stops(int count, bool low, bool high) =>
        (!low || (lowIncluded && IsZero(lowFraction, count))) && (!high || highIncluded || !IsZero(highFraction, count));

    private static int DigitOf(string fraction, int at) => at < fraction.Length ? fraction[at] - '0' : 0;

    private static bool IsZero(string fraction, int from) => from >= fraction.Length || fraction.AsSpan(from).IndexOfAnyExcept('0') < 0;
}
