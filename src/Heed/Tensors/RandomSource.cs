namespace Heed.Tensors;

/// <summary>
/// A seeded, splittable source of randomness: a key and a counter. Splitting by a name or a number gives an independent source, so
/// that a weight's start value depends on the seed and its name, never on the order in which layers are built.
/// </summary>
/// <remarks>Mixing is the finalizer of SplitMix64 (Steele, Lea, Flood 2014), used as a counter-based generator.</remarks>
public struct RandomSource(ulong seed)
{
    private readonly ulong key = Mix(seed + 0x9E3779B97F4A7C15UL);
    private ulong counter;

    /// <summary>Draws made so far; with the seed it is the whole state.</summary>
    public ulong Counter
    {
        readonly get => counter;
        set => counter = value;
    }

    /// <summary>An independent source for a named purpose.</summary>
    public readonly RandomSource Split(ReadOnlySpan<char> name)
    {
        ulong hash = 14695981039346656037UL; // FNV-1a
        foreach (char c in name) hash = (hash ^ c) * 1099511628211UL;
        return new RandomSource(key ^ Mix(hash));
    }

    /// <summary>An independent source for a numbered purpose (a step, a layer, a worker).</summary>
    public readonly RandomSource Split(long index) => new(key ^ Mix((ulong)index * 0xD1342543DE82EF95UL + 1));

    /// <summary>64 random bits.</summary>
    public ulong Next() => Mix(key + ++counter * 0x9E3779B97F4A7C15UL);

    /// <summary>A number below <paramref name="bound"/>, without bias (Lemire 2019).</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        uint limit = (uint)(0x1_0000_0000UL % (uint)bound);
        while (true)
        {
            ulong product = (Next() >> 32) * (uint)bound;
            if ((uint)product >= limit) return (int)(product >> 32);
        }
    }

    /// <summary>A number below <paramref name="bound"/>: up to 2^31 - 1 as for an integer, above it with a bias below bound / 2^64.</summary>
    public long Next(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        return bound <= int.MaxValue ? Next((int)bound) : (long)Math.BigMul(Next(), (ulong)bound, out _);
    }

    /// <summary>A number in [0, 1) with 53 random bits.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number (Box and Muller 1958).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>Fills with independent normal numbers of mean 0; the values depend on this source only, not on the number of threads.</summary>
    public readonly unsafe void FillNormal(Span<float> target, float deviation)
    {
        fixed (float* pointer = target)
            Kernels.WorkerTeam.Run(new NormalJob(this, pointer, target.Length, deviation), (target.Length + NormalJob.Part - 1) / NormalJob.Part);
    }

    private readonly unsafe struct NormalJob(RandomSource source, float* target, int length, float deviation) : Kernels.IPartJob
    {
        public const int Part = 16384;

        public void Run(int part)
        {
            RandomSource own = source.Split(part);
            int end = Math.Min(length, (part + 1) * Part);
            for (int i = part * Part; i < end; i += 2)
            {
                // Box and Muller give two at a time.
                double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - own.NextDouble()));
                (double sin, double cos) = Math.SinCos(2 * Math.PI * own.NextDouble());
                target[i] = (float)(radius * cos);
                if (i + 1 < end) target[i + 1] = (float)(radius * sin);
            }
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
