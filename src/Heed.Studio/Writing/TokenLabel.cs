using System.Globalization;
using System.Text;
using Heed.Server;

namespace Heed.Studio;

/// <summary>Tokens as people can see them.</summary>
internal static class TokenLabel
{
    /// <summary>A token with its spaces (·) and line ends (⏎) visible; bytes that are no whole character as ‹E4 BD›; a special token by its name.</summary>
    public static string Of(ModelWriter writer, int id)
    {
        if ((uint)id >= (uint)writer.Tokenizer.VocabularySize) return $"‹{id.ToString(CultureInfo.InvariantCulture)}›";
        if (writer.Tokenizer.AddedTokens.FirstOrDefault(t => t.Id == id && t.Special) is { } special) return special.Content;
        return Of(writer.BytesOf(id));
    }

    /// <summary>Bytes as text that can be seen.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        StringBuilder shown = new();
        while (!bytes.IsEmpty)
        {
            int length;
            if (Rune.DecodeFromUtf8(bytes, out Rune rune, out length) == System.Buffers.OperationStatus.Done) shown.Append(Visible(rune));
            else
            {
                length = 1;
                while (length < bytes.Length && Rune.DecodeFromUtf8(bytes[length..], out _, out _) != System.Buffers.OperationStatus.Done) length++;
                shown.Append('‹').AppendJoin(' ', bytes[..length].ToArray().Select(b => b.ToString("X2", CultureInfo.InvariantCulture))).Append('›');
            }
            bytes = bytes[length..];
        }
        return shown.ToString();
    }

    /// <summary>A text with its spaces, line ends and tabs visible, in the letters that it has.</summary>
    public static string Visible(string text) => text.Replace(' ', '·').Replace("\n", "↵", StringComparison.Ordinal).Replace("\t", "→", StringComparison.Ordinal);

    private static string Visible(Rune rune) => rune.Value switch
    {
        ' ' => "·",
        '\n' => "⏎",
        '\t' => "⇥",
        _ when Rune.IsControl(rune) => $"‹{rune.Value.ToString("X2", CultureInfo.InvariantCulture)}›",
        _ => rune.ToString(),
    };
}
