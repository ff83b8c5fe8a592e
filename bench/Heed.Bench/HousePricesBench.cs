using System.Diagnostics;
using System.Globalization;
using Heed.Data;
using Heed.Models;
using Heed.Tasks;
using Heed.Training;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers.FastTree;

namespace Heed.Bench;

/// <summary>
/// A recipe of the family "tabular" beside gradient boosting (FastTree of ML.NET) and ordinary least squares, on the same rows. Boosting runs once with its own defaults and
/// once with the settings of a small grid that are best on the validation rows. The test rows are predicted once by each.
/// </summary>
internal static class HousePricesBench
{
    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public float Label { get; set; }
    }

    private sealed class Answer
    {
        public float Score { get; set; }
    }

    public static int Run(string[] args)
    {
        string path = "recipes/house-prices.json";
        string? model = null;
        List<string> set = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (i + 1 == args.Length) return Fail($"Unknown option {args[i]}, or its value is missing.");
            switch (args[i])
            {
                case "--recipe": path = args[++i]; break;
                case "--model": model = args[++i]; break;
                case "--set": set.Add(args[++i]); break;
                default: return Fail($"Unknown option {args[i]}.");
            }
        }
        Recipe recipe = Recipe.Load(path, set);
        string target = recipe.Data.Target!;
        (TabularTable training, TabularTable? validation, TabularTable? test) = TabularTable.Read(recipe.Resolve(recipe.Data.Source)[0], [target]).Split(recipe.Data.ValidationFraction, recipe.Data.TestFraction, recipe.Data.Table.SplitSeed);
        if (test is null) return Fail("The recipe keeps no rows for a test: data.test_fraction.");
        Console.WriteLine($"{training.Count} rows to learn from, {validation!.Count} to choose by, {test.Count} to test on; target {target}");
        Console.WriteLine($"{"",-44} {"validation RMSE",15} {"test RMSE",10} {"MAE",9} {"R2",7} {"seconds",8}");

        if (model is null)
        {
            TrainingResult result = Trainer.Run(recipe, existing: ExistingRun.Restart);
            model = result.Folder;
        }
        long start = Stopwatch.GetTimestamp();
        TabularPredictor predictor = TabularPredictor.Load(model);
        Report($"network ({model})", t => [.. predictor.Predict(t).Select(p => p.Number)], start);

        (double[][] Rows, double[] Targets) all = Flat(training, training, target);
        start = Stopwatch.GetTimestamp();
        LinearRegression plane = LinearRegression.Fit(Filled(all.Rows, all.Rows), all.Targets);
        Report("linear regression", t => [.. Filled(Flat(t, training, target).Rows, all.Rows).Select(row => plane.Predict(row))], start);

        Report("boosting, FastTree's defaults", Boost(new FastTreeRegressionTrainer.Options(), out start), start);
        (double Error, FastTreeRegressionTrainer.Options Options)? best = null;
        start = Stopwatch.GetTimestamp();
        double[] known = validation.Numbers(target);
        foreach (int trees in (int[])[500, 1500])
            foreach (int leaves in (int[])[16, 32, 64])
                foreach (double rate in (double[])[0.03, 0.1])
                {
                    FastTreeRegressionTrainer.Options options = new() { NumberOfTrees = trees, NumberOfLeaves = leaves, LearningRate = rate, FeatureFraction = 0.8 };
                    double error = TabularFigures.Of(known, Boost(options, out _)(validation))[0].Value;
                    if (best is null || error < best.Value.Error) best = (error, options);
                }
        FastTreeRegressionTrainer.Options chosen = best!.Value.Options;
        Report($"boosting, {chosen.NumberOfTrees} trees of {chosen.NumberOfLeaves} leaves, rate {chosen.LearningRate}", Boost(chosen, out start), start);
        return 0;

        void Report(string name, Func<TabularTable, double[]> predict, long since)
        {
            double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
            double chosenBy = TabularFigures.Of(validation.Numbers(target), predict(validation))[0].Value;
            IReadOnlyList<(string Name, double Value)> figures = TabularFigures.Of(test.Numbers(target), predict(test));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-44} {chosenBy,15:F0} {figures[0].Value,10:F0} {figures[1].Value,9:F0} {figures[2].Value,7:F4} {seconds,8:F1}"));
        }

        Func<TabularTable, double[]> Boost(FastTreeRegressionTrainer.Options options, out long began)
        {
            began = Stopwatch.GetTimestamp();
            MLContext context = new(seed: 1);
            SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
            schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, all.Rows[0].Length);
            var trained = context.Regression.Trainers.FastTree(options).Fit(View(all));
            return table => [.. context.Data.CreateEnumerable<Answer>(trained.Transform(View(Flat(table, training, target))), reuseRowObject: false, ignoreMissingColumns: true).Select(a => (double)a.Score)];

            IDataView View((double[][] Rows, double[] Targets) rows) => context.Data.LoadFromEnumerable(rows.Rows.Select((r, i) => new Row { Features = Array.ConvertAll(r, v => (float)v), Label = (float)rows.Targets[i] }), schema);
        }
    }

    // Numbers as they are, NaN for a missing one; of names one column of 0 and 1 for each.
    private static (double[][] Rows, double[] Targets) Flat(TabularTable table, TabularTable training, string target)
    {
        (IReadOnlyList<NumberColumn> numbers, IReadOnlyList<CategoryColumn> categories) = training.Learn(target, []);
        double[][] columns = [.. numbers.Select(n => table.Numbers(n.Name))];
        double[][] rows = new double[table.Count][];
        for (int i = 0; i < rows.Length; i++) rows[i] = [.. columns.Select(c => c[i]), .. categories.SelectMany(c => c.Values.Select(v => table[i, c.Name] == v ? 1.0 : 0))];
        return (rows, table.Numbers(target));
    }

    // Least squares knows no missing numbers: they are the mean.
    private static double[][] Filled(double[][] rows, double[][] by)
    {
        double[] means = [.. Enumerable.Range(0, by[0].Length).Select(c => by.Select(r => r[c]).Where(v => !double.IsNaN(v)).Average())];
        return [.. rows.Select(r => r.Select((v, c) => double.IsNaN(v) ? means[c] : v).ToArray())];
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }
}
