using Heed.Data.Records;
using Heed.Tasks.Evaluation;
using Heed.Training;

namespace Heed.Cli;

/// <summary>The data that a model is measured on.</summary>
/// <param name="Files">The files.</param>
/// <param name="Columns">Their columns.</param>
internal sealed record EvaluationSource(DataFiles Files, EvaluationColumns Columns)
{
    /// <summary>Records that may be passed over because they cannot be used.</summary>
    public int CorruptLimit { get; init; }

    /// <summary>What the files are called.</summary>
    public string Name => Files.Paths is [string only] ? Path.GetFileName(only) : $"{Files.Paths.Count} files";

    /// <summary>The data that a command line names: a file, a glob, or a folder.</summary>
    public static EvaluationSource Of(string path) => new(DataFiles.Find([path], DataSplit.Test), new());

    /// <summary>The test split that a model's recipe names (<c>data.test</c>, <c>data.text</c>, <c>data.target</c>, <c>data.corrupt_limit</c>).</summary>
    /// <exception cref="ArgumentException">The model has no recipe, or it names none.</exception>
    public static EvaluationSource OfRecipe(string model)
    {
        string folder = Directory.Exists(model) ? model : Path.GetDirectoryName(model) ?? "", file = Path.Combine(folder, "recipe.json");
        if (!File.Exists(file)) throw new ArgumentException($"{model} has no recipe.json that names a test split: give DATA, a file of records");
        Recipe recipe = Recipe.Load(file);
        DataSection data = recipe.Data;
        DataFiles files = (data.Test is { } test ? DataFiles.Find(recipe.Resolve(test), DataSplit.Test) : DataFiles.FindApart(recipe.Resolve(data.Source), DataSplit.Test))
            ?? throw new ArgumentException($"{file} names no files of a test split (data.test): give DATA, a file of records");
        EvaluationColumns columns = new(data.Text, Target: data.Target);
        // What the model learned to read was the second text of each pair.
        bool backward = recipe.Algorithm.Objective == "sequence-to-sequence" && data.Direction == "backward";
        return new EvaluationSource(files, backward ? new EvaluationColumns(data.Target ?? "target", Target: data.Text ?? "source") : columns) { CorruptLimit = data.CorruptLimit };
    }

    /// <summary>The same with what the caller names instead.</summary>
    public EvaluationSource With(string? text, string? second, string? target) => this with { Columns = new EvaluationColumns(text ?? Columns.Text, second ?? Columns.Second, target ?? Columns.Target) };
}
