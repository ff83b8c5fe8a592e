using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Heed.Formats;

/// <summary>
/// The hash by which the hub names a file's content: SHA-256 in large file storage, otherwise SHA-1 of git's blob, which is
/// <c>"blob " length "\0"</c> and the content.
/// </summary>
internal sealed class HubHash : IDisposable
{
    private readonly HubFile file;
    private readonly IncrementalHash hash;

    public HubHash(HubFile file)
    {
        this.file = file;
        hash = IncrementalHash.CreateHash(file.Hash.Length == 64 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA1);
        Restart();
    }

    public void Append(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

    /// <summary>Forgets what was appended.</summary>
    public void Restart()
    {
        hash.GetHashAndReset();
        if (file.Hash.Length == 40) hash.AppendData(Encoding.ASCII.GetBytes($"blob {file.Size.ToString(CultureInfo.InvariantCulture)}\0"));
    }

    /// <summary>The hash of all that was appended, lower-case hexadecimal.</summary>
    public string Value() => Convert.ToHexStringLower(hash.GetCurrentHash());

    /// <summary>Whether a stream, from where it stands, has the right length and hash.</summary>
    public static bool IsRight(HubFile file, Stream stream, CancellationToken cancellation = default)
    {
        if (stream.Length - stream.Position != file.Size) return false;
        using HubHash hash = new(file);
        hash.Append(stream, cancellation);
        return hash.Value() == file.Hash;
    }

    /// <summary>Appends the rest of a stream.</summary>
    public void Append(Stream stream, CancellationToken cancellation)
    {
        byte[] buffer = new byte[1 << 17];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            Append(buffer.AsSpan(0, read));
        }
    }

    public void Dispose() => hash.Dispose();
}
