using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The texts that a recipe learns from for the objective "causal", read anew each time they are asked for and never held together.</summary>
/// <remarks>
/// A single file of text is running text: it comes in parts of about a mebibyte, cut where the common split patterns cut anyway. All else is
/// documents, one text each.
/// </remarks>
internal sealed class TextStream
{
    private const int Whole = 1 << 20; // bytes of a file that is read at once

    private readonly Recipe recipe;
    private readonly RecordFaults faults;
    private readonly DataFiles source;
    private readonly RecordSplit split;
    private readonly Func<DataSplit, DataFiles?> apart;
    private readonly Func<DataFiles, IEnumerable<string>> documents;
    private long? length; // documents of the source, or UTF-16 characters of running text

    /// <summary>The texts of a recipe's files.</summary>
    public TextStream(Recipe recipe, RecipeRecords records)
    {
        this.recipe = recipe;
        (source, split, faults, apart) = (records.Source, records.Split, records.Faults, records.Apart);
        documents = files => records.Texts(files, documents: true);
        IsRunning = source.IsRunningText;
        if (IsRunning && recipe.Data.Split != "end" && (apart(DataSplit.Validation) is null || recipe.Data.TestFraction > 0))
            throw new InvalidDataException($"data.split must be \"end\", because {source.Paths[0]} is running text, which has no records to deal out; it is \"{recipe.Data.Split}\"");
    }

    /// <summary>Whether this is running text.</summary>
    public bool IsRunning { get; }

    /// <summary>Bytes of the source's files, as they lie on disk.</summary>
    public long Bytes => source.Bytes;

    /// <summary>What was passed over.</summary>
    public RecordFaults Faults => faults;

    /// <summary>The texts of a part.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read.</exception>
    public IEnumerable<string> Of(DataSplit part)
    {
        if (part != DataSplit.Training && apart(part) is { } files) return IsRunning && files.IsRunningText ? Running(files.Paths[0]) : documents(files);
        return IsRunning ? RunningPart(part) : Dealt(part);
    }

    /// <summary>SHA-256, in hexadecimal digits, of all that the texts of a part depend on: what the files hold and how it is read.</summary>
    public string Fingerprint(DataSplit part)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        DataSection d = recipe.Data;
        DataFiles? own = part == DataSplit.Training ? null : apart(part);
        Add(FormattableString.Invariant($"texts 1|{IsRunning}|{d.Text}|{d.CorruptLimit}"));
        if (own is null) Add(FormattableString.Invariant($"{part}|{d.Split}|{(apart(DataSplit.Validation) is null ? d.ValidationFraction : 0)}|{(apart(DataSplit.Test) is null ? d.TestFraction : 0)}|{(d.Split == "random" ? recipe.Seed : 0)}"));
        foreach (string path in (own ?? source).Paths)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            Add(FormattableString.Invariant($"{Path.GetExtension(path)}|{file.Length}"));
            hash.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
    }

    /// <summary>Texts from all over a part, of at most about <paramref name="bytes"/> bytes together.</summary>
    public IEnumerable<string> Sample(DataSplit part, long bytes)
    {
        double share = Math.Min(1, (double)bytes / Math.Max(1, Bytes));
        long number = 0, left = bytes;
        foreach (string text in Of(part))
        {
            if ((long)((number + 1) * share) > (long)(number * share) || number == 0)
            {
                string taken = text[..Cut(text, left)]; // a character has a byte at least
                yield return taken;
                left -= Encoding.UTF8.GetByteCount(taken);
                if (left <= 0) yield break;
            }
            number++;
        }
    }

    private IEnumerable<string> Dealt(DataSplit part)
    {
        long count = 0;
        if (split.NeedsCount)
        {
            count = length ??= documents(source).LongCount();
            if (count < 2 && apart(DataSplit.Validation) is null) throw new InvalidDataException($"{recipe.Data.Source} has {count.ToString(CultureInfo.InvariantCulture)} texts; at least 2 are needed, one to learn from and one to validate on");
        }
        return documents(source).Where((text, i) => split.Of(i, count, text) == part);
    }

    // The last characters are for the test, those before them for validation.
    private IEnumerable<string> RunningPart(DataSplit part)
    {
        string path = source.Paths[0];
        long all = length ??= Running(path).Sum(t => (long)t.Length);
        long test = all - Share(DataSplit.Test, recipe.Data.TestFraction), validation = test - Share(DataSplit.Validation, recipe.Data.ValidationFraction);
        (long from, long to) = part switch
        {
            DataSplit.Training => (0, validation),
            DataSplit.Validation => (validation, test),
            _ => (test, all),
        };
        long at = 0;
        foreach (string text in Running(path))
        {
            int first = Cut(text, from - at), last = Cut(text, to - at);
            if (first < last) yield return text[first..last];
            at += text.Length;
            if (at >= to) yield break;
        }

        long Share(DataSplit of, double fraction) => apart(of) is null ? (long)(all * fraction) : 0;
    }

    // A place within a text, never within a character.
    private static int Cut(string text, long at)
    {
        int place = (int)Math.Clamp(at, 0, text.Length);
        return place > 0 && place < text.Length && char.IsLowSurrogate(text[place]) ? place - 1 : place;
    }

    private static IEnumerable<string> Running(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || new FileInfo(path).Length <= Whole ? [TextFile.Read(path)] : TextCorpus.FromFiles([path]).Texts();
}
