using System.Globalization;

namespace Heed.Tokenization;

/// <summary>The tokens <c>&lt;0x00&gt;</c> .. <c>&lt;0xFF&gt;</c>, which stand for bytes where a vocabulary falls back on them.</summary>
internal static class ByteTokens
{
    /// <summary>The spelling of a byte's token.</summary>
    public static string Spell(byte value) => $"<0x{value:X2}>";

    /// <summary>The byte that a token stands for, or null.</summary>
    public static byte? Read(ReadOnlySpan<byte> token)
    {
        if (token.Length != 6 || !token.StartsWith("<0x"u8) || token[5] != '>') return null;
        return byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value) ? value : null;
    }

    /// <summary>The ids of the 256 tokens; -1 where the vocabulary lacks one.</summary>
    public static int[] Find(Func<string, int?> idOf) => [.. Enumerable.Range(0, 256).Select(b => idOf(Spell((byte)b)) ?? -1)];
}

/// <summary>What a piece of a sentencepiece model, or a token of a GGUF vocabulary, is; the numbers are those of both formats.</summary>
public enum PieceKind : byte
{
    /// <summary>A token with a score.</summary>
    Normal = 1,

    /// <summary>Stands for text that no other piece covers.</summary>
    Unknown = 2,

    /// <summary>A control token: never found in text.</summary>
    Control = 3,

    /// <summary>Always found in text, before any other.</summary>
    UserDefined = 4,

    /// <summary>Left out of segmentation.</summary>
    Unused = 5,

    /// <summary>One byte of text that no other piece covers.</summary>
    Byte = 6,
}
