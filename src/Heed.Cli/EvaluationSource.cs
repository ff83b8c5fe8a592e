using Heed.Tasks.Evaluation;
using Heed.Training;

namespace Heed.Cli;

/// <summary>The data that a model is measured on.</summary>
/// <param name="Path">The file.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record EvaluationSource(string Path, EvaluationColumns Columns)
{
    /// <summary>The test split that a model's recipe names (<c>data.test</c>, <c>data.text</c>, <c>data.target</c>).</summary>
    /// <exception cref="ArgumentException">The model has no recipe, or it names none.</exception>
    public static EvaluationSource OfRecipe(string model)
    {
        string folder = Directory.Exists(model) ? model : System.IO.Path.GetDirectoryName(model) ?? "", file = System.IO.Path.Combine(folder, "recipe.json");
        if (!File.Exists(file)) throw new ArgumentException($"{model} has no recipe.json that names a test split: give DATA, a file of records");
        Recipe recipe = Recipe.Load(file);
        DataSection data = recipe.Data;
        if (data.Test is null) throw new ArgumentException($"{file} names no test split (data.test): give DATA, a file of records");
        EvaluationColumns columns = new(data.Text, Target: data.Target);
        // What the model learned to read was the second text of each pair.
        bool backward = recipe.Algorithm.Objective == "sequence-to-sequence" && data.Direction == "backward";
        if (recipe.Resolve(data.Test) is not [string test]) throw new ArgumentException($"{file} names {data.Test.Count} files of a test split: give one of them as DATA");
        return new EvaluationSource(test, backward ? new EvaluationColumns(data.Target ?? "target", Target: data.Text ?? "source") : columns);
    }

    /// <summary>The same with what the caller names instead.</summary>
    public EvaluationSource With(string? text, string? second, string? target) => this with { Columns = new EvaluationColumns(text ?? Columns.Text, second ?? Columns.Second, target ?? Columns.Target) };
}
