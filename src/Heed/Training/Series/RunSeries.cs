using System.Globalization;
using System.Text;

namespace Heed.Training;

/// <summary>One run of a series.</summary>
/// <param name="Setting">What is swept over in it, key and value; empty where only the seed differs.</param>
/// <param name="Recipe">Its recipe, with its seed and folder.</param>
public sealed record SeriesRun(IReadOnlyList<KeyValuePair<string, string>> Setting, Recipe Recipe)
{
    /// <summary>The setting in words: <c>learning_rate=1e-4, depth=2</c>.</summary>
    public string Name => string.Join(", ", Setting.Select(s => $"{s.Key[(s.Key.LastIndexOf('.') + 1)..]}={s.Value}"));

    /// <summary>What the run has reached, if it has ended and was made by the same recipe; its folder then need not be made again.</summary>
    public SeriesFigures? Finished()
    {
        string folder = Recipe.OutputFolder;
        if (!File.Exists(Path.Combine(folder, "metrics.jsonl")) || !File.Exists(Path.Combine(folder, "recipe.json"))) return null;
        Dictionary<string, string> made = RecipeValues.Read(folder), wanted = RecipeValues.Of(Recipe.MovedTo(Path.GetFullPath(folder)));
        foreach (string free in (string[])["compute.output", "compute.threads"]) // they do not change a result
        {
            made.Remove(free);
            wanted.Remove(free);
        }
        IReadOnlyDictionary<string, double> end = RunHistory.Read(folder).End;
        if (!end.TryGetValue("final_validation_loss", out double loss) || made.Count != wanted.Count || made.Except(wanted).Any()) return null;
        return new SeriesFigures(loss, end.TryGetValue("final_accuracy", out double accuracy) ? accuracy : null, end.GetValueOrDefault("seconds"));
    }
}

/// <summary>What a run of a series has reached.</summary>
/// <param name="Loss">Its validation loss, in nats.</param>
/// <param name="Accuracy">Its accuracy, where it has one.</param>
/// <param name="Seconds">Its training time.</param>
public readonly record struct SeriesFigures(double Loss, double? Accuracy, double Seconds);

/// <summary>Several runs of one recipe: with several seeds, or over all the combinations of values of some keys, or both.</summary>
public static class RunSeries
{
    private const int MostRuns = 10_000;

    /// <summary>The runs of a series, the seeds of a setting behind each other. Each has a folder of its own in that of the recipe.</summary>
    /// <param name="load">Loads the recipe with some overrides, applied last.</param>
    /// <param name="sweeps">The keys that change.</param>
    /// <param name="seeds">Number of seeds, from the recipe's own upwards.</param>
    /// <exception cref="RecipeException">A combination is no valid recipe, or there are too many.</exception>
    public static IReadOnlyList<SeriesRun> Plan(Func<IReadOnlyList<string>, Recipe> load, IReadOnlyList<Sweep> sweeps, int seeds = 1)
    {
        ArgumentNullException.ThrowIfNull(load);
        ArgumentNullException.ThrowIfNull(sweeps);
        ArgumentOutOfRangeException.ThrowIfLessThan(seeds, 1);
        if (sweeps.GroupBy(s => s.Key).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new RecipeException($"sweep over '{twice.Key}': the key stands there twice.");
        if (sweeps.Any(s => s.Key is "compute.output" || (s.Key is "compute.seed" && seeds > 1))) throw new RecipeException("sweep over the run's folder, or over the seed beside several seeds: neither can be.");
        double all = sweeps.Aggregate((double)seeds, (product, sweep) => product * sweep.Values.Count);
        if (all > MostRuns) throw new RecipeException($"the sweep has {all:N0} runs; at most {MostRuns:N0} are made.");
        bool shortNames = sweeps.Select(s => s.Key[(s.Key.LastIndexOf('.') + 1)..]).Distinct().Count() == sweeps.Count;
        List<SeriesRun> runs = [];
        foreach (KeyValuePair<string, string>[] setting in Combinations(sweeps))
        {
            Recipe recipe = load([.. setting.Select(s => $"{s.Key}={s.Value}")]);
            string folder = setting.Length == 0 ? recipe.OutputFolder : Path.Combine(recipe.OutputFolder, FolderName(setting, shortNames));
            for (int i = 0; i < seeds; i++)
            {
                int seed = checked(recipe.Seed + i);
                string own = seeds == 1 ? folder : Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"seed-{seed}"));
                runs.Add(new SeriesRun(setting, recipe with { Compute = recipe.Compute with { Seed = seed, Output = own } }));
            }
        }
        return runs;
    }

    private static IEnumerable<KeyValuePair<string, string>[]> Combinations(IReadOnlyList<Sweep> sweeps)
    {
        IEnumerable<KeyValuePair<string, string>[]> combinations = [[]];
        foreach (Sweep sweep in sweeps)
            combinations = combinations.SelectMany(before => sweep.Values.Select(value => (KeyValuePair<string, string>[])[.. before, new(sweep.Key, value)]));
        return combinations;
    }

    private static string FolderName(KeyValuePair<string, string>[] setting, bool shortNames)
    {
        StringBuilder name = new();
        foreach ((string key, string value) in setting)
        {
            if (name.Length > 0) name.Append(',');
            name.Append(shortNames ? key[(key.LastIndexOf('.') + 1)..] : key).Append('=');
            foreach (char c in value) name.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+' ? c : '_');
        }
        return name.ToString();
    }
}

/// <summary>The runs of one setting together.</summary>
/// <param name="Name">The setting.</param>
/// <param name="Figures">What its runs reached, a seed each.</param>
public sealed record SeriesGroup(string Name, IReadOnlyList<SeriesFigures> Figures)
{
    /// <summary>Mean validation loss, and its sample standard deviation; NaN of one run.</summary>
    public (double Mean, double Deviation) Loss => Spread([.. Figures.Select(f => f.Loss)]);

    /// <summary>The same of the accuracy; null where a run has none.</summary>
    public (double Mean, double Deviation)? Accuracy => Figures.Any(f => f.Accuracy is null) ? null : Spread([.. Figures.Select(f => f.Accuracy!.Value)]);

    /// <summary>The settings, the best first: by accuracy where all have one, else by loss.</summary>
    public static IReadOnlyList<SeriesGroup> Rank(IEnumerable<SeriesGroup> groups)
    {
        SeriesGroup[] all = [.. groups];
        return [.. all.All(g => g.Accuracy is not null) ? all.OrderByDescending(g => g.Accuracy!.Value.Mean) : all.OrderBy(g => g.Loss.Mean)];
    }

    private static (double, double) Spread(double[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)));
    }
}
