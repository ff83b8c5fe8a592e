using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>A Unicode normalization form ("NFC", "NFD", "NFKC", "NFKD" in tokenizer.json; UAX #15).</summary>
public sealed class UnicodeNormalizer(UnicodeForm form) : INormalizer
{
    private readonly record struct Character(int Code, int Class, int Change);

    /// <summary>The form.</summary>
    public UnicodeForm Form => form;

    /// <inheritdoc/>
    public void Normalize(AlignedText text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (FirstToChange(text.Bytes) < 0) return;
        text.Begin();
        var pending = new List<Character>();   // one starter and its marks, decomposed
        var parts = new List<int>();
        ReadOnlySpan<byte> source = text.Bytes;
        for (int at = 0; at < source.Length;)
        {
            int code = Utf8Text.CodePoint(source, at, out int length);
            at += length;
            parts.Clear();
            UnicodeForms.Decompose(code, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, parts);
            for (int i = 0; i < parts.Count; i++)
            {
                int combining = UnicodeForms.ClassOf(parts[i]);
                if (combining == 0) Flush(text, pending, parts[i]);
                pending.Add(new Character(parts[i], combining, i == 0 ? 0 : 1));
            }
        }
        Flush(text, pending, -1);
        text.Commit();
    }

    /// <summary>Where the first character begins that this form may change, or -1.</summary>
    private int FirstToChange(ReadOnlySpan<byte> text)
    {
        for (int at = 0; at < text.Length;)
        {
            int ascii = text[at..].IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            if (ascii < 0) return -1;
            at += ascii;
            if (!UnicodeForms.IsInert(Utf8Text.CodePoint(text, at, out int length), form)) return at;
            at += length;
        }
        return -1;
    }

    /// <summary>
    /// Orders the marks and, for composed forms, joins what composes. A starter may still join the <paramref name="next"/> one,
    /// if no mark stands between them; then nothing is written yet.
    /// </summary>
    private void Flush(AlignedText text, List<Character> pending, int next)
    {
        if (pending.Count == 0) return;
        if (pending.Count > 1) Order(pending);
        if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
        {
            Compose(pending);
            if (next >= 0 && pending.Count == 1 && pending[0].Class == 0 && UnicodeForms.Compose(pending[0].Code, next) >= 0) return;
        }
        foreach (Character c in pending) text.Put(c.Code, c.Change);
        pending.Clear();
    }

    /// <summary>Sorts each run of marks by class; equal classes keep their order.</summary>
    private static void Order(List<Character> pending)
    {
        for (int from = 0; from < pending.Count;)
        {
            if (pending[from].Class == 0)
            {
                from++;
                continue;
            }
            int to = from;
            bool sorted = true;
            for (; to < pending.Count && pending[to].Class != 0; to++) sorted &= to == from || pending[to - 1].Class <= pending[to].Class;
            if (!sorted)
            {
                Character[] run = [.. pending[from..to].OrderBy(c => c.Class)];
                for (int i = 0; i < run.Length; i++) pending[from + i] = run[i];
            }
            from = to;
        }
    }

    private static void Compose(List<Character> pending)
    {
        if (pending[0].Class != 0) return;
        Character starter = pending[0];
        int kept = 1, lastClass = -1;   // -1: the starter is the character before
        for (int i = 1; i < pending.Count; i++)
        {
            Character mark = pending[i];
            bool blocked = lastClass >= 0 && lastClass >= mark.Class;
            if (!blocked && UnicodeForms.Compose(starter.Code, mark.Code) is var composed and >= 0)
            {
                starter = starter with { Code = composed, Change = starter.Change + mark.Change - 1 };
                continue;
            }
            pending[kept++] = mark;
            lastClass = mark.Class;
        }
        pending[0] = starter;
        pending.RemoveRange(kept, pending.Count - kept);
    }

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, form.ToString().ToUpperInvariant());
}
