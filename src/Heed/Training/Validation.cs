namespace Heed.Training;

/// <summary>Measures a model on the validation part.</summary>
/// <param name="learner">The model.</param>
/// <param name="data">The data.</param>
/// <param name="batch">Sequences in one pass.</param>
internal sealed class Validation(Learner learner, TrainingData data, int batch)
{
    /// <summary>Mean loss over batches spread evenly over the validation part, or over the first ones where each goes on from the one before.</summary>
    /// <param name="batches">How many; 0 = all.</param>
    public double Loss(int batches)
    {
        using IDisposable? averaged = learner.Averaged();
        double sum = 0;
        long counted = 0;
        foreach ((int first, int size) in Batches(batches))
        {
            int targets = 0;
            double loss = learner.Evaluate(() =>
            {
                TrainingBatch given = data.Validation(first, size);
                targets = given.Counted;
                return given;
            });
            sum += loss * targets;
            counted += targets;
        }
        return sum / counted;
    }

    /// <summary>Share of the answers that the model finds.</summary>
    /// <param name="batches">How many batches; 0 = all.</param>
    public double Accuracy(int batches = 0)
    {
        using IDisposable? averaged = learner.Averaged();
        long right = 0, counted = 0;
        foreach ((int first, int size) in Batches(batches))
        {
            (int hits, int targets) = learner.Score(() => data.Validation(first, size));
            right += hits;
            counted += targets;
        }
        return (double)right / counted;
    }

    /// <summary>How often each label (row) was answered with each (column); null where the model labels no texts.</summary>
    public long[][]? Confusion()
    {
        long[][] counts = [.. data.Labels.Select(_ => new long[data.Labels.Count])];
        if (counts.Length == 0) return null;
        using IDisposable? averaged = learner.Averaged();
        foreach ((int first, int size) in Batches(0))
        {
            int[] right = [];
            int[]? given = learner.Answer(() =>
            {
                TrainingBatch texts = data.Validation(first, size);
                right = texts.Targets.Ints.ToArray();
                return texts;
            });
            if (given is null) return null;
            for (int i = 0; i < right.Length; i++) counts[right[i]][given[i]]++;
        }
        return counts;
    }

    private IEnumerable<(int First, int Size)> Batches(int batches)
    {
        int rows = data.ValidationCount, all = (rows + batch - 1) / batch, count = batches == 0 ? all : Math.Min(batches, all);
        for (int i = 0; i < count; i++)
        {
            int first = (data.IsContinuous ? i : (int)((long)i * all / count)) * batch;
            yield return (first, Math.Min(batch, rows - first));
        }
    }
}
