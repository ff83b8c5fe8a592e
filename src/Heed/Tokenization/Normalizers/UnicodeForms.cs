using System.Globalization;

namespace Heed.Tokenization;

/// <summary>A Unicode normalization form (UAX #15).</summary>
public enum UnicodeForm
{
    /// <summary>Canonical composition.</summary>
    Nfc,

    /// <summary>Canonical decomposition.</summary>
    Nfd,

    /// <summary>Compatibility composition.</summary>
    Nfkc,

    /// <summary>Compatibility decomposition.</summary>
    Nfkd,
}

/// <summary>
/// The data of the normalization forms, from our own table: the runtime's <see cref="string.Normalize()"/> does nothing under
/// invariant globalization, depends on the system's ICU otherwise, and throws on U+FFFE and lone surrogates.
/// </summary>
internal static class UnicodeForms
{
    private const int HangulBase = 0xAC00, LBase = 0x1100, VBase = 0x1161, TBase = 0x11A7, LCount = 19, VCount = 21, TCount = 28;
    private const int HangulCount = LCount * VCount * TCount;
    private const int Planes = 0x30000;   // nothing above has a mapping or a class

    // By code point >> 8: null where no character of the block has any.
    private static readonly byte[]?[] Classes = new byte[Planes >> 8][];
    private static readonly int[]?[][] Mappings = new int[Planes >> 8][][];   // one step
    private static readonly bool[]?[] Compatibility = new bool[Planes >> 8][];
    private static readonly Dictionary<long, int> Composed = [];
    private static readonly HashSet<int> ComposesWithPrevious = [];

    static UnicodeForms()
    {
        using Stream stream = typeof(UnicodeForms).Assembly.GetManifestResourceStream("Decompositions.txt")!;
        using var reader = new StreamReader(stream);
        int code = 0;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            int mark = line.IndexOfAny(['=', '!', '~', '@']);
            ReadOnlySpan<char> head = line.AsSpan(0, mark), rest = line.AsSpan(mark + 1);
            if (line[mark] == '@')
            {
                ReadClasses(byte.Parse(head, CultureInfo.InvariantCulture), rest);
                continue;
            }
            code = head.IsEmpty ? code + 1 : Hex(head);
            var mapping = new List<int>();
            foreach (Range part in rest.Split(' ')) mapping.Add(Hex(rest[part]));
            (Mappings[code >> 8] ??= new int[256][])[code & 255] = [.. mapping];
            (Compatibility[code >> 8] ??= new bool[256])[code & 255] = line[mark] == '~';
            if (line[mark] != '=') continue;
            Composed[Pair(mapping[0], mapping[1])] = code;
            ComposesWithPrevious.Add(mapping[1]);
        }
    }

    private static void ReadClasses(byte combiningClass, ReadOnlySpan<char> ranges)
    {
        foreach (Range part in ranges.Split(' '))
        {
            ReadOnlySpan<char> range = ranges[part];
            int dash = range.IndexOf('-');
            int first = Hex(dash < 0 ? range : range[..dash]), last = dash < 0 ? first : Hex(range[(dash + 1)..]);
            for (int code = first; code <= last; code++) (Classes[code >> 8] ??= new byte[256])[code & 255] = combiningClass;
        }
    }

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private static long Pair(int first, int second) => ((long)first << 32) | (uint)second;

    /// <summary>The canonical combining class.</summary>
    public static int ClassOf(int code) => code < Planes && Classes[code >> 8] is { } block ? block[code & 255] : 0;

    /// <summary>The character that two make together, or -1.</summary>
    public static int Compose(int first, int second)
    {
        if (first is >= LBase and < LBase + LCount && second is >= VBase and < VBase + VCount)
            return HangulBase + ((first - LBase) * VCount + second - VBase) * TCount;
        if (first is >= HangulBase and < HangulBase + HangulCount && (first - HangulBase) % TCount == 0 && second is > TBase and < TBase + TCount)
            return first + second - TBase;
        return Composed.GetValueOrDefault(Pair(first, second), -1);
    }

    /// <summary>Appends the full decomposition of a character.</summary>
    public static void Decompose(int code, bool compatibility, List<int> output)
    {
        if (code is >= HangulBase and < HangulBase + HangulCount)
        {
            int index = code - HangulBase;
            output.Add(LBase + index / (VCount * TCount));
            output.Add(VBase + index % (VCount * TCount) / TCount);
            if (index % TCount > 0) output.Add(TBase + index % TCount);
        }
        else if (MappingOf(code, compatibility) is { } mapping)
        {
            foreach (int part in mapping) Decompose(part, compatibility, output);   // at most a few steps: the table is our own
        }
        else output.Add(code);
    }

    private static int[]? MappingOf(int code, bool compatibility) =>
        code < Planes && Mappings[code >> 8]?[code & 255] is { } mapping && (compatibility || !Compatibility[code >> 8]![code & 255]) ? mapping : null;

    /// <summary>True when a character stays as it is in this form whatever stands beside it.</summary>
    public static bool IsInert(int code, UnicodeForm form)
    {
        if (code < 0x80) return true;
        if (form == UnicodeForm.Nfc && code < 0x300) return true;
        if (ClassOf(code) != 0) return false;
        bool hangul = code is >= HangulBase and < HangulBase + HangulCount;
        if (form is UnicodeForm.Nfd or UnicodeForm.Nfkd) return !hangul && MappingOf(code, form == UnicodeForm.Nfkd) is null;
        if (hangul) return true;
        if (code is >= VBase and < TBase + TCount || ComposesWithPrevious.Contains(code)) return false;
        // A character that composes again has itself as its composition.
        return MappingOf(code, form == UnicodeForm.Nfkc) is not { } mapping
            || (!Compatibility[code >> 8]![code & 255] && mapping.Length == 2 && Compose(mapping[0], mapping[1]) == code && IsInertStart(mapping[0], form));
    }

    private static bool IsInertStart(int code, UnicodeForm form) => form != UnicodeForm.Nfkc || MappingOf(code, true) is null || IsInert(code, form);
}
