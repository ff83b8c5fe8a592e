using System.Text;

namespace Heed.Tests.Tokenization;

/// <summary>Random text of the kinds which split patterns tell apart, from a seeded generator.</summary>
internal sealed class RandomText(int seed)
{
    private static readonly string[] Endings = ["'s", "'S", "'ſ", "'t", "'T", "'re", "'Re", "'vE", "'m", "'LL", "'lL", "'d", "'l", "'r", "'", "''s", "’s"];
    private static readonly string[] Spaces = [" ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", "\u000B", "\f", "\u0085", "\u00A0", "\u1680", "\u2003", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000", "\u200B", "\uFEFF", "\u180E"];
    private static readonly string[] Signs = [".", ",", "!", "_", "-", "/", "//", "(", ")", "$", "+", "<|", "|>", "。", "「", "€", "…", "\u0000", "\uFFFD", "\uFFFE", "\u0301", "\u0308", "\u20DD", "\u0903", "\u200D", "\uFE0F"];
    private static readonly string[] Letters = ["a", "Zz", "word", "THE", "McX", "e\u0301", "é", "É", "ǅ", "ʰ", "ª", "ß", "ſ", "K", "中", "文字", "かな", "カナ", "한글", "д", "Ж", "ω", "Σ", "ب", "א", "ไทย", "हि", "Ⓐ", "𝐀", "𝐚", "𐐀", "𐐨", "𠀀", "🅰"];
    private static readonly string[] Numbers = ["0", "7", "12", "345", "6789", "٠", "३", "½", "²", "Ⅷ", "一", "𝟏", "𝟏𝟐", "𐄇", "🄀"];
    private static readonly string[] Emoji = ["😀", "👩‍👩‍👧", "🇩🇪", "❤️", "👍🏽"];

    private readonly Random random = new(seed);

    public int Below(int count) => random.Next(count);

    public string Next(int maxParts, bool basicPlane = false)
    {
        var text = new StringBuilder();
        for (int parts = random.Next(maxParts + 1); parts > 0; parts--)
        {
            string part = random.Next(16) switch
            {
                0 or 1 => Any(Endings),
                < 5 => Any(Spaces),
                < 8 => Any(Signs),
                < 12 => Any(Letters),
                < 14 => Any(Numbers),
                14 => Any(Emoji),
                _ => AnyCharacter(),
            };
            for (int times = random.Next(6) == 0 ? random.Next(1, 5) : 1; times > 0; times--) text.Append(part);
        }
        if (basicPlane)
            for (int i = 0; i < text.Length; i++)
                if (char.IsSurrogate(text[i])) text[i] = 'x';
        return text.ToString();
    }

    private string Any(string[] parts) => parts[random.Next(parts.Length)];

    private string AnyCharacter()
    {
        while (true)
        {
            int c = random.Next(4) switch { 0 => random.Next(0x110000), 1 => random.Next(0x20000), 2 => random.Next(0x10000), _ => random.Next(0x800) };
            if (Rune.IsValid(c)) return new Rune(c).ToString();
        }
    }
}
