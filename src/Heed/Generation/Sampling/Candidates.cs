using System.Numerics;
using System.Runtime.InteropServices;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// The tokens that may still come next, with their logits and probabilities: what filters cut and a draw takes from. Its buffers serve every token
/// of a sequence.
/// </summary>
/// <remarks>
/// Logits and probabilities lie by id and stay where they are; what changes is the list of ids. As long as nothing was cut the list is whole and
/// not even written down, and the most probable tokens are found by partial selection: ranking a whole vocabulary costs many times as much.
/// </remarks>
internal sealed partial class Candidates(int vocabulary)
{
    private readonly float[] logits = new float[vocabulary];
    private readonly float[] probabilities = new float[vocabulary]; // of the list when they were last computed: their sum shrinks with every cut
    private readonly int[] ids = new int[vocabulary];               // the ranked ones first
    private bool whole, known;
    private double? mass;

    /// <summary>Whether nothing was cut.</summary>
    public bool Whole => whole;

    /// <summary>Tokens left.</summary>
    public int Count { get; private set; }

    /// <summary>So many of the list stand at its head in the order of their probability, of equals the lower id first.</summary>
    public int Ranked { get; private set; }

    /// <summary>(vocabulary) by id. Who changes them calls <see cref="Changed"/>.</summary>
    public Span<float> Logits => logits;

    /// <summary>(vocabulary) by id; up to the factor <see cref="Mass"/>.</summary>
    public ReadOnlySpan<float> Probabilities
    {
        get
        {
            Know();
            return probabilities;
        }
    }

    /// <summary>Sum of the probabilities of the tokens left.</summary>
    public double Mass
    {
        get
        {
            Know();
            if (mass is { } sum) return sum;
            sum = 0;
            if (whole) sum = Reduce.Sum(probabilities);
            else foreach (int id in Listed) sum += probabilities[id];
            mass = sum;
            return sum;
        }
    }

    /// <summary>The list as far as it is written down: all of it once something was cut, before that its ranked head.</summary>
    public ReadOnlySpan<int> Listed => ids.AsSpan(0, whole ? Ranked : Count);

    /// <summary>All tokens with the logits that were written to <see cref="Logits"/>.</summary>
    public void Begin()
    {
        (Count, whole) = (logits.Length, true);
        Changed();
    }

    /// <summary>Logits were changed: probabilities and order are no longer those.</summary>
    public void Changed() => (known, mass, Ranked) = (false, null, 0);

    /// <summary>Multiplies the logits.</summary>
    public void Scale(float factor)
    {
        if (whole && factor != 1) Elementwise.Scale(logits, factor, logits);
        else if (factor != 1)
            foreach (int id in Listed) logits[id] *= factor;
        Changed();
    }

    /// <summary>Values of the tokens left, one after the other.</summary>
    /// <param name="byId">(vocabulary) by id.</param>
    public ReadOnlySpan<float> Values(ReadOnlySpan<float> byId)
    {
        if (whole) return byId;
        Span<float> values = Buffer(ref floats, Count);
        for (int i = 0; i < Count; i++) values[i] = byId[ids[i]];
        return values;
    }

    /// <summary>Entropy of the tokens left, in nats.</summary>
    public double Entropy()
    {
        double sum = 0, all = Mass;
        if (!whole)
        {
            foreach (int id in Listed)
                if (probabilities[id] > 0) sum -= probabilities[id] / all * Math.Log(probabilities[id] / all);
            return sum;
        }
        // -ln p is the best token's, and by how much the logit is below the best: no logarithm for each token.
        int best = Reduce.ArgMax(probabilities);
        if (probabilities[best] == 0) return 0;
        foreach ((int first, int length) in Blocks())
            sum -= Weighted(probabilities.AsSpan(first, length), logits.AsSpan(first, length), logits[best]);
        return Math.Max(0, sum / all - Math.Log(probabilities[best] / all));
    }

    /// <summary>Makes a draw from the probabilities of the tokens left; one of probability 0 is never drawn where there is another.</summary>
    public int Draw(ref RandomSource random)
    {
        Know();
        return whole ? DrawAny(random.NextDouble()) : DrawListed(random.NextDouble());
    }

    /// <summary>The probability of a token among those left; 0 for one that was cut.</summary>
    public double Share(int id)
    {
        Know();
        return whole || Listed.Contains(id) ? probabilities[id] / Mass : 0;
    }

    /// <summary>Writes down the probability of every token; 0 for those that were cut.</summary>
    /// <param name="shares">(vocabulary).</param>
    public void CopyShares(Span<float> shares)
    {
        Know();
        float all = (float)Mass;
        if (whole)
        {
            for (int id = 0; id < shares.Length; id++) shares[id] = probabilities[id] / all;
            return;
        }
        shares.Clear();
        foreach (int id in Listed) shares[id] = probabilities[id] / all;
    }

    /// <summary>Makes a draw from what the probabilities of the tokens left have more than others: max(0, p - q).</summary>
    /// <param name="shares">(vocabulary) probabilities q.</param>
    /// <param name="random">The randomness of the draw.</param>
    public int DrawBeyond(ReadOnlySpan<float> shares, ref RandomSource random)
    {
        double sum = 0, all = Mass;
        for (int i = 0; i < Count; i++) sum += Beyond(At(i), shares, all);
        if (sum <= 0) return Draw(ref random); // equal up to rounding
        double point = random.NextDouble() * sum;
        int last = At(0);
        for (int i = 0; i < Count; i++)
        {
            double more = Beyond(At(i), shares, all);
            if (more == 0) continue;
            last = At(i);
            if ((point -= more) < 0) break;
        }
        return last;
    }

    private int At(int place) => whole ? place : ids[place];

    private double Beyond(int id, ReadOnlySpan<float> shares, double all) => Math.Max(0, probabilities[id] / all - shares[id]);

    private int DrawListed(double at)
    {
        double sum = 0;
        foreach (int id in Listed) sum += probabilities[id];
        at *= sum;
        int last = ids[0];
        foreach (int id in Listed)
        {
            if (probabilities[id] == 0) continue;
            last = id;
            if ((at -= probabilities[id]) < 0) break;
        }
        return last;
    }

    private int DrawAny(double at)
    {
        double sum = 0;
        foreach ((int first, int length) in Blocks()) sum += Reduce.Sum(probabilities.AsSpan(first, length));
        at *= sum;
        int last = 0;
        foreach ((int first, int length) in Blocks())
        {
            double block = Reduce.Sum(probabilities.AsSpan(first, length));
            if (at >= block && first + length < probabilities.Length)
            {
                at -= block;
                continue;
            }
            for (int id = first; id < first + length; id++)
            {
                if (probabilities[id] == 0) continue;
                last = id;
                if ((at -= probabilities[id]) < 0) return id;
            }
        }
        return last;
    }

    // The softmax of the logits of the tokens left.
    private void Know()
    {
        if (known) return;
        if (whole) Softmax.Forward(1, logits.Length, logits, probabilities);
        else
        {
            Values(logits);
            Softmax.Forward(1, Count, floats, floats);
            for (int i = 0; i < Count; i++) probabilities[ids[i]] = floats[i];
        }
        (known, mass) = (true, 1);
    }

    // Sum of p (x - top); where p is 0, x may be -infinity.
    private static double Weighted(ReadOnlySpan<float> p, ReadOnlySpan<float> x, float top)
    {
        Vector<float> sum = Vector<float>.Zero, shift = new(top), least = new(-1e30f);
        ReadOnlySpan<Vector<float>> ps = MemoryMarshal.Cast<float, Vector<float>>(p), xs = MemoryMarshal.Cast<float, Vector<float>>(x);
        for (int i = 0; i < ps.Length; i++) sum += ps[i] * (Vector.Max(xs[i], least) - shift);
        double rest = Vector.Sum(sum);
        for (int i = ps.Length * Vector<float>.Count; i < p.Length; i++) rest += p[i] * (Math.Max(x[i], -1e30f) - top);
        return rest;
    }

    private BlockEnumerator Blocks() => new(logits.Length);

    private static Span<T> Buffer<T>(ref T[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new T[Math.Max(length, 2 * buffer.Length)];
        return buffer.AsSpan(0, length);
    }

    // Pieces of a whole list whose sums are found at once.
    private struct BlockEnumerator(int length)
    {
        private const int Size = 4096;

        private int next;

        public (int First, int Length) Current { get; private set; }

        public readonly BlockEnumerator GetEnumerator() => this;

        public bool MoveNext()
        {
            if (next >= length) return false;
            Current = (next, Math.Min(Size, length - next));
            next += Size;
            return true;
        }
    }
}
