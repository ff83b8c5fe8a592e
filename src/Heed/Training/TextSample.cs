using System.Text;

namespace Heed.Training;

/// <summary>A part of many texts, for a tokenizer to learn from.</summary>
internal static class TextSample
{
    /// <summary>Items from all over a stream.</summary>
    /// <param name="items">The stream.</param>
    /// <param name="all">About how many bytes it has.</param>
    /// <param name="bytes">About how many are wanted.</param>
    public static IEnumerable<T> Spread<T>(IEnumerable<T> items, long all, long bytes)
    {
        double share = Math.Min(1, (double)bytes / Math.Max(1, all));
        return items.Where((_, i) => i == 0 || (long)((i + 1) * share) > (long)(i * share));
    }

    /// <summary>The first texts, of at most <paramref name="bytes"/> bytes together.</summary>
    public static IEnumerable<string> First(IEnumerable<string> texts, long bytes)
    {
        long left = bytes;
        foreach (string text in texts)
        {
            string taken = text[..Cut(text, left)]; // a character has a byte at least
            yield return taken;
            left -= Encoding.UTF8.GetByteCount(taken);
            if (left <= 0) yield break;
        }
    }

    /// <summary>A place within a text, never within a character.</summary>
    public static int Cut(string text, long at)
    {
        int place = (int)Math.Clamp(at, 0, text.Length);
        return place > 0 && place < text.Length && char.IsLowSurrogate(text[place]) ? place - 1 : place;
    }
}
