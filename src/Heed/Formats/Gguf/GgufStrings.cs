using System.Collections;
using System.Text;

namespace Heed.Formats.Gguf;

/// <summary>Many strings, such as the tokens of a vocabulary: one block of UTF-8, each decoded when it is asked for. Immutable.</summary>
public sealed class GgufStrings : IReadOnlyList<string>
{
    private readonly byte[] text;
    private readonly int[] ends;

    // ends[i]: the first byte behind string i.
    internal GgufStrings(byte[] text, int[] ends) => (this.text, this.ends) = (text, ends);

    /// <summary>Holds some strings.</summary>
    /// <exception cref="ArgumentException">One is null or no valid text (half a surrogate pair), or together they are longer than 2 GiB.</exception>
    public GgufStrings(IEnumerable<string> strings)
    {
        ArgumentNullException.ThrowIfNull(strings);
        var all = new MemoryStream();
        var list = new List<int>();
        foreach (string item in strings)
        {
            if (item is null) throw new ArgumentException($"String {list.Count} is null.", nameof(strings));
            if (all.Length + Encoding.UTF8.GetMaxByteCount(item.Length) > Array.MaxLength) throw new ArgumentException("The strings are longer than 2 GiB together.", nameof(strings));
            all.Write(SafetensorsEntry.StrictUtf8.GetBytes(item));
            list.Add((int)all.Length);
        }
        (text, ends) = (all.ToArray(), [.. list]);
    }

    /// <inheritdoc/>
    public int Count => ends.Length;

    /// <summary>A string; bytes that are no valid UTF-8 become U+FFFD.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is not one of them.</exception>
    public string this[int index] => Encoding.UTF8.GetString(Utf8(index));

    /// <summary>The bytes of a string, as the file has them.</summary>
    /// <exception cref="IndexOutOfRangeException">The index is not one of them.</exception>
    public ReadOnlySpan<byte> Utf8(int index)
    {
        int end = ends[index], start = index == 0 ? 0 : ends[index - 1];
        return text.AsSpan(start, end - start);
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator()
    {
        for (int i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
