using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Heed.Data.Records;

namespace Heed.Training;

/// <summary>What a recipe makes of its records, read anew each time it is asked for and never held together.</summary>
/// <param name="recipe">The recipe.</param>
/// <param name="records">Its files.</param>
/// <param name="read">Makes it of the records of some files, one at a time.</param>
/// <param name="text">The text by which a record is dealt out to a split.</param>
internal sealed class RecordStream<T>(Recipe recipe, RecipeRecords records, Func<DataFiles, IEnumerable<T>> read, Func<T, string> text)
{
    private long? count; // records of the source

    /// <summary>Bytes of the source's files, as they lie on disk.</summary>
    public long Bytes => records.Source.Bytes;

    /// <summary>The records of a part.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read.</exception>
    public IEnumerable<T> Of(DataSplit part) => Own(part) is { } files ? read(files) : Dealt(part);

    /// <summary>SHA-256, in hexadecimal digits, of all that the records of a part depend on: what the files hold and how it is read.</summary>
    /// <param name="part">The part.</param>
    /// <param name="form">What the recipe says of how records are read.</param>
    public string Fingerprint(DataSplit part, string form)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        DataSection d = recipe.Data;
        DataFiles? own = Own(part);
        Add(form);
        if (own is null) Add(FormattableString.Invariant($"{part}|{d.Split}|{Share(DataSplit.Validation, d.ValidationFraction)}|{Share(DataSplit.Test, d.TestFraction)}|{(d.Split == "random" ? recipe.Seed : 0)}"));
        foreach (string path in (own ?? records.Source).Paths)
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            Add(FormattableString.Invariant($"{Path.GetExtension(path)}|{file.Length}"));
            hash.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string words) => hash.AppendData(Encoding.UTF8.GetBytes(words + "\n"));
    }

    private DataFiles? Own(DataSplit part) => part == DataSplit.Training ? null : records.Apart(part);

    private double Share(DataSplit part, double fraction) => records.Apart(part) is null ? fraction : 0;

    private IEnumerable<T> Dealt(DataSplit part)
    {
        long all = 0;
        if (records.Split.NeedsCount)
        {
            all = count ??= read(records.Source).LongCount();
            if (all < 2 && records.Apart(DataSplit.Validation) is null) throw new InvalidDataException($"{recipe.Data.Source} has {all.ToString(CultureInfo.InvariantCulture)} texts; at least 2 are needed, one to learn from and one to validate on");
        }
        return read(records.Source).Where((record, i) => records.Split.Of(i, all, text(record)) == part);
    }
}
