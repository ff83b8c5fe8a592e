using System.Runtime.InteropServices;
using Heed.Formats;

namespace Heed.Data.Tokens;

/// <summary>Token ids in a file that is mapped into memory: pages come from the disk when they are touched. <see cref="Create"/> writes one, a part at a time.</summary>
public sealed unsafe class TokenFile : TokenStore
{
    private readonly MappedFile file;
    private readonly TokenFileHeader header;

    private TokenFile(string path, MappedFile file, TokenFileHeader header) => (Path, this.file, this.header) = (path, file, header);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the tokens depend on, as it was given when they were written.</summary>
    public string Key => header.Key;

    /// <inheritdoc/>
    public override long Count => header.Tokens;

    /// <inheritdoc/>
    public override long Documents => header.Documents;

    /// <inheritdoc/>
    public override long TextBytes => header.TextBytes;

    /// <summary>Opens a token file; null if there is none, or it is not whole, or not of this key.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">What its tokens must depend on, a SHA-256 in hexadecimal digits.</param>
    public static TokenFile? TryOpen(string path, string key)
    {
        if (!File.Exists(path)) return null;
        MappedFile file;
        try
        {
            file = new MappedFile(path, TokenFileHeader.Size, "a token file's header");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or WeightFormatException)
        {
            return null;
        }
        if (TokenFileHeader.Read(new ReadOnlySpan<byte>(file.Start, TokenFileHeader.Size), file.Length) is { } header && header.Key == key && EndsRise(file, header)) return new TokenFile(path, file, header);
        file.Dispose();
        return null;
    }

    /// <summary>Writes a token file: under another name, renamed when it is whole.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="key">What the tokens depend on, a SHA-256 in hexadecimal digits.</param>
    /// <param name="vocabulary">Ids there are.</param>
    /// <param name="documents">The tokens and the UTF-8 bytes of each document.</param>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="ArgumentException">An id is not in the vocabulary.</exception>
    public static void Create(string path, string key, int vocabulary, IEnumerable<(int[] Ids, long TextBytes)> documents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        ArgumentNullException.ThrowIfNull(documents);
        string ends = path + $".{Guid.NewGuid():N}.ends";
        try
        {
            AtomicFile.Write(path, to =>
            {
                using FileStream index = new(ends, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
                byte[] front = new byte[TokenFileHeader.Size];
                to.Write(front);
                int width = TokenFileHeader.WidthOf(vocabulary);
                long tokens = 0, count = 0, bytes = 0;
                ushort[] narrow = [];
                foreach ((int[] ids, long textBytes) in documents)
                {
                    foreach (int id in ids)
                        if ((uint)id >= (uint)vocabulary) throw new ArgumentException($"the id {id} is not in a vocabulary of {vocabulary}", nameof(documents));
                    if (width == sizeof(int)) to.Write(MemoryMarshal.AsBytes(ids.AsSpan()));
                    else
                    {
                        if (narrow.Length < ids.Length) narrow = new ushort[Math.Max(ids.Length, 4096)];
                        for (int i = 0; i < ids.Length; i++) narrow[i] = (ushort)ids[i];
                        to.Write(MemoryMarshal.AsBytes(narrow.AsSpan(0, ids.Length)));
                    }
                    tokens += ids.Length;
                    bytes += textBytes;
                    count++;
                    index.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<long>(in tokens)));
                }
                TokenFileHeader header = new(width, vocabulary, tokens, count, bytes, key);
                to.Write(new byte[header.EndsAt - TokenFileHeader.Size - tokens * width]);
                index.Position = 0;
                index.CopyTo(to);
                header.Write(front);
                to.Position = 0;
                to.Write(front);
            });
        }
        finally
        {
            File.Delete(ends);
        }
    }

    /// <inheritdoc/>
    public override long EndOf(long document)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(document);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(document, Documents);
        return ((long*)(file.Start + header.EndsAt))[document];
    }

    /// <inheritdoc/>
    public override void Copy(long start, Span<int> target)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, Count - start);
        byte* from = file.Start + TokenFileHeader.Size + start * header.Width;
        if (header.Width == sizeof(int)) new ReadOnlySpan<int>(from, target.Length).CopyTo(target);
        else
            for (int i = 0; i < target.Length; i++) target[i] = ((ushort*)from)[i];
        foreach (int id in target)
            if ((uint)id >= (uint)header.Vocabulary) throw new InvalidDataException($"{Path} is damaged: the id {id} is not in its vocabulary of {header.Vocabulary}; delete it");
    }

    /// <inheritdoc/>
    public override void Dispose() => file.Dispose();

    private static bool EndsRise(MappedFile file, TokenFileHeader header)
    {
        long before = 0;
        long* ends = (long*)(file.Start + header.EndsAt);
        for (long i = 0; i < header.Documents; i++)
        {
            if (ends[i] < before) return false;
            before = ends[i];
        }
        return before == header.Tokens;
    }
}
