using Heed.Generation;
using Heed.Tensors;

namespace Heed.Tests.Generation;

/// <summary>
/// Every filter as its paper or its first implementation defines it, over a list that is sorted whole, in double precision. A case in which a token
/// stands so near to a border that rounding may decide is <see cref="Unsure"/>.
/// </summary>
internal sealed class NaiveFilters
{
    private const double Border = 1e-5;

    private List<(int Id, double Logit)> list;

    public NaiveFilters(IEnumerable<double> logits) => list = [.. logits.Select((logit, id) => (id, logit))];

    public bool Unsure { get; private set; }

    /// <summary>The probability of every token that is left.</summary>
    public Dictionary<int, double> Left => list.Zip(Probabilities()).ToDictionary(x => x.First.Id, x => x.Second);

    public static NaiveFilters Of(float[] logits, SamplingOptions o, int[] sequence)
    {
        NaiveFilters naive = new(logits.Select(x => (double)x));
        RandomSource random = new(o.Seed!.Value);
        foreach (TokenFilter filter in o.Filters.Where(f => o.Mirostat is null || f is TokenFilter.Dry or TokenFilter.Temperature))
        {
            if (filter == TokenFilter.Dry && o.Dry.Multiplier > 0) naive.Dry(o.Dry, sequence);
            if (filter == TokenFilter.Temperature) naive.Temperature(o.Temperature, o.DynamicTemperature);
            if (filter == TokenFilter.TopNSigma && o.Cutoffs.TopNSigma > 0) naive.TopNSigma(o.Cutoffs.TopNSigma);
            if (filter == TokenFilter.TopK && o.TopK > 0) naive.TopK(o.TopK);
            if (filter == TokenFilter.TopP && o.TopP < 1) naive.TopP(o.TopP);
            if (filter == TokenFilter.MinP && o.MinP > 0) naive.AtLeast(o.MinP * naive.Probabilities().Max());
            if (filter == TokenFilter.Typical && o.Cutoffs.Typical < 1) naive.Typical(o.Cutoffs.Typical);
            if (filter == TokenFilter.Epsilon && o.Cutoffs.Epsilon > 0) naive.AtLeast(o.Cutoffs.Epsilon);
            if (filter == TokenFilter.Eta && o.Cutoffs.Eta > 0) naive.AtLeast(Math.Min(o.Cutoffs.Eta, Math.Sqrt(o.Cutoffs.Eta) * Math.Exp(-naive.Entropy())));
            if (filter == TokenFilter.Xtc && o.Xtc.Probability > 0 && random.NextDouble() < o.Xtc.Probability) naive.Xtc(o.Xtc.Threshold);
        }
        return naive;
    }

    public void Temperature(double temperature, DynamicTemperature dynamic)
    {
        if (dynamic.Range > 0 && list.Count > 1)
        {
            double least = Math.Max(0, temperature - dynamic.Range), most = temperature + dynamic.Range;
            temperature = least + (most - least) * Math.Pow(Entropy() / Math.Log(list.Count), dynamic.Exponent);
            if (temperature < 1e-6)
            {
                TopK(1);
                return;
            }
        }
        list = [.. list.Select(x => (x.Id, x.Logit / temperature))];
    }

    public void TopK(int k)
    {
        double[] sorted = [.. list.Select(x => x.Logit).OrderDescending()];
        for (int i = 0; i + 1 < sorted.Length; i++) Doubt(sorted[i] - sorted[i + 1], sorted[i] != sorted[i + 1]);
        list = [.. Ranked().Take(k)];
    }

    public void TopP(double share) => Reach(share, [.. Ranked()], Ranked().Select(x => x.Logit).ToArray());

    public void Typical(double share)
    {
        double entropy = Entropy();
        Dictionary<int, double> p = Left;
        var byDistance = list.Where(x => p[x.Id] > 0).OrderBy(x => Math.Round(Math.Abs(-Math.Log(p[x.Id]) - entropy), 9)).ThenBy(x => x.Id).ToArray();
        Reach(share, byDistance, [.. byDistance.Select(x => -Math.Round(Math.Abs(-Math.Log(p[x.Id]) - entropy), 9))]);
    }

    public void AtLeast(double least)
    {
        double[] p = Probabilities();
        foreach (double x in p) Doubt(x - least, true, least);
        list = p.Max() < least ? [Ranked().First()] : [.. list.Where((_, i) => p[i] >= least)];
    }

    public void TopNSigma(double n)
    {
        double[] finite = [.. list.Select(x => x.Logit).Where(double.IsFinite)];
        double mean = finite.Average(), deviation = Math.Sqrt(finite.Average(x => (x - mean) * (x - mean))), least = finite.Max() - n * deviation;
        foreach (double x in finite) Doubt(x - least, deviation > 0);
        list = [.. list.Where(x => x.Logit >= least - (deviation > 0 ? 0 : Border))];
    }

    public void Xtc(double threshold)
    {
        double[] p = Probabilities();
        foreach (double x in p) Doubt(x - threshold, true);
        Dictionary<int, double> left = Left;
        int[] above = [.. Ranked().Select(x => x.Id).Where(id => left[id] >= threshold)];
        if (above.Length > 1) list = [.. list.Where(x => !above[..^1].Contains(x.Id))];
    }

    /// <summary>Mirostat 1: keeps the k that Zipf's law, estimated from the first hundred, gives.</summary>
    public void MirostatOne(double bound, int vocabulary)
    {
        double[] p = [.. Probabilities().OrderDescending()];
        double products = 0, squares = 0;
        for (int i = 0; i < Math.Min(99, p.Length - 1); i++)
        {
            double t = Math.Log((i + 2.0) / (i + 1));
            products += t * Math.Log(p[i] / p[i + 1]);
            squares += t * t;
        }
        double s = products / squares, epsilon = s - 1;
        double k = Math.Pow(epsilon * Math.Pow(2, bound) / (1 - Math.Pow(vocabulary, -epsilon)), 1 / s);
        Doubt(k - Math.Round(k), true);
        TopK((int)Math.Clamp(k, 1, list.Count));
    }

    /// <summary>Mirostat 2: keeps what surprises at most as much as the bound.</summary>
    public void MirostatTwo(double bound) => AtLeast(Math.Pow(2, -bound));

    /// <summary>DRY, by comparing the end of the text with every place before it.</summary>
    public void Dry(DryOptions o, int[] sequence)
    {
        int[] text = [.. sequence.TakeLast(o.Range ?? sequence.Length)];
        int free = text.Length; // tokens behind the last breaker
        for (int at = text.Length - 1; at >= 0 && free == text.Length; at--)
        {
            int[] lengths = [.. o.Breakers.Where(b => text.Skip(at).Take(b.Count).SequenceEqual(b)).Select(b => b.Count)];
            if (lengths.Length > 0) free = text.Length - at - lengths.Max();
        }
        Dictionary<int, int> longest = [];
        for (int next = 1; next < text.Length; next++) // the token behind an earlier place
        {
            int same = 0;
            while (same < next && same < free && text[next - 1 - same] == text[^(same + 1)]) same++;
            if (same >= o.AllowedLength) longest[text[next]] = Math.Max(same, longest.GetValueOrDefault(text[next]));
        }
        foreach (IReadOnlyList<int> breaker in o.Breakers.Where(b => b.Count == 1)) longest.Remove(breaker[0]);
        list = [.. list.Select(x => (x.Id, longest.TryGetValue(x.Id, out int length) ? x.Logit - o.Multiplier * Math.Pow(o.Base, length - o.AllowedLength) : x.Logit))];
    }

    private double[] Probabilities()
    {
        double top = list.Max(x => x.Logit), sum = list.Sum(x => Math.Exp(x.Logit - top));
        return [.. list.Select(x => Math.Exp(x.Logit - top) / sum)];
    }

    private double Entropy() => -Probabilities().Where(p => p > 0).Sum(p => p * Math.Log(p));

    private IEnumerable<(int Id, double Logit)> Ranked() => list.OrderByDescending(x => x.Logit).ThenBy(x => x.Id);

    // The first of an order that have a share of the probability together.
    private void Reach(double share, (int Id, double Logit)[] order, double[] keys)
    {
        Dictionary<int, double> p = Left;
        for (int i = 0; i + 1 < keys.Length; i++) Doubt(keys[i] - keys[i + 1], keys[i] != keys[i + 1]);
        double sum = 0;
        int kept = 0;
        while (kept < order.Length && sum < share)
        {
            sum += p[order[kept++].Id];
            Doubt(sum - share, true);
        }
        list = [.. order.Take(kept)];
    }

    private void Doubt(double difference, bool matters, double scale = 1) => Unsure |= matters && Math.Abs(difference) < Border * scale;
}
