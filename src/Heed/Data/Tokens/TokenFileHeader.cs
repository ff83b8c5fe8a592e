using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Heed.Data.Tokens;

/// <summary>The first 128 bytes of a token file, little-endian: what follows, and a checksum of the header itself.</summary>
/// <remarks>
/// Offset 0: "HEEDTOK1"; 8: bytes of an id, 2 or 4 (i32); 12: ids of the vocabulary (i32); 16: tokens (i64); 24: documents (i64); 32: UTF-8 bytes
/// of the text (i64); 40: key, SHA-256 of all that the tokens depend on; 96: SHA-256 of bytes 0 to 95. Then come the ids, filled up to a
/// multiple of 8 bytes, and the end of each document (i64).
/// </remarks>
internal readonly record struct TokenFileHeader(int Width, int Vocabulary, long Tokens, long Documents, long TextBytes, string Key)
{
    public const int Size = 128;
    private const int Checked = 96;

    private static ReadOnlySpan<byte> Magic => "HEEDTOK1"u8;

    /// <summary>Where the ends of the documents begin.</summary>
    public long EndsAt => Size + (Tokens * Width + 7) / 8 * 8;

    /// <summary>Bytes that an id needs.</summary>
    public static int WidthOf(int vocabulary) => vocabulary <= 1 << 16 ? sizeof(ushort) : sizeof(int);

    public void Write(Span<byte> to)
    {
        to[..Size].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Width);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], Vocabulary);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], Tokens);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Documents);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], TextBytes);
        Convert.FromHexString(Key).CopyTo(to[40..]);
        SHA256.HashData(to[..Checked], to.Slice(Checked, SHA256.HashSizeInBytes));
    }

    /// <summary>Reads a header; null if it is none, or does not fit a file of <paramref name="length"/> bytes.</summary>
    public static TokenFileHeader? Read(ReadOnlySpan<byte> from, long length)
    {
        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        if (from.Length < Size || !from.StartsWith(Magic)) return null;
        SHA256.HashData(from[..Checked], sum);
        if (!sum.SequenceEqual(from.Slice(Checked, sum.Length))) return null;
        TokenFileHeader header = new(BinaryPrimitives.ReadInt32LittleEndian(from[8..]), BinaryPrimitives.ReadInt32LittleEndian(from[12..]), BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]), BinaryPrimitives.ReadInt64LittleEndian(from[32..]), Convert.ToHexStringLower(from.Slice(40, SHA256.HashSizeInBytes)));
        bool sane = header.Vocabulary > 0 && header.Width == WidthOf(header.Vocabulary) && header.Tokens >= 0 && header.Tokens <= length && header.Documents >= 0 && header.Documents <= length && header.TextBytes >= 0;
        return sane && header.EndsAt + header.Documents * sizeof(long) == length ? header : null;
    }
}
