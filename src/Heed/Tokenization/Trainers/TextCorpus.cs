using System.Buffers;
using System.Text;

namespace Heed.Tokenization;

/// <summary>What counts as one text of a file; no token crosses from one text into the next.</summary>
public enum TextUnit
{
    /// <summary>
    /// The file as a whole, so that tokens may hold line ends. It is read in chunks which are cut before lines that begin with
    /// something other than white space, where the common split patterns cut anyway.
    /// </summary>
    File,

    /// <summary>Each line, the line end with it: the habit of Hugging Face tokenizers.</summary>
    Line,

    /// <summary>Each line without its line end: the habit of sentencepiece, for pipelines where a line end is no part of a token.</summary>
    Sentence,
}

/// <summary>A part of a file: bytes <paramref name="Start"/> to <paramref name="End"/> (null = its end), which are moved to the next character.</summary>
public readonly record struct FilePart(string Path, long Start = 0, long? End = null);

/// <summary>Text to train a tokenizer on: texts of a sequence, or UTF-8 files which may be larger than memory.</summary>
public sealed class TextCorpus
{
    private readonly Func<IEnumerable<TextChunk>> chunks;

    private TextCorpus(Func<IEnumerable<TextChunk>> chunks, long bytes) => (this.chunks, Bytes) = (chunks, bytes);

    /// <summary>Bytes of all files, or 0 where it is not known.</summary>
    internal long Bytes { get; }

    /// <summary>The parts of the corpus in their order; each call reads it anew.</summary>
    internal IEnumerable<TextChunk> Chunks() => chunks();

    /// <summary>Texts of a sequence, which is read as it is needed; empty ones do not count.</summary>
    public static TextCorpus FromTexts(IEnumerable<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return new TextCorpus(() => Gather(texts), 0);
    }

    /// <summary>Whole UTF-8 files; a byte order mark is dropped.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A path is a folder. While training: a file is not UTF-8; the message says where.</exception>
    public static TextCorpus FromFiles(IEnumerable<string> paths, TextUnit unit = TextUnit.File)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return FromFiles(paths.Select(path => new FilePart(path)), unit);
    }

    /// <summary>Parts of UTF-8 files.</summary>
    /// <inheritdoc cref="FromFiles(IEnumerable{string}, TextUnit)"/>
    public static TextCorpus FromFiles(IEnumerable<FilePart> parts, TextUnit unit = TextUnit.File)
    {
        ArgumentNullException.ThrowIfNull(parts);
        FilePart[] all = [.. parts];
        long bytes = 0;
        foreach (FilePart part in all)
        {
            if (Directory.Exists(part.Path)) throw new InvalidDataException($"{part.Path} is a folder; expected a text file");
            if (!File.Exists(part.Path)) throw new FileNotFoundException($"there is no file {part.Path}", part.Path);
            bytes += Math.Max(0, (part.End ?? new FileInfo(part.Path).Length) - part.Start);
        }
        return new TextCorpus(() => all.SelectMany(part => Read(part, unit)), bytes);
    }

    /// <summary>The texts one by one, as they stand in the corpus.</summary>
    public IEnumerable<string> Texts()
    {
        foreach (TextChunk chunk in Chunks())
            for (int i = 0; i < chunk.Count; i++)
                yield return Encoding.UTF8.GetString(chunk[i]);
    }

    private static IEnumerable<TextChunk> Gather(IEnumerable<string> texts)
    {
        var chunk = new TextChunk(1 << 16);
        foreach (string text in texts)
        {
            if (string.IsNullOrEmpty(text)) continue;
            chunk.Add(text);
            if (chunk.Length < TextChunk.TargetBytes) continue;
            yield return chunk;
            chunk = new TextChunk();
        }
        if (chunk.Length > 0) yield return chunk;
    }

    private static IEnumerable<TextChunk> Read(FilePart part, TextUnit unit)
    {
        using var file = new FileStream(part.Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        long start = CharacterStart(file, part.Start), end = Math.Min(file.Length, part.End ?? long.MaxValue);
        if (end < file.Length) end = CharacterStart(file, end);
        file.Position = start;
        if (start == 0 && end >= 3)
        {
            byte[] mark = new byte[3];
            file.ReadExactly(mark);
            if (!mark.AsSpan().SequenceEqual("\uFEFF"u8)) file.Position = 0;
        }

        byte[] buffer = new byte[TextChunk.TargetBytes];
        int held = 0;   // bytes at the front of the buffer that are not given out yet
        while (file.Position < end || held > 0)
        {
            int wanted = (int)Math.Min(buffer.Length - held, end - file.Position);
            int got = file.ReadAtLeast(buffer.AsSpan(held, wanted), wanted, throwOnEndOfStream: false);
            if (got < wanted) end = file.Position;   // the file became shorter
            held += got;
            bool last = file.Position >= end;
            int cut = last ? held : Cut(buffer.AsSpan(0, held), unit != TextUnit.File);
            if (cut == 0) yield break;
            Check(buffer.AsSpan(0, cut), part.Path, file.Position - held);
            var chunk = new TextChunk(cut);
            chunk.Add(buffer.AsSpan(0, cut), unit);
            yield return chunk;
            buffer.AsSpan(cut, held - cut).CopyTo(buffer);
            held -= cut;
        }
    }

    /// <summary>Where a full buffer is cut: before a line that begins with text, or else after a line, or else between two characters.</summary>
    private static int Cut(ReadOnlySpan<byte> text, bool eachLine)
    {
        int anyLine = text.LastIndexOf((byte)'\n') + 1;
        if (eachLine && anyLine > 0) return anyLine;
        // A lone line end between two visible ASCII characters; looked for in the last quarter, so that each byte is read few times.
        int least = text.Length - (text.Length / 4);
        for (int line = anyLine - 1; line > least; line = text[..line].LastIndexOf((byte)'\n'))
            if (line + 1 < text.Length && text[line + 1] is > (byte)' ' and < 0x7F && text[line - 1] is > (byte)' ' and < 0x7F)
                return line + 1;
        if (anyLine > 0) return anyLine;
        int cut = text.Length;
        for (int back = 1; back <= 4 && back < text.Length; back++)
        {
            byte b = text[^back];
            if ((b & 0xC0) == 0x80) continue;
            int length = b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
            if (length > back) cut = text.Length - back;
            break;
        }
        return cut;
    }

    /// <summary>The first place from here on that is not inside a character.</summary>
    private static long CharacterStart(FileStream file, long place)
    {
        place = Math.Clamp(place, 0, file.Length);
        file.Position = place;
        for (int skipped = 0; skipped < 3 && place < file.Length && (file.ReadByte() & 0xC0) == 0x80; skipped++) place++;
        return place;
    }

    private static void Check(ReadOnlySpan<byte> text, string path, long offset)
    {
        if (System.Text.Unicode.Utf8.IsValid(text)) return;
        int valid = 0;
        while (Rune.DecodeFromUtf8(text[valid..], out _, out int length) == OperationStatus.Done) valid += length;
        throw new InvalidDataException($"{path} is not UTF-8: byte 0x{text[valid]:X2} at offset {offset + valid}");
    }
}
