using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Heed.Training;

/// <summary>How a number stands in an event file.</summary>
public enum ScalarForm : byte
{
    /// <summary>As a tensor with the metadata of the plugin "scalars": what TensorBoard 2 writes.</summary>
    Tensor,

    /// <summary>As a <c>simple_value</c>: what the first readers know.</summary>
    SimpleValue,
}

/// <summary>
/// Writes a run's numbers and texts as an event file of TensorBoard: records of TensorFlow (length, masked CRC-32C, bytes, masked CRC-32C), each a protobuf message
/// <c>Event</c> (tensorflow/core/util/event.proto and framework/summary.proto).
/// </summary>
/// <remarks>
/// A file is never reopened: who continues a run makes another one in the same folder. It begins with the message that tells readers to forget every step
/// from there on, which an earlier file may hold because it went on after the last checkpoint.
/// </remarks>
public sealed class TensorBoardWriter : IDisposable
{
    private const string Prefix = "events.out.tfevents.", Suffix = ".heed";

    private readonly FileStream stream;
    private readonly ScalarForm form;
    private readonly TimeProvider clock;
    private readonly List<SummaryValue> values = [];

    /// <summary>Begins a file.</summary>
    /// <param name="folder">The folder; made if it is not there.</param>
    /// <param name="step">Steps that were made before: everything later in older files of the folder is superseded.</param>
    /// <param name="form">How numbers are written.</param>
    /// <param name="clock">Tells the time of the events; null = the machine's.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public TensorBoardWriter(string folder, long step = 0, ScalarForm form = ScalarForm.Tensor, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        (this.form, this.clock) = (form, clock ?? TimeProvider.System);
        Directory.CreateDirectory(folder);
        Path = System.IO.Path.Combine(folder, NextName(folder));
        stream = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        Record(EventMessage.Version(Now));
        Record(EventMessage.Start(Now, step > 0 ? step + 1 : 0)); // readers take the first as the start of the run, any later as a restart
        stream.Flush();
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    private double Now => (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <summary>Adds a number to what <see cref="Write"/> will write.</summary>
    /// <param name="tag">Its name; a slash makes a group.</param>
    /// <param name="value">The number; one that is not finite is shown as such.</param>
    public void Scalar(string tag, double value)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        values.Add(SummaryValue.Number(tag, (float)value, form));
    }

    /// <summary>Adds a text (Markdown) to what <see cref="Write"/> will write.</summary>
    /// <param name="tag">Its name; a slash makes a group.</param>
    /// <param name="text">The text.</param>
    public void Text(string tag, string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentNullException.ThrowIfNull(text);
        values.Add(SummaryValue.Words(tag, text));
    }

    /// <summary>Writes what was added since the last time, as one event of a step; without anything, nothing.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public void Write(long step)
    {
        if (values.Count == 0) return;
        Record(EventMessage.Summary(Now, step, values));
        values.Clear();
        stream.Flush();
    }

    /// <summary>Deletes the files that were written to a folder.</summary>
    internal static void Clear(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (string path in Directory.EnumerateFiles(folder, Prefix + "*" + Suffix).ToList()) File.Delete(path);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => stream.Dispose();

    /// <summary>The checksum of a record's parts: a CRC-32C (RFC 3720, appendix B.4) turned by 15 bits, plus a constant, because a CRC of data that holds its own CRC is weak.</summary>
    internal static uint MaskedCrc(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc(data), 15) + 0xa282ead8u;

    /// <summary>CRC-32C (Castagnoli), as RFC 3720 defines it.</summary>
    internal static uint Crc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..]) crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        foreach (byte b in data) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }

    private void Record(byte[] message)
    {
        Span<byte> head = stackalloc byte[12], tail = stackalloc byte[4];
        BinaryPrimitives.WriteInt64LittleEndian(head, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(head[8..], MaskedCrc(head[..8]));
        BinaryPrimitives.WriteUInt32LittleEndian(tail, MaskedCrc(message));
        stream.Write(head);
        stream.Write(message);
        stream.Write(tail);
    }

    // Readers take the files of a folder in the order of their names: seconds, of ten digits, above those of all that are there.
    private string NextName(string folder)
    {
        long seconds = (long)Now;
        foreach (string path in Directory.EnumerateFiles(folder, Prefix + "*"))
            if (long.TryParse(System.IO.Path.GetFileName(path)[Prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long other) && other is < 9_999_999_999 && other >= seconds)
                seconds = other + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{Prefix}{seconds:D10}{Suffix}");
    }
}
