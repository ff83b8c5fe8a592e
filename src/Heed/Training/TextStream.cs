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
    private readonly Func<DataSplit, DataFiles?> apart;
    private readonly RecordStream<string> documents;
    private long? length; // UTF-16 characters of running text

    /// <summary>The texts of a recipe's files.</summary>
    public TextStream(Recipe recipe, RecipeRecords records)
    {
        this.recipe = recipe;
        (source, faults, apart) = (records.Source, records.Faults, records.Apart);
        documents = new RecordStream<string>(recipe, records, files => records.Texts(files, documents: true), text => text);
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
        if (!IsRunning) return documents.Of(part);
        if (part == DataSplit.Training || apart(part) is not { } files) return RunningPart(part);
        return files.IsRunningText ? Running(files.Paths[0]) : documents.Of(part);
    }

    /// <summary>SHA-256, in hexadecimal digits, of all that the texts of a part depend on: what the files hold and how it is read.</summary>
    public string Fingerprint(DataSplit part) => documents.Fingerprint(part, FormattableString.Invariant($"texts 1|{IsRunning}|{recipe.Data.Text}|{recipe.Data.CorruptLimit}"));

    /// <summary>Texts from all over a part, of at most about <paramref name="bytes"/> bytes together.</summary>
    public IEnumerable<string> Sample(DataSplit part, long bytes) => TextSample.First(TextSample.Spread(Of(part), Bytes, bytes), bytes);

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
            int first = TextSample.Cut(text, from - at), last = TextSample.Cut(text, to - at);
            if (first < last) yield return text[first..last];
            at += text.Length;
            if (at >= to) yield break;
        }

        long Share(DataSplit of, double fraction) => apart(of) is null ? (long)(all * fraction) : 0;
    }

    private static IEnumerable<string> Running(string path) => path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) || new FileInfo(path).Length <= Whole ? [TextFile.Read(path)] : TextCorpus.FromFiles([path]).Texts();
}
