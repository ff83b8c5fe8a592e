using Heed.Data;
using Heed.Data.Records;

namespace Heed.Training;

/// <summary>The texts of a recipe's files, for training and for validation.</summary>
internal sealed class RecipeRecords
{
    private readonly Recipe recipe;
    private readonly RecordFaults faults;
    private readonly Action<string>? progress;

    /// <summary>Reads as the recipe says.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told of records that are passed over.</param>
    public RecipeRecords(Recipe recipe, Action<string>? progress)
    {
        (this.recipe, this.progress) = (recipe, progress);
        faults = new RecordFaults(recipe.Data.CorruptLimit, progress);
    }

    /// <summary>The language of what is made.</summary>
    public static StoryLanguage Language(Recipe recipe) => recipe.Data.Language switch
    {
        "en" => StoryLanguage.English,
        "zh" => StoryLanguage.Chinese,
        _ => StoryLanguage.Both,
    };

    /// <summary>How many examples of <paramref name="count"/> are for validation.</summary>
    public static int ValidationCount(Recipe recipe, int count) => Math.Max(1, (int)(count * recipe.Data.ValidationFraction));

    /// <summary>One text of each record.</summary>
    /// <exception cref="InvalidDataException">The file cannot be read, or has less than two records.</exception>
    public (string[] Training, string[] Validation) Texts() => Both(path =>
    {
        RecordText text = new(recipe.Data.Text ?? RecordFile.TextColumn), place = new("1");
        return faults.Select(RecordFile.Read(path, text.Columns, faults), r => Filled(r, recipe.Data.Text is null && !r.Values.ContainsKey(RecordFile.TextColumn) && r.Values.ContainsKey("1") ? place : text));
    });

    /// <summary>What is made of each record.</summary>
    /// <param name="columns">Columns that are asked for.</param>
    /// <param name="make">Makes it.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Texts"/>.</exception>
    public (T[] Training, T[] Validation) Of<T>(IEnumerable<string> columns, Func<DataRecord, T> make) => Both(path => faults.Select(RecordFile.Read(path, columns, faults), make));

    /// <summary>Two texts of each record.</summary>
    /// <param name="first">Column of the first where the recipe names none.</param>
    /// <param name="second">Column of the second.</param>
    /// <param name="firstPlace">Place of the first where columns have no names, "1" or "2".</param>
    /// <param name="what">What the fields are, for errors.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Texts"/>.</exception>
    public ((string First, string Second)[] Training, (string First, string Second)[] Validation) Pairs(string first, string second, string firstPlace, string what)
    {
        RecordText one = new(recipe.Data.Text ?? first), two = new(recipe.Data.Target ?? second);
        RecordText onePlace = new(firstPlace), twoPlace = new(firstPlace == "1" ? "2" : "1");
        bool named = recipe.Data.Text is not null || recipe.Data.Target is not null;
        return Both(path => faults.Select(RecordFile.Read(path, [.. one.Columns, .. two.Columns], faults), r =>
        {
            bool places = !named && !r.Values.ContainsKey(second) && (RecordFile.IsText(path) || r.Values.ContainsKey("1"));
            if (!places) return (Filled(r, one), Filled(r, two));
            return r.Values.ContainsKey("2") && !r.Values.ContainsKey("3") ? (Filled(r, onePlace), Filled(r, twoPlace))
                : throw new RecordException($"a line must be {what} with one tab between them, but this one is \"{RecipeNode.Shorten(Line(r))}\"");
        }));
    }

    private static string Line(DataRecord record) => record.Values.TryGetValue(RecordFile.TextColumn, out RecordValue? line) ? line.Text! : string.Join('\t', record.Values.Values.Select(v => v.Text));

    private static string Filled(DataRecord record, RecordText text)
    {
        string made = text.Of(record);
        return !string.IsNullOrWhiteSpace(made) ? made : throw new RecordException($"\"{text.Template}\" is empty");
    }

    // The source and the validation file; or the source, its last records for validation.
    private (T[] Training, T[] Validation) Both<T>(Func<string, IEnumerable<T>> read)
    {
        string source = recipe.Resolve(recipe.Data.Source);
        T[] training = [.. read(source)], validation;
        if (recipe.Data.Validation is { } file)
        {
            validation = [.. read(recipe.Resolve(file))];
            if (training.Length == 0 || validation.Length == 0) throw new InvalidDataException($"{(training.Length == 0 ? source : recipe.Resolve(file))} has no text");
        }
        else
        {
            if (training.Length < 2) throw new InvalidDataException($"{source} has {training.Length} lines with text; at least 2 are needed, one to learn from and one to validate on");
            int count = Math.Min(ValidationCount(recipe, training.Length), training.Length - 1);
            (training, validation) = (training[..^count], training[^count..]);
        }
        if (faults.Count > 0) progress?.Invoke($"{faults.Count} records were passed over");
        return (training, validation);
    }
}
