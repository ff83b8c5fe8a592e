namespace Heed.Formats;

/// <summary>A file that is arriving, and the hash of what has arrived.</summary>
internal sealed class HubPartial : IDisposable
{
    private readonly HubFile file;
    private readonly FileStream stream;
    private readonly HubHash hash;

    /// <summary>Opens what an earlier download left, or a new file.</summary>
    public HubPartial(HubFile file, string path)
    {
        this.file = file;
        stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        hash = new HubHash(file);
        if (stream.Length > file.Size) stream.SetLength(0);
    }

    /// <summary>Bytes that are here.</summary>
    public long Length => stream.Length;

    /// <summary>The hash of what is here.</summary>
    public string Hash => hash.Value();

    /// <summary>Whether it is the whole file.</summary>
    public bool IsRight => stream.Length == file.Size && Hash == file.Hash;

    /// <summary>Hashes what an earlier download left.</summary>
    public void ReadBack(CancellationToken cancellation) => hash.Append(stream, cancellation);

    /// <summary>Adds bytes at the end.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        hash.Append(bytes);
    }

    /// <summary>Begins again with nothing.</summary>
    public void Restart()
    {
        stream.SetLength(0);
        stream.Position = 0;
        hash.Restart();
    }

    /// <summary>Brings all to the disk.</summary>
    public void Flush() => stream.Flush(flushToDisk: true);

    public void Dispose()
    {
        stream.Dispose();
        hash.Dispose();
    }
}
