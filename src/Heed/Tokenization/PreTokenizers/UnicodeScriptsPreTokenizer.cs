using System.Globalization;
using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>
/// Cuts where the script changes (Unicode property Script), as sentencepiece's trainer does: Hiragana and Katakana count as Han,
/// and a space, like a character without a script, goes with what stands before it.
/// </summary>
public sealed class UnicodeScriptsPreTokenizer : IPreTokenizer
{
    private const byte Any = 0;
    private const int Planes = 0x110000;
    private static readonly byte[] Scripts = Read();

    /// <summary>A number for the script of a character: the same for Han, Hiragana and Katakana, and 0 for none.</summary>
    internal static byte ScriptOf(int codePoint) => Scripts[codePoint];

    /// <inheritdoc/>
    public void Split(PieceBuffer pieces)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        ReadOnlySpan<byte> text = pieces.Text.Bytes;
        pieces.BeginCut();
        for (int i = 0; i < pieces.Count; i++)
        {
            (int at, int end) = pieces.RangeOf(i);
            int start = -1;   // what stands before the first character that has a script is lost, as in the original
            int last = -1;
            while (at < end)
            {
                byte script = Scripts[Utf8Text.CodePoint(text, at, out int length)];
                if (script != Any && last != script)
                {
                    if (start >= 0) pieces.Cut(start, at);
                    start = at;
                    last = script;
                }
                at += length;
            }
            if (start >= 0) pieces.Cut(start, end);
        }
        pieces.EndCut();
    }

    private static byte[] Read()
    {
        using Stream stream = typeof(UnicodeScriptsPreTokenizer).Assembly.GetManifestResourceStream("Scripts.txt")!;
        using var reader = new StreamReader(stream);
        var scripts = new byte[Planes];
        byte han = 0, number = Any;
        while (reader.ReadLine() is { } line)
        {
            if (line[0] == '#') continue;
            int colon = line.IndexOf(':');
            byte script = ++number;
            if (line.StartsWith("Han:", StringComparison.Ordinal)) han = script;
            if (line[..colon] is "Hiragana" or "Katakana") script = han;   // the list is sorted: Han comes first
            ReadOnlySpan<char> ranges = line.AsSpan(colon + 2);
            foreach (Range part in ranges.Split(' '))
            {
                ReadOnlySpan<char> range = ranges[part];
                int dash = range.IndexOf('-');
                int first = Hex(dash < 0 ? range : range[..dash]), end = dash < 0 ? first : Hex(range[(dash + 1)..]);
                scripts.AsSpan(first, end - first + 1).Fill(script);
            }
        }
        scripts[0x30FC] = han;
        scripts[' '] = Any;
        return scripts;
    }

    private static int Hex(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "UnicodeScripts");
}
