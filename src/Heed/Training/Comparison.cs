using System.Diagnostics;
using Heed.Data;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>How long the models of a comparison learn.</summary>
/// <param name="TextSeconds">Seconds of training on the text, for each.</param>
/// <param name="RecallSeconds">Seconds of training on recall, for each.</param>
public sealed record ComparisonTime(double TextSeconds, double RecallSeconds);

/// <summary>One measurement of a model in training.</summary>
/// <param name="Seconds">Training time so far, measurements left out.</param>
/// <param name="Tokens">Tokens read so far.</param>
/// <param name="Loss">Validation loss, nats for each token.</param>
public readonly record struct ComparisonPoint(double Seconds, double Tokens, double Loss);

/// <summary>What a comparison found of one model.</summary>
/// <param name="Family">Its family.</param>
/// <param name="Width">Its width, by which its size was matched.</param>
/// <param name="Depth">Its layers.</param>
/// <param name="Parameters">Trainable values.</param>
/// <param name="TokensPerSecond">Training speed on the text.</param>
/// <param name="Steps">Steps on the text.</param>
/// <param name="Curve">Validation losses on the way, the last over the whole validation part.</param>
/// <param name="Recall">Share of the values that are recalled, by distance.</param>
/// <param name="RecallSteps">Steps on recall.</param>
public sealed record Contender(string Family, int Width, int Depth, long Parameters, double TokensPerSecond, int Steps, IReadOnlyList<ComparisonPoint> Curve, IReadOnlyList<(int Distance, double Accuracy)> Recall, int RecallSteps);

/// <summary>
/// Families of language models of one size under one time: each is trained on the recipe's text, and apart from that, from nothing, to recall values over
/// growing distances (<see cref="RecallSequences"/>). Steps are counted out by a trial of each model's speed, so that its learning rate ends its course with its time.
/// </summary>
public static class Comparison
{
    /// <summary>Distances of the recall task.</summary>
    public static IReadOnlyList<int> Distances { get; } = [8, 16, 32, 64, 128, 256];

    /// <summary>Recurrent layers of the recurrent families.</summary>
    public const int RecurrentLayers = 2;

    private const int TrialSteps = 12, Measurements = 30, RecallBatch = 32, RecallTests = 512;
    private const double LargestDifference = 0.02;

    /// <summary>Trains every family.</summary>
    /// <param name="recipe">Text, sizes of the Transformer by which the others are matched, optimizer, schedule.</param>
    /// <param name="families">Families of the objective "causal".</param>
    /// <param name="time">How long each learns.</param>
    /// <param name="folder">Run folders are made there.</param>
    /// <param name="status">Told what happens.</param>
    /// <param name="cancellation">Ends the comparison.</param>
    /// <exception cref="RecipeException">The recipe is of another objective, or a family cannot be made as large.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<Contender> Run(Recipe recipe, IReadOnlyList<string> families, ComparisonTime time, string folder, Action<string>? status = null, CancellationToken cancellation = default)
    {
        recipe.Validate();
        if (recipe.Algorithm.Objective != "causal" || recipe.Algorithm.IsRecurrent) throw new RecipeException("algorithm.family: a comparison needs the recipe of a Transformer for the objective causal, to which the other families are matched", "algorithm.family");
        if (recipe.Compute.Threads is { } threads) WorkerTeam.Threads = threads;
        int vocabulary = TrainingData.Prepare(recipe, cancellation: cancellation).Tokenizer!.VocabularySize;
        List<Contender> contenders = [];
        foreach (string family in families)
        {
            AlgorithmSection algorithm = Matched(recipe.Algorithm, family, vocabulary);
            Recipe own = recipe with { Algorithm = algorithm, Compute = recipe.Compute with { Output = Path.Combine(folder, family), SampleEvery = 0, LogEvery = 1_000_000_000 } };
            contenders.Add(Learn(own.Validate(), time, status, cancellation));
        }
        return contenders;
    }

    /// <summary>The algorithm of a family whose model has as many parameters as that of the section, within 2%.</summary>
    /// <exception cref="RecipeException">No width gives as many.</exception>
    public static AlgorithmSection Matched(AlgorithmSection algorithm, string family, int vocabulary)
    {
        long wanted = ModelCost.Parameters(RecipeModel.Configure(algorithm, vocabulary, null));
        AlgorithmSection own = algorithm with { Family = family };
        if (!own.IsRecurrent)
        {
            long size = ModelCost.Parameters(RecipeModel.Configure(own, vocabulary, null));
            return Math.Abs(size - wanted) <= LargestDifference * wanted ? own : throw new RecipeException($"algorithm.family: {family} with the recipe's sizes has {size} parameters, {algorithm.Family} {wanted}; within 2% was expected", "algorithm.family");
        }
        own = own with { Depth = RecurrentLayers };
        int low = 1, high = 65536; // parameters grow with the width: the least width with as many or more
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Size(middle) >= wanted) high = middle;
            else low = middle + 1;
        }
        int width = low > 1 && wanted - Size(low - 1) < Size(low) - wanted ? low - 1 : low;
        return Math.Abs(Size(width) - wanted) <= LargestDifference * wanted ? own with { Width = width } : throw new RecipeException($"algorithm.width: no width of {family} gives {wanted} parameters within 2%; the nearest, {width}, gives {Size(width)}", "algorithm.width");

        long Size(int width) => RecipeRecurrentModel.Configure(own with { Width = width }, vocabulary, null).Parameters;
    }

    private static Contender Learn(Recipe recipe, ComparisonTime time, Action<string>? status, CancellationToken cancellation)
    {
        AlgorithmSection a = recipe.Algorithm;
        long stepTokens = (long)a.Batch * a.Context * a.Accumulate;
        status?.Invoke($"{a.Family}: a trial of its speed");
        double pace = 0;
        Trainer.Run(Of(TrialSteps), step => pace = step.TokensPerSecond, ExistingRun.Restart, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        int steps = Math.Max(TrialSteps, (int)(time.TextSeconds * pace / stepTokens));

        List<ComparisonPoint> curve = [];
        double seconds = 0;
        TrainingResult result = Trainer.Run(Of(steps), step =>
        {
            seconds += stepTokens / step.TokensPerSecond;
            status?.Invoke($"{a.Family}: step {step.Index} of {steps}, loss {FormattableString.Invariant($"{step.Loss:F3}")}");
            if (step.ValidationLoss is { } loss) curve.Add(new(seconds, (double)step.Index * stepTokens, loss));
        }, ExistingRun.Restart, cancellation: cancellation);
        cancellation.ThrowIfCancellationRequested();
        double stretch = result.Elapsed.TotalSeconds / seconds; // steps told a moving mean of their speed
        curve = [.. curve.Select(p => p with { Seconds = p.Seconds * stretch }), new(result.Elapsed.TotalSeconds, (double)steps * stepTokens, result.ValidationLoss)];
        (IReadOnlyList<(int, double)> recall, int recallSteps) = Recall(recipe, time.RecallSeconds, status, cancellation);
        return new Contender(a.Family, a.Width, a.Depth, result.Parameters, steps * stepTokens / result.Elapsed.TotalSeconds, steps, curve, recall, recallSteps);

        Recipe Of(int count) => recipe with
        {
            Algorithm = a with { Steps = count, Schedule = a.Schedule with { WarmupSteps = Math.Min(a.Schedule.WarmupSteps, count / 10), DecaySteps = null } },
            Compute = recipe.Compute with { EvaluateEvery = Math.Max(1, count / Measurements), CheckpointEvery = count },
        };
    }

    // Each step has one distance, drawn; what is learned from is the one answer of each sequence.
    private static (IReadOnlyList<(int, double)> Accuracy, int Steps) Recall(Recipe recipe, double wanted, Action<string>? status, CancellationToken cancellation)
    {
        AlgorithmSection a = recipe.Algorithm with { Context = RecallSequences.Length(Distances[^1]) };
        Trainee model = a.IsRecurrent
            ? new RecurrentTrainee(new RecurrentModel(RecipeRecurrentModel.Configure(a, RecallSequences.Vocabulary, null), (ulong)recipe.Seed))
            : new TransformerTrainee(new Transformer(RecipeModel.Configure(a, RecallSequences.Vocabulary, null), (ulong)recipe.Seed));
        OptimizerSection o = a.Optimizer;
        Learner learner = new(model, new AdamW(model.Weights, new AdamWOptions(o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay)));
        RandomSource random = new RandomSource((ulong)recipe.Seed).Split("recall");
        int steps = int.MaxValue, done = 0;
        Stopwatch clock = Stopwatch.StartNew();
        for (; done < steps; done++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (done == 2 * Distances.Count) steps = Math.Max(done + 1, (int)(wanted / clock.Elapsed.TotalSeconds * done));
            int warmup = steps == int.MaxValue ? a.Schedule.WarmupSteps : Math.Min(a.Schedule.WarmupSteps, steps / 10);
            double rate = Schedule.LearningRate(a with { Steps = steps, Schedule = a.Schedule with { WarmupSteps = Math.Max(1, warmup), DecaySteps = null } }, done);
            RandomSource own = random.Split(done);
            int distance = Distances[own.Next(Distances.Count)];
            StepOutcome outcome = learner.Step(_ => RecallSequences.Batch(RecallBatch, distance, own.Split("batch")), 1, (float)rate, o.ClipNorm, ForwardOptions.Default);
            if (done % 10 == 0) status?.Invoke($"{a.Family}: recall, step {done}{(steps == int.MaxValue ? "" : $" of {steps}")}, loss {FormattableString.Invariant($"{outcome.Loss:F3}")}");
        }
        RandomSource fresh = random.Split("test");
        return ([.. Distances.Select(distance =>
        {
            int right = 0, counted = 0;
            for (int part = 0; part < RecallTests / RecallBatch; part++)
            {
                (int r, int c) = learner.Score(() => RecallSequences.Batch(RecallBatch, distance, fresh.Split(distance).Split(part)));
                (right, counted) = (right + r, counted + c);
            }
            return (distance, (double)right / counted);
        })], done);
    }
}
