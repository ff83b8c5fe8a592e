using System.Text;

namespace Heed.Tasks.Evaluation;

/// <summary>Tells Chinese texts from others, because figures cut them otherwise.</summary>
internal static class Languages
{
    /// <summary>Whether most letters of the texts are Chinese characters.</summary>
    public static bool AreChinese(IEnumerable<string> texts)
    {
        long chinese = 0, letters = 0;
        foreach (string text in texts)
            foreach (Rune rune in text.EnumerateRunes())
            {
                if (!Rune.IsLetter(rune)) continue;
                letters++;
                if (rune.Value is >= 0x3400 and <= 0x9FFF or >= 0x20000 and <= 0x323AF) chinese++;
            }
        return 2 * chinese > letters;
    }
}
