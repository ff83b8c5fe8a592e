namespace Heed.Generation;

/// <summary>Places of a text as people count them.</summary>
internal static class TextPlace
{
    /// <summary>Line and column of a character, both from 1.</summary>
    public static (int Line, int Column) Of(string text, int place)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, Math.Min(place, text.Length));
        return (before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}
