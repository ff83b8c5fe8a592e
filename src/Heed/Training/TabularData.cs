using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Data.Records;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>Rows of a table whose column <c>data.target</c> is to be predicted, a number or a label, for the family "tabular".</summary>
internal sealed class TabularData : TrainingData
{
    private readonly TabularTable training, validation;
    private readonly TabularTable? test;
    private readonly TabularRows trainingRows, validationRows;
    private readonly Tensor trainingTargets, validationTargets;
    private readonly int batch;
    private readonly RandomSource shuffle;
    private (long Epoch, int[] Order) order = (-1, []);

    private TabularData(Recipe recipe, TabularTable training, TabularTable validation, TabularTable? test) : base(null)
    {
        (this.training, this.validation, this.test) = (training, validation, test);
        Config = Configure(recipe, training);
        (trainingRows, validationRows) = (training.Encode(Config), validation.Encode(Config));
        (trainingTargets, validationTargets) = (Targets(training), Targets(validation));
        batch = Math.Min(recipe.Algorithm.Batch, training.Count);
        shuffle = new RandomSource((ulong)recipe.Seed).Split("rows");
    }

    /// <summary>The model's columns and sizes.</summary>
    public TabularConfig Config { get; }

    private bool IsNumber => Config.Target.Labels.Count == 0;

    public override IReadOnlyList<string> Labels => Config.Target.Labels;

    public override bool CountsAnswers => !IsNumber;

    public override int ValidationCount => validation.Count;

    public override TrainingBatch Training(long index, RandomSource random)
    {
        int[] numbers = new int[batch];
        for (int i = 0; i < batch; i++)
        {
            long place = index * batch + i, epoch = place / training.Count;
            if (order.Epoch != epoch) order = (epoch, RowOrder.Draw(training.Count, shuffle.Split(epoch)));
            numbers[i] = order.Order[place % training.Count];
        }
        return Take(trainingRows, trainingTargets, numbers);
    }

    public override TrainingBatch Validation(int first, int count) => Take(validationRows, validationTargets, [.. Enumerable.Range(first, count)]);

    public override double FrequencyLoss()
    {
        if (!IsNumber) return FrequencyLoss(trainingTargets.Ints.ToArray(), validationTargets.Ints.ToArray(), Labels.Count);
        double sum = 0; // of who always answers the mean
        foreach (float z in validationTargets.Span) sum += (double)z * z;
        return sum / validation.Count;
    }

    public override IReadOnlyList<RunFigure> Figures(Trainee trained)
    {
        TabularPredictor predictor = new(((TabularTrainee)trained).Model);
        List<RunFigure> figures = [];
        Add("validation", validation);
        if (test is not null) Add("test", test);
        return figures;

        void Add(string part, TabularTable table)
        {
            Name(part, TabularFigures.Of(Config.Target, table, predictor.Predict(table)));
            if (IsNumber) Name($"{part}_linear_regression", TabularFigures.Of(table.Numbers(Config.Target.Name), [.. Linear(table)]));
        }

        void Name(string part, IReadOnlyList<(string Name, double Value)> own) => figures.AddRange(own.Select(f => new RunFigure($"{part}_{f.Name}", f.Value)));
    }

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        hash.AppendData(MemoryMarshal.AsBytes(trainingRows.Numbers.Span));
        hash.AppendData(MemoryMarshal.AsBytes(trainingRows.Categories.Ints));
        hash.AppendData(IsNumber ? MemoryMarshal.AsBytes(trainingTargets.Span) : MemoryMarshal.AsBytes(trainingTargets.Ints));
    }

    public static new TabularData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        RecipeRecords records = new(recipe, progress);
        TabularTable whole = Read(records.Source);
        TabularTable? validation = records.Apart(DataSplit.Validation) is { } v ? Read(v) : null, test = records.Apart(DataSplit.Test) is { } t ? Read(t) : null;
        (TabularTable training, TabularTable? drawn, TabularTable? kept) = whole.Split(validation is null ? recipe.Data.ValidationFraction : 0, test is null ? recipe.Data.TestFraction : 0, recipe.Data.Table.SplitSeed);
        return new TabularData(recipe, training, validation ?? drawn!, test ?? kept);

        TabularTable Read(DataFiles files)
        {
            cancellation.ThrowIfCancellationRequested();
            string target = recipe.Data.Target!, name = string.Join(", ", files.Paths.Take(3));
            TabularTable table = TabularTable.Of(files.Read([target], records.Faults), name);
            if (!table.Has(target)) throw new InvalidDataException($"data.target: {name} has no column \"{target}\"; it has {string.Join(", ", table.Columns)}");
            int[] known = [.. Enumerable.Range(0, table.Count).Where(i => table[i, target] is not null)];
            if (known.Length < table.Count) progress?.Invoke($"{table.Count - known.Length} rows without \"{target}\" are left out");
            return known.Length > 0 ? table.Rows(known) : throw new InvalidDataException($"{name}: the column \"{target}\" is empty in every row");
        }
    }

    /// <summary>Predictions of ordinary least squares over the same columns: numbers (a missing one as the mean), and one of 0 and 1 for each name.</summary>
    private IEnumerable<double> Linear(TabularTable table)
    {
        LinearRegression plane = LinearRegression.Fit(Flat(training), training.Numbers(Config.Target.Name));
        return Flat(table).Select(row => plane.Predict(row));
    }

    private double[][] Flat(TabularTable table)
    {
        TabularRows rows = table.Encode(Config);
        int numbers = Config.Numbers.Count, width = numbers + Config.Categories.Sum(c => c.Values.Count);
        double[][] flat = new double[table.Count][];
        for (int i = 0; i < flat.Length; i++)
        {
            flat[i] = new double[width];
            for (int c = 0; c < numbers; c++) flat[i][c] = rows.Numbers.Span[i * numbers + c];
            for (int c = 0, first = numbers; c < Config.Categories.Count; first += Config.Categories[c++].Values.Count)
                if (rows.Categories.Ints[i * Config.Categories.Count + c] is > 0 and int name) flat[i][first + name - 1] = 1;
        }
        return flat;
    }

    private Tensor Targets(TabularTable table)
    {
        string name = Config.Target.Name;
        if (IsNumber) return Persist(table.Numbers(name).Select(value => (float)Config.Target.Standardise(value)).ToArray());
        Tensor labels = Tensor.Persistent(new Shape(table.Count), DType.I32);
        Dictionary<string, int> known = Labels.Select((label, i) => (label, i)).ToDictionary(l => l.label, l => l.i);
        for (int i = 0; i < table.Count; i++)
            labels.Ints[i] = known.TryGetValue(table[i, name]!, out int label) ? label : throw new InvalidDataException($"the label \"{RecipeNode.Shorten(table[i, name]!)}\" stands in no training row");
        return labels;
    }

    private static Tensor Persist(float[] values)
    {
        Tensor tensor = Tensor.Persistent(new Shape(values.Length));
        values.CopyTo(tensor.Span);
        return tensor;
    }

    private static TabularConfig Configure(Recipe recipe, TabularTable training)
    {
        AlgorithmSection a = recipe.Algorithm;
        TabularSection t = a.Tabular;
        TableSection s = recipe.Data.Table;
        string target = recipe.Data.Target!;
        (IReadOnlyList<NumberColumn> numbers, IReadOnlyList<CategoryColumn> categories) = training.Learn(target, Names(s.Exclude));
        TabularConfig config = new()
        {
            Numbers = numbers,
            Categories = categories,
            Target = a.Objective == "classify"
                ? new TabularTarget(target, 0, 1, false, [.. Enumerable.Range(0, training.Count).Select(i => training[i, target]!).Distinct().Order(StringComparer.Ordinal)])
                : Number(training.Numbers(target)),
            Width = a.Width,
            Depth = a.Depth,
            FeedForward = a.FeedForward ?? 2 * a.Width,
            Frequencies = t.Frequencies,
            FrequencyScale = t.FrequencyScale,
            Embedding = t.Embedding,
            Joint = Names(t.Joint),
            JointFrequencies = t.JointFrequencies,
            JointScale = t.JointScale,
            Members = t.Members,
        };
        try
        {
            config.Validate();
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"data: {e.Message}", "data");
        }
        return config;

        TabularTarget Number(double[] values)
        {
            if (s.LogTarget && values.Any(v => v <= 0)) throw new RecipeException($"data.table.log_target: the column \"{target}\" has the number {values.Min()}, which has no logarithm", "data.table.log_target");
            (double mean, double deviation) = TabularTable.Spread(s.LogTarget ? values.Select(v => Math.Log(v)) : values);
            return new TabularTarget(target, mean, deviation, s.LogTarget, []);
        }
    }

    private static string[] Names(string? list) => list is null ? [] : list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static TrainingBatch Take(TabularRows rows, Tensor targets, int[] numbers)
    {
        TabularRows taken = new(Rows(rows.Numbers, numbers), Rows(rows.Missing, numbers), Rows(rows.Categories, numbers));
        return new TrainingBatch(taken.Numbers, Rows(targets.Reshape(new Shape((int)targets.Count, 1)), numbers).Reshape(new Shape(numbers.Length))) { Rows = taken };
    }

    private static Tensor Rows(Tensor from, int[] numbers)
    {
        Tensor rows = Tensor.Empty(new Shape(numbers.Length, from.Columns), from.Type);
        for (int i = 0; i < numbers.Length; i++)
            if (from.Type == DType.I32) from.Ints.Slice(numbers[i] * from.Columns, from.Columns).CopyTo(rows.Ints[(i * from.Columns)..]);
            else from.Row(numbers[i]).CopyTo(rows.Row(i));
        return rows;
    }
}
