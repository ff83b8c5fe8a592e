namespace Heed.Tokenization;

/// <summary>Some texts as UTF-8, one after the other: the unit of work in which a corpus is read and counted.</summary>
internal sealed class TextChunk
{
    /// <summary>Texts are gathered up to about this many bytes.</summary>
    public const int TargetBytes = 1 << 21;

    private readonly List<int> ends = [];
    private byte[] bytes;

    public TextChunk(int capacity = TargetBytes) => bytes = new byte[capacity];

    /// <summary>Bytes of all texts together.</summary>
    public int Length { get; private set; }

    /// <summary>Number of texts.</summary>
    public int Count => ends.Count;

    /// <summary>One text.</summary>
    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : ends[index - 1];
            return bytes.AsSpan(start, ends[index] - start);
        }
    }

    /// <summary>Appends a text; a lone surrogate becomes U+FFFD.</summary>
    public void Add(string text)
    {
        int most = checked(3 * text.Length);
        if (bytes.Length - Length < most)
            Array.Resize(ref bytes, (int)Math.Min(Array.MaxLength, Math.Max(Length + (long)most, 2L * bytes.Length)));
        Length += System.Text.Encoding.UTF8.GetBytes(text, bytes.AsSpan(Length));
        ends.Add(Length);
    }

    /// <summary>Appends texts that stand in <paramref name="text"/> one after the other.</summary>
    public void Add(ReadOnlySpan<byte> text, bool eachLine)
    {
        if (bytes.Length - Length < text.Length) Array.Resize(ref bytes, checked(Length + text.Length));
        text.CopyTo(bytes.AsSpan(Length));
        if (eachLine)
            for (int start = 0; start < text.Length;)
            {
                int line = text[start..].IndexOf((byte)'\n');
                start = line < 0 ? text.Length : start + line + 1;
                ends.Add(Length + start);
            }
        else ends.Add(Length + text.Length);
        Length += text.Length;
    }
}
