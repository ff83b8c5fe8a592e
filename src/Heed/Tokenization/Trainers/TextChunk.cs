using System.Text;

namespace Heed.Tokenization;

/// <summary>Some texts as UTF-8, one after the other: the unit of work in which a corpus is read and counted.</summary>
internal sealed class TextChunk
{
    /// <summary>Texts are gathered up to about this many bytes.</summary>
    public const int TargetBytes = 1 << 21;

    private readonly List<(int Start, int End)> texts = [];
    private byte[] bytes;

    public TextChunk(int capacity = TargetBytes) => bytes = new byte[capacity];

    /// <summary>Bytes of all texts together.</summary>
    public int Length { get; private set; }

    /// <summary>Number of texts.</summary>
    public int Count => texts.Count;

    /// <summary>One text.</summary>
    public ReadOnlySpan<byte> this[int index] => bytes.AsSpan(texts[index].Start, texts[index].End - texts[index].Start);

    /// <summary>Appends a text; a lone surrogate becomes U+FFFD.</summary>
    public void Add(string text)
    {
        int most = checked(3 * text.Length);
        if (bytes.Length - Length < most)
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max(Length + (long)most, 2L * bytes.Length)));
        int start = Length;
        Length += Encoding.UTF8.GetBytes(text, bytes.AsSpan(start));
        texts.Add((start, Length));
    }

    /// <summary>Appends a part of a file as one text or as its lines.</summary>
    public void Add(ReadOnlySpan<byte> part, TextUnit unit)
    {
        if (bytes.Length - Length < part.Length) Array.Resize(ref bytes, checked(Length + part.Length));
        part.CopyTo(bytes.AsSpan(Length));
        if (unit == TextUnit.File) texts.Add((Length, Length + part.Length));
        else
            for (int start = 0, end; start < part.Length; start = end)
            {
                int line = part[start..].IndexOf((byte)'\n');
                end = line < 0 ? part.Length : start + line + 1;
                int kept = unit == TextUnit.Line || line < 0 ? end : end - (line > 0 && part[end - 2] == '\r' ? 2 : 1);
                if (kept > start) texts.Add((Length + start, Length + kept));
            }
        Length += part.Length;
    }
}
