using System.Text;
using System.Text.RegularExpressions;

namespace Heed.Data.Records;

/// <summary>The data files that paths, globs and folders stand for, in an order that does not change.</summary>
/// <remarks>
/// A folder gives the data files in it and below it; hidden ones and those of other kinds (a README, a description) are passed over. Where
/// names in it tell a split (<c>train-00000-of-00002.parquet</c>, <c>data/validation/a.jsonl</c>), it gives those of the split asked for,
/// otherwise all for training. A folder of .txt files holds a text in each.
/// </remarks>
public sealed partial class DataFiles
{
    private static readonly EnumerationOptions Below = new() { RecurseSubdirectories = true, MaxRecursionDepth = 32, IgnoreInaccessible = false };

    private readonly HashSet<string> whole;

    private DataFiles(IReadOnlyList<string> paths, HashSet<string> whole) => (Paths, this.whole) = (paths, whole);

    /// <summary>The files.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>Whether this is a single file of running text.</summary>
    public bool IsRunningText => Paths.Count == 1 && RecordFormat.IsText(Paths[0]) && !whole.Contains(Paths[0]);

    /// <summary>Bytes of all the files, as they lie on disk.</summary>
    public long Bytes => Paths.Sum(p => new FileInfo(p).Length);

    /// <summary>Finds files.</summary>
    /// <param name="sources">Paths of files, globs (*, ? and **) or folders.</param>
    /// <param name="split">The split that is asked for.</param>
    /// <exception cref="FileNotFoundException">Nothing is found under a path or glob.</exception>
    /// <exception cref="InvalidDataException">A folder has no data file of the split, or files of several kinds.</exception>
    public static DataFiles Find(IEnumerable<string> sources, DataSplit split = DataSplit.Training) =>
        Search(sources, split, own: true) ?? throw new InvalidDataException($"{string.Join(", ", sources)}: there are no {Name(split)} files");

    /// <summary>The files of a split that folders among the sources set apart by name; null if there are none.</summary>
    /// <exception cref="FileNotFoundException">Nothing is found under a path or glob.</exception>
    public static DataFiles? FindApart(IEnumerable<string> sources, DataSplit split) => Search(sources, split, own: false);

    /// <summary>The records of all the files, one after the other.</summary>
    /// <param name="columns">As for <see cref="RecordFile.Read"/>.</param>
    /// <param name="faults">As for <see cref="RecordFile.Read"/>.</param>
    /// <param name="documents">Whether files of text are one text each even outside folders.</param>
    public IEnumerable<DataRecord> Read(IEnumerable<string>? columns = null, RecordFaults? faults = null, bool documents = false)
    {
        faults ??= new RecordFaults();
        string[] asked = [.. columns ?? []];
        return Paths.SelectMany(path => whole.Contains(path) || documents && RecordFormat.IsText(path) ? RecordFile.ReadWhole(path, faults) : RecordFile.Read(path, asked, faults));
    }

    /// <summary>"validation".</summary>
    internal static string Name(DataSplit split) => split switch
    {
        DataSplit.Training => "training",
        DataSplit.Validation => "validation",
        _ => "test",
    };

    private static DataFiles? Search(IEnumerable<string> sources, DataSplit split, bool own)
    {
        List<string> paths = [];
        HashSet<string> whole = [];
        foreach (string source in sources)
        {
            if (Directory.Exists(source))
            {
                string[] found = InFolder(source, split, own);
                paths.AddRange(found);
                if (found.Length > 0 && RecordFormat.IsText(found[0])) whole.UnionWith(found);
            }
            else if (!own) continue;
            else if (File.Exists(source)) paths.Add(source);
            else if (source.AsSpan().ContainsAny('*', '?')) paths.AddRange(Matching(source));
            else throw new FileNotFoundException($"there is no file {source}", source);
        }
        return paths.Count == 0 ? null : new DataFiles(paths, whole);
    }

    // Of a folder that is given for a split (own), all files where none tells a split; else those that tell it.
    private static string[] InFolder(string folder, DataSplit split, bool own)
    {
        string[] names = [.. Directory.EnumerateFiles(folder, "*", Below).Select(p => Path.GetRelativePath(folder, p).Replace('\\', '/'))
            .Where(n => RecordFormat.IsData(n) && !n.StartsWith('_') && !n.Contains("/_", StringComparison.Ordinal) && !n.Split('/').SkipLast(1).Any(d => d.StartsWith('.'))).Order(StringComparer.Ordinal)];
        if (names.Length == 0) throw new InvalidDataException($"the folder {folder} has no data file ({RecordFormat.Names()})");
        if (names.Any(n => Told(n) is not null)) names = [.. names.Where(n => Told(n) == split)];
        else if (!own) names = [];
        if (names.Length == 0) return own ? throw new InvalidDataException($"the folder {folder} has no file whose name says {Name(split)}; name the files by a glob") : [];
        string[] kinds = [.. names.Select(RecordFormat.Kind).Distinct()];
        if (kinds.Length > 1) throw new InvalidDataException($"the folder {folder} has {string.Join(" and ", kinds)} files for {Name(split)}; choose one kind by a glob, such as {folder}/*{kinds[0]}");
        return [.. names.Select(n => Path.Combine(folder, n))];
    }

    // The split that a path below a folder tells: a word of the file's name, or of the nearest folder's that has one.
    private static DataSplit? Told(string name)
    {
        foreach (string part in name.Split('/').Reverse())
            foreach (Match word in Words().Matches(part).Reverse())
                switch (word.Value.ToLowerInvariant())
                {
                    case "train" or "training": return DataSplit.Training;
                    case "validation" or "valid" or "val" or "dev": return DataSplit.Validation;
                    case "test" or "testing" or "eval" or "evaluation": return DataSplit.Test;
                }
        return null;
    }

    private static string[] Matching(string glob)
    {
        string pattern = OperatingSystem.IsWindows() ? glob.Replace('\\', '/') : glob;
        int wild = pattern.AsSpan().IndexOfAny('*', '?'), slash = pattern.LastIndexOf('/', wild);
        string root = slash < 0 ? "" : pattern[..(slash + 1)], rest = pattern[(slash + 1)..];
        Regex regex = new(Expression(rest), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        string start = root.Length == 0 ? "." : root;
        EnumerationOptions options = new() { RecurseSubdirectories = rest.Contains('/', StringComparison.Ordinal) || rest.Contains("**", StringComparison.Ordinal), MaxRecursionDepth = 32, IgnoreInaccessible = false };
        string[] found = !Directory.Exists(start) ? [] : [.. Directory.EnumerateFiles(start, "*", options).Select(p => Path.GetRelativePath(start, p).Replace('\\', '/')).Where(n => regex.IsMatch(n)).Order(StringComparer.Ordinal).Select(n => root + n)];
        return found.Length > 0 ? found : throw new FileNotFoundException($"no file matches {glob}", glob);
    }

    private static string Expression(string glob)
    {
        StringBuilder expression = new("^");
        for (int i = 0; i < glob.Length; i++)
        {
            if (glob.AsSpan(i).StartsWith("**/"))
            {
                expression.Append("(.*/)?");
                i += 2;
            }
            else if (glob.AsSpan(i).StartsWith("**"))
            {
                expression.Append(".*");
                i++;
            }
            else expression.Append(glob[i] switch
            {
                '*' => "[^/]*",
                '?' => "[^/]",
                char c => Regex.Escape(c.ToString()),
            });
        }
        return expression.Append('$').ToString();
    }

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Words();
}
