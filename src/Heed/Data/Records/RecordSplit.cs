using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Heed.Tensors;

namespace Heed.Data.Records;

/// <summary>How the records of one source are dealt out where a split has no files of its own.</summary>
public enum SplitRule : byte
{
    /// <summary>The last records are for the test, those before them for validation.</summary>
    End,

    /// <summary>By a hash of the record's text: equal texts stay together, and a record's part does not depend on the others.</summary>
    Hash,

    /// <summary>By the seed and the record's number: about the share that was asked for.</summary>
    Random,
}

/// <summary>Deals the records of one source out to training, validation and test.</summary>
/// <param name="rule">By what.</param>
/// <param name="validation">Share for validation, from 0 to 1.</param>
/// <param name="test">Share for the test, from 0 to 1.</param>
/// <param name="seed">Seed of <see cref="SplitRule.Random"/>.</param>
public sealed class RecordSplit(SplitRule rule, double validation, double test, ulong seed)
{
    private readonly RandomSource random = new RandomSource(seed).Split("split");

    /// <summary>Whether <see cref="Of"/> must know how many records there are.</summary>
    public bool NeedsCount => rule == SplitRule.End && (validation > 0 || test > 0);

    /// <summary>What a record is for.</summary>
    /// <param name="number">Its number in the source, from 0.</param>
    /// <param name="count">Records of the source; used by <see cref="SplitRule.End"/> alone.</param>
    /// <param name="text">Its text; used by <see cref="SplitRule.Hash"/> alone.</param>
    public DataSplit Of(long number, long count, string text)
    {
        if (validation == 0 && test == 0) return DataSplit.Training;
        if (rule == SplitRule.End)
        {
            long tests = Share(count, test), end = count - tests;
            return number >= end ? DataSplit.Test : number >= end - Share(count, validation) ? DataSplit.Validation : DataSplit.Training;
        }
        double place = rule == SplitRule.Hash ? Place(text) : random.Split(number).NextDouble();
        return place < test ? DataSplit.Test : place < test + validation ? DataSplit.Validation : DataSplit.Training;
    }

    // One record at least where a share was asked for.
    private static long Share(long count, double share) => share > 0 ? Math.Max(1, (long)(count * share)) : 0;

    // The first 53 bits of SHA-256 as a number in [0, 1).
    private static double Place(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return (BinaryPrimitives.ReadUInt64BigEndian(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
