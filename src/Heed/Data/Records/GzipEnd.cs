using System.Buffers.Binary;

namespace Heed.Data.Records;

/// <summary>Tells whether a packed file was unpacked to its end: the runtime's stream takes a file that is cut off for a shorter one.</summary>
internal static class GzipEnd
{
    private const int Trailer = 8; // CRC and length of the unpacked bytes (RFC 1952)

    /// <summary>Whether a file that gave <paramref name="unpacked"/> bytes gave all of them.</summary>
    public static bool Reached(string path, long unpacked)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (file.Length < Trailer) return false;
        file.Seek(-sizeof(uint), SeekOrigin.End);
        Span<byte> length = stackalloc byte[sizeof(uint)];
        file.ReadExactly(length);
        return BinaryPrimitives.ReadUInt32LittleEndian(length) == (uint)unpacked || HasMembers(file); // each member has a trailer of its own
    }

    // Whether a further member may begin somewhere: such files are given the benefit of the doubt.
    private static bool HasMembers(FileStream file)
    {
        file.Seek(1, SeekOrigin.Begin);
        Span<byte> buffer = stackalloc byte[4096];
        int kept = 0;
        for (int read; (read = file.Read(buffer[kept..])) > 0;)
        {
            Span<byte> seen = buffer[..(kept + read)];
            if (seen.IndexOf((ReadOnlySpan<byte>)[0x1F, 0x8B, 8]) >= 0) return true;
            kept = Math.Min(2, seen.Length);
            seen[^kept..].CopyTo(buffer);
        }
        return false;
    }
}
