using System.Buffers;
using System.Text;

namespace Heed.Studio.Pages.Next;

/// <summary>Makes words of the bytes of tokens.</summary>
internal static class PhraseText
{
    private const string WithinWords = "'’-";

    /// <summary>A token and what follows it, to the end of the phrase: up to a punctuation mark, a line end, or the last word that is whole.</summary>
    /// <param name="token">What the token writes; may end within a character.</param>
    /// <param name="following">What the tokens behind it write.</param>
    /// <param name="ended">Whether the text ends behind them.</param>
    public static NextPhrase Of(byte[] token, IEnumerable<byte[]> following, bool ended)
    {
        List<byte> bytes = [.. token];
        string first = Whole(bytes) ? Text(bytes) : "";
        foreach (byte[] next in following)
        {
            bytes.AddRange(next);
            if (first.Length == 0 && Whole(bytes)) first = Text(bytes);
        }
        if (first.Length == 0) return new NextPhrase("", "");
        string more = Text(bytes).TrimEnd('\uFFFD');
        more = more.Length > first.Length ? more[first.Length..] : "";
        int end = 0;
        while (end < more.Length && !Ends(more[end])) end++;
        // Behind the last space a word may go on that was not read to its end.
        if (end == more.Length && !ended && more.LastIndexOf(' ') is > 0 and int space) end = space;
        return new NextPhrase(first, more[..end].TrimEnd());
    }

    private static bool Ends(char c) => c is '\n' || char.IsPunctuation(c) && !WithinWords.Contains(c);

    private static string Text(List<byte> bytes) => Encoding.UTF8.GetString([.. bytes]);

    private static bool Whole(List<byte> bytes)
    {
        for (ReadOnlySpan<byte> rest = [.. bytes]; !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf8(rest, out _, out int length) != OperationStatus.Done) return false;
            rest = rest[length..];
        }
        return true;
    }
}
