using Heed.Data;
using Heed.Data.Records;

namespace Heed.Training;

/// <summary>The texts of a recipe's files, for training, validation and test.</summary>
internal sealed class RecipeRecords
{
    private readonly Recipe recipe;
    private readonly Action<string>? progress;
    private readonly DataFiles? validation, test; // of their own

    /// <summary>Reads as the recipe says.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told of records that are passed over.</param>
    public RecipeRecords(Recipe recipe, Action<string>? progress)
    {
        (this.recipe, this.progress) = (recipe, progress);
        Faults = new RecordFaults(recipe.Data.CorruptLimit, progress);
        DataSection d = recipe.Data;
        SplitRule rule = d.Split switch
        {
            "hash" => SplitRule.Hash,
            "random" => SplitRule.Random,
            _ => SplitRule.End,
        };
        Source = DataFiles.Find(recipe.Resolve(d.Source));
        (validation, test) = (Own(d.Validation, DataSplit.Validation), Own(d.Test, DataSplit.Test));
        Split = new RecordSplit(rule, validation is null ? d.ValidationFraction : 0, test is null ? d.TestFraction : 0, (ulong)recipe.Seed);

        DataFiles? Own(TextList? paths, DataSplit split) => paths is null ? DataFiles.FindApart(recipe.Resolve(d.Source), split) : DataFiles.Find(recipe.Resolve(paths), split);
    }

    /// <summary>What was passed over.</summary>
    public RecordFaults Faults { get; }

    /// <summary>How the source is dealt out to the splits that have no files of their own.</summary>
    public RecordSplit Split { get; }

    /// <summary>The source's files.</summary>
    public DataFiles Source { get; }

    /// <summary>The files of validation or test alone, if there are any.</summary>
    public DataFiles? Apart(DataSplit split) => split == DataSplit.Validation ? validation : test;

    /// <summary>The language of what is made.</summary>
    public static StoryLanguage Language(Recipe recipe) => recipe.Data.Language switch
    {
        "en" => StoryLanguage.English,
        "zh" => StoryLanguage.Chinese,
        _ => StoryLanguage.Both,
    };

    /// <summary>The stories that are made, the last ones for validation.</summary>
    public static (string[] Training, string[] Validation) Stories(Recipe recipe)
    {
        string[] stories = [.. StoryGrammar.Generate((ulong)recipe.Seed, recipe.Data.Stories, Language(recipe))];
        int count = ValidationCount(recipe, stories.Length);
        if (count >= stories.Length) throw new InvalidDataException($"data.stories: {stories.Length} stories with a validation fraction of {recipe.Data.ValidationFraction} leave none to learn from");
        return (stories[..^count], stories[^count..]);
    }

    /// <summary>How many examples of <paramref name="count"/> are for validation.</summary>
    public static int ValidationCount(Recipe recipe, int count) => Math.Max(1, (int)(count * recipe.Data.ValidationFraction));

    /// <summary>One text of each record of some files, one at a time.</summary>
    /// <param name="files">The files.</param>
    /// <param name="documents">Whether a file of text is one text.</param>
    public IEnumerable<string> Texts(DataFiles files, bool documents = false)
    {
        RecordText text = new(recipe.Data.Text ?? RecordFile.TextColumn), place = new("1");
        return Faults.Select(files.Read(text.Columns, Faults, documents), r => Filled(r, recipe.Data.Text is null && !r.Values.ContainsKey(RecordFile.TextColumn) && r.Values.ContainsKey("1") ? place : text));
    }

    /// <summary>One text of each record.</summary>
    /// <exception cref="InvalidDataException">A file cannot be read, or has less than two records.</exception>
    public (string[] Training, string[] Validation) Texts(bool documents = false) => Both(files => Texts(files, documents), text => text);

    /// <summary>What is made of each record.</summary>
    /// <param name="columns">Columns that are asked for.</param>
    /// <param name="make">Makes it; throws <see cref="RecordException"/> for one that cannot be used.</param>
    /// <param name="text">Its text, by which equal records stay together.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Texts(bool)"/>.</exception>
    public (T[] Training, T[] Validation) Of<T>(IEnumerable<string> columns, Func<DataRecord, T> make, Func<T, string> text) => Of(columns, _ => null, make, text);

    /// <summary>Two texts of each record.</summary>
    /// <param name="first">Column of the first where the recipe names none.</param>
    /// <param name="second">Column of the second.</param>
    /// <param name="firstPlace">Place of the first where columns have no names, "1" or "2".</param>
    /// <param name="what">What the fields are, for errors.</param>
    /// <param name="emptySecond">Whether the second may be empty.</param>
    /// <exception cref="InvalidDataException">As for <see cref="Texts(bool)"/>.</exception>
    public ((string First, string Second)[] Training, (string First, string Second)[] Validation) Pairs(string first, string second, string firstPlace, string what, bool emptySecond = false) =>
        Both(files => Pairs(files, first, second, firstPlace, what, emptySecond), pair => pair.First);

    /// <summary>What an objective makes of each record.</summary>
    /// <param name="columns">Columns that will be asked for.</param>
    /// <param name="whole">Reads files that hold no records; null for those that do.</param>
    /// <param name="use">Makes it of a record; throws <see cref="RecordException"/> for one that cannot be used.</param>
    /// <param name="text">The text by which it is dealt out to a split.</param>
    public (T[] Training, T[] Validation) Of<T>(IEnumerable<string> columns, Func<DataFiles, IEnumerable<T>?> whole, Func<DataRecord, T> use, Func<T, string> text) =>
        Both(files => whole(files) ?? Faults.Select(files.Read(columns, Faults), use), text);

    /// <summary>The error of a part without records.</summary>
    public InvalidDataException Empty(DataSplit part) => new(part == DataSplit.Training ? $"{recipe.Data.Source} has no text to learn from" : $"{recipe.Data.Validation ?? recipe.Data.Source} has no text to validate on");

    /// <summary>Two texts of each record of some files, one at a time; arguments as for the other.</summary>
    public IEnumerable<(string First, string Second)> Pairs(DataFiles files, string first, string second, string firstPlace, string what, bool emptySecond = false)
    {
        RecordText one = new(recipe.Data.Text ?? first), two = new(recipe.Data.Target ?? second);
        RecordText onePlace = new(firstPlace), twoPlace = new(firstPlace == "1" ? "2" : "1");
        bool named = recipe.Data.Text is not null || recipe.Data.Target is not null;
        return Faults.Select(files.Read([.. one.Columns, .. two.Columns], Faults), r =>
        {
            bool places = !named && !r.Values.ContainsKey(second) && (RecordFile.IsText(r.File) || r.Values.ContainsKey("1"));
            if (!places) return (Filled(r, one), emptySecond ? two.Of(r) : Filled(r, two));
            return r.Values.ContainsKey("2") && !r.Values.ContainsKey("3") ? (Filled(r, onePlace), Filled(r, twoPlace))
                : throw new RecordException($"a line must be {what} with one tab between them, but this one is \"{RecipeNode.Shorten(Line(r))}\"");
        });
    }

    private static string Line(DataRecord record) => record.Values.TryGetValue(RecordFile.TextColumn, out RecordValue? line) ? line.Text! : string.Join('\t', record.Values.Values.Select(v => v.Text));

    private static string Filled(DataRecord record, RecordText text)
    {
        string made = text.Of(record);
        return !string.IsNullOrWhiteSpace(made) ? made : throw new RecordException($"\"{text.Template}\" is empty");
    }

    // The validation files, or else the source's share for validation.
    private (T[] Training, T[] Validation) Both<T>(Func<DataFiles, IEnumerable<T>> read, Func<T, string> text)
    {
        T[] all = [.. read(Source)], held = validation is null ? Part(DataSplit.Validation) : [.. read(validation)];
        if (validation is null && all.Length < 2) throw new InvalidDataException($"{recipe.Data.Source} has {all.Length} lines with text; at least 2 are needed, one to learn from and one to validate on");
        T[] training = Part(DataSplit.Training);
        if (training.Length == 0 || held.Length == 0) throw Empty(held.Length == 0 ? DataSplit.Validation : DataSplit.Training);
        if (Faults.Count > 0) progress?.Invoke(Faults.Summary);
        return (training, held);

        T[] Part(DataSplit split) => [.. all.Where((record, i) => Split.Of(i, all.Length, text(record)) == split)];
    }
}
