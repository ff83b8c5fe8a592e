using System.Numerics;
using Heed.Tensors;

namespace Heed.Tasks;

/// <summary>k-means over vectors: one run, and the measure of its result.</summary>
internal static class KMeans
{
    /// <summary>What a run ends with.</summary>
    /// <param name="Assignments">The group of each vector.</param>
    /// <param name="Centers">The mean of each group.</param>
    /// <param name="Inertia">Sum of squared distances to the centres.</param>
    public sealed record Result(int[] Assignments, float[][] Centers, double Inertia);

    /// <summary>One run: k-means++ centres, then assignment and means in turn until nothing changes. No group stays empty where k vectors differ.</summary>
    public static Result Run(IReadOnlyList<float[]> vectors, int k, RandomSource random, int maximumSteps)
    {
        float[][] centers = Seeds(vectors, k, random);
        int[] groups = [.. Enumerable.Repeat(-1, vectors.Count)];
        double[] distances = new double[vectors.Count];
        for (int step = 0; step < maximumSteps; step++)
        {
            bool moved = Assign(vectors, centers, groups, distances);
            if (!moved && step > 0) break;
            Update(vectors, centers, groups, distances);
        }
        Assign(vectors, centers, groups, distances);
        return new Result(groups, centers, distances.Sum());
    }

    /// <summary>Mean over the vectors of (b - a) / max(a, b): a the mean distance to its own group, b that to the nearest other (Rousseeuw 1987).</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="groups">The group of each.</param>
    /// <param name="k">Number of groups.</param>
    /// <param name="most">Vectors that are looked at, at most.</param>
    /// <param name="random">Chooses them.</param>
    public static double Silhouette(IReadOnlyList<float[]> vectors, int[] groups, int k, int most, RandomSource random)
    {
        int[] sample = [.. Enumerable.Range(0, vectors.Count)];
        for (int i = 0; sample.Length > most && i < most; i++)
        {
            int j = i + random.Next(sample.Length - i);
            (sample[i], sample[j]) = (sample[j], sample[i]);
        }
        if (sample.Length > most) sample = sample[..most];
        int[] sizes = new int[k];
        foreach (int i in sample) sizes[groups[i]]++;
        double total = 0;
        foreach (int i in sample)
        {
            if (sizes[groups[i]] < 2) continue; // a group of one counts 0
            double[] sums = new double[k];
            foreach (int j in sample) sums[groups[j]] += Math.Sqrt(Distance(vectors[i], vectors[j]));
            double own = sums[groups[i]] / (sizes[groups[i]] - 1), other = double.PositiveInfinity;
            for (int g = 0; g < k; g++)
                if (g != groups[i] && sizes[g] > 0) other = Math.Min(other, sums[g] / sizes[g]);
            double larger = Math.Max(own, other);
            if (double.IsFinite(larger) && larger > 0) total += (other - own) / larger;
        }
        return total / sample.Length;
    }

    // Each next centre is a vector drawn with the square of its distance to the nearest so far.
    private static float[][] Seeds(IReadOnlyList<float[]> vectors, int k, RandomSource random)
    {
        List<float[]> centers = [[.. vectors[random.Next(vectors.Count)]]];
        double[] nearest = [.. Enumerable.Repeat(double.PositiveInfinity, vectors.Count)];
        while (centers.Count < k)
        {
            for (int i = 0; i < nearest.Length; i++) nearest[i] = Math.Min(nearest[i], Distance(vectors[i], centers[^1]));
            double draw = random.NextDouble() * nearest.Sum();
            int chosen = Array.FindLastIndex(nearest, d => d > 0);
            for (int i = 0; i < nearest.Length; i++)
                if (nearest[i] > 0 && (draw -= nearest[i]) < 0)
                {
                    chosen = i;
                    break;
                }
            centers.Add([.. vectors[Math.Max(chosen, 0)]]);
        }
        return [.. centers];
    }

    private static bool Assign(IReadOnlyList<float[]> vectors, float[][] centers, int[] groups, double[] distances)
    {
        int[] before = [.. groups];
        Parallel.For(0, vectors.Count, i =>
        {
            (groups[i], distances[i]) = (0, double.PositiveInfinity);
            for (int g = 0; g < centers.Length; g++)
                if (Distance(vectors[i], centers[g]) is var d && d < distances[i]) (groups[i], distances[i]) = (g, d);
        });
        return !before.AsSpan().SequenceEqual(groups);
    }

    private static void Update(IReadOnlyList<float[]> vectors, float[][] centers, int[] groups, double[] distances)
    {
        int columns = vectors[0].Length;
        double[][] sums = [.. centers.Select(_ => new double[columns])];
        int[] sizes = new int[centers.Length];
        for (int i = 0; i < vectors.Count; i++)
        {
            sizes[groups[i]]++;
            for (int c = 0; c < columns; c++) sums[groups[i]][c] += vectors[i][c];
        }
        for (int g = 0; g < centers.Length; g++)
        {
            if (sizes[g] > 0)
            {
                centers[g] = [.. sums[g].Select(s => (float)(s / sizes[g]))];
                continue;
            }
            // An empty group takes the vector that is farthest from its centre.
            int far = Array.IndexOf(distances, distances.Max());
            centers[g] = [.. vectors[far]];
            distances[far] = 0;
        }
    }

    // Squared. Vectors are short, so that single precision is enough.
    private static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Vector<float> sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> d = new Vector<float>(a[i..]) - new Vector<float>(b[i..]);
            sums += d * d;
        }
        double sum = Vector.Sum(sums);
        for (; i < a.Length; i++) sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        return sum;
    }
}
