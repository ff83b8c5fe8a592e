namespace Heed.Formats;

/// <summary>What a callback sees of a file that is being written: it can append exactly the bytes of its weight, nothing else.</summary>
internal sealed class CountedStream : Stream
{
    private readonly Stream file;
    private readonly long length;
    private readonly object what;
    private long written;

    private CountedStream(Stream file, long length, object what) => (this.file, this.length, this.what) = (file, length, what);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => written; set => throw new NotSupportedException(); }

    /// <summary>Lets a callback write to a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="length">Bytes that it must write.</param>
    /// <param name="write">The callback.</param>
    /// <param name="what">What is written, for messages.</param>
    /// <exception cref="InvalidOperationException">It wrote more or fewer.</exception>
    public static void Fill(Stream file, long length, Action<Stream> write, object what)
    {
        var counted = new CountedStream(file, length, what);
        write(counted);
        if (counted.written != length) throw new InvalidOperationException($"{what}: {counted.written} bytes were written, expected {length}.");
    }

    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > length - written)
            throw new InvalidOperationException($"{what}: at least {written + bytes.Length} bytes were written, expected {length}.");
        file.Write(bytes);
        written += bytes.Length;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
