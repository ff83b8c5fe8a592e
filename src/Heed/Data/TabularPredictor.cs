using Heed.Models;
using Heed.Tensors;

namespace Heed.Data;

/// <summary>What a model of tables says of one row.</summary>
/// <param name="Number">The predicted number; of a label its probability.</param>
/// <param name="Label">The most probable label; null where a number is predicted.</param>
public readonly record struct TabularPrediction(double Number, string? Label);

/// <summary>Predicts a column of a table from the others.</summary>
/// <param name="model">The model.</param>
public sealed class TabularPredictor(TabularModel model)
{
    private const int AtOnce = 1024;

    /// <summary>The model.</summary>
    public TabularModel Model => model;

    /// <summary>Loads a model folder.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TabularPredictor Load(string folder) => new(TabularFolder.Load(folder));

    /// <summary>Predicts the target of every row.</summary>
    /// <exception cref="InvalidDataException">The table lacks a column, or a field that must be a number is none.</exception>
    public TabularPrediction[] Predict(TabularTable table)
    {
        TabularPrediction[] predictions = new TabularPrediction[table.Count];
        TabularTarget target = model.Config.Target;
        for (int first = 0; first < table.Count; first += AtOnce)
        {
            using MemoryScope scope = new();
            int[] numbers = [.. Enumerable.Range(first, Math.Min(AtOnce, table.Count - first))];
            Tensor answer = model.Forward(table.Rows(numbers).Encode(model.Config));
            for (int i = 0; i < numbers.Length; i++)
            {
                ReadOnlySpan<float> row = answer.Row(i);
                int best = target.Labels.Count == 0 ? 0 : Kernels.Reduce.ArgMax(row);
                predictions[first + i] = target.Labels.Count == 0 ? new(target.Restore(row[0]), null) : new(row[best], target.Labels[best]);
            }
        }
        return predictions;
    }
}
