using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Heed.Generation;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>One run of a recipe: the loop over steps, with measurements, samples and checkpoints between them. It is the same for every objective.</summary>
internal sealed class RecipeRun
{
    private readonly Recipe recipe;
    private readonly AlgorithmSection algorithm;
    private readonly RunFolder folder;
    private readonly TrainingData data;
    private readonly Action<TrainingStep>? progress;
    private readonly Action<string>? status;
    private readonly Learner learner;
    private readonly Validation validation;
    private readonly RandomSource random;
    private readonly BatchAhead batches;
    private readonly string fingerprint;
    private AttentionSnapshots? snapshots;

    public RecipeRun(Recipe recipe, string folder, TrainingData data, Action<TrainingStep>? progress, Action<string>? status)
    {
        (this.recipe, algorithm, this.data, this.progress, this.status) = (recipe, recipe.Algorithm, data, progress, status);
        learner = RecipeModel.Learn(recipe, data);
        validation = new Validation(learner, data, algorithm.Batch);
        random = new RandomSource((ulong)recipe.Seed).Split("training");
        int accumulate = algorithm.Accumulate;
        batches = new BatchAhead(n => data.Training(n, random.Split(n / accumulate).Split("batch").Split(n % accumulate)), (long)algorithm.Steps * accumulate);
        fingerprint = Fingerprint();
        this.folder = new RunFolder(folder, recipe);
    }

    public TrainingResult Execute(ExistingRun existing, IReadOnlyList<(int Step, string Path)> checkpoints, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder.Path);
        if (existing == ExistingRun.Restart && checkpoints.Count > 0) Directory.Delete(Checkpoint.Folder(folder.Path), recursive: true);
        bool resumes = existing == ExistingRun.Resume && checkpoints.Count > 0;
        RunProgress progressed = new();
        string checkpoint = "";
        if (resumes)
        {
            (checkpoint, progressed) = Checkpoint.LoadNewest(folder.Path, learner, fingerprint, status);
            status?.Invoke($"resuming after step {learner.Optimizer.Steps}");
        }
        int? done = resumes ? learner.Optimizer.Steps : null;
        if (resumes) BestModel.Recover(folder.Path);
        else BestModel.Clear(folder.Path);
        folder.Begin(learner.Model, data, done ?? 0);
        snapshots = Snapshots(done);
        if (done is null) Snap();
        StepClock clock = new(progressed);
        bool stopped = false;
        using (RunLog log = folder.Open(done ?? 0))
            while (learner.Optimizer.Steps < algorithm.Steps && !Ends(clock.Progress))
            {
                if (cancellation.IsCancellationRequested)
                {
                    stopped = true;
                    break;
                }
                TrainingStep step = OneStep(clock);
                log.Add(step);
                progress?.Invoke(step);
                if (!Every(recipe.Compute.CheckpointEvery, step.Index) || step.Index == algorithm.Steps) continue;
                checkpoint = Save(clock.Progress);
                RunReport.Save(folder.Path);
            }
        checkpoint = Save(clock.Progress);
        TrainingResult result = Conclude(checkpoint, clock, stopped);
        if (!stopped) folder.End(learner.Model, result, data.Labels, validation.Confusion());
        RunReport.Save(folder.Path);
        return result;
    }

    // From here on the model has the weights that it will keep: the averages, or those of the best measurement.
    private TrainingResult Conclude(string checkpoint, StepClock clock, bool stopped)
    {
        int steps = learner.Optimizer.Steps;
        clock.Peak = MachineInfo.Probe();
        bool best = recipe.Compute.KeepBest != "no" && clock.Progress.Best is not null;
        learner.Averaged();
        if (!stopped && best && recipe.Compute.KeepBest == "final") BestModel.Load(folder.Path, learner.Model, clock.Progress.BestStep);
        double loss = stopped ? double.NaN : validation.Loss(0);
        return new TrainingResult
        {
            Folder = recipe.OutputFolder,
            Checkpoint = checkpoint,
            Steps = steps,
            Stopped = stopped,
            EndedEarly = !stopped && steps < algorithm.Steps,
            BestStep = best ? clock.Progress.BestStep : null,
            ValidationLoss = loss,
            BitsPerByte = Bits(loss),
            Figures = stopped ? [] : data.Figures(learner.Model),
            Accuracy = stopped || !data.CountsAnswers ? null : validation.Accuracy(),
            UnigramLoss = data.FrequencyLoss(),
            Elapsed = TimeSpan.FromSeconds(clock.Progress.Seconds),
            Tokens = clock.Progress.Tokens,
            Utilization = clock.TotalUtilization,
            DataWait = clock.TotalDataWait,
            Parameters = learner.Model.Weights.Sum(w => w.Value.Count),
            Writer = learner.Model.Writer,
        };
    }

    private TrainingStep OneStep(StepClock clock)
    {
        int index = learner.Optimizer.Steps;
        double rate = Schedule.LearningRate(algorithm, index);
        RandomSource own = random.Split(index); // everything random in a step comes from its number: resuming needs no other state
        ForwardOptions options = new() { Dropout = (float)algorithm.Dropout, Random = own.Split("dropout"), Recompute = recipe.Compute.Recompute };
        long tokens = 0;
        double operations = 0;
        StepOutcome outcome;
        clock.Start();
        try
        {
            outcome = learner.Step(i =>
            {
                TrainingBatch batch = clock.Wait(() => batches[(long)index * algorithm.Accumulate + i]);
                tokens += batch.Tokens;
                operations += learner.Model.Operations(batch);
                return batch;
            }, algorithm.Accumulate, (float)rate, algorithm.Optimizer.ClipNorm, options);
        }
        catch (DivergedException e)
        {
            string kept = Checkpoint.List(folder.Path) is { Count: > 0 } list ? $"the last good checkpoint is {list[^1].Path}" : "there is no checkpoint yet";
            throw new TrainingException($"step {index + 1}: {e.Message}. The learning rate of {rate.ToString("G3", CultureInfo.InvariantCulture)} is probably too high"
                + (algorithm.Optimizer.ClipNorm == 0 ? ", and gradients are not clipped (algorithm.optimizer.clip_norm)" : "") + $"; {kept}", e);
        }
        int done = index + 1;
        clock.Stop(tokens, operations);
        bool last = done == algorithm.Steps, evaluates = last ? recipe.Compute.KeepBest != "no" : Every(recipe.Compute.EvaluateEvery, done);
        (double? loss, double? accuracy) = evaluates ? Measure(clock, done) : default;
        string? sample = learner.Model.Writer is { } writer && algorithm.Objective is "causal" or "chat" && Every(recipe.Compute.SampleEvery, done) && !last ? Sample(writer) : null;
        return new TrainingStep
        {
            Index = done,
            Steps = algorithm.Steps,
            Loss = outcome.Loss,
            LearningRate = rate,
            GradientNorm = outcome.GradientNorm,
            Tokens = clock.Progress.Tokens,
            Elapsed = TimeSpan.FromSeconds(clock.Progress.Seconds),
            TokensPerSecond = clock.TokensPerSecond,
            Utilization = clock.Utilization,
            DataWait = clock.DataWait,
            Remaining = TimeSpan.FromSeconds((algorithm.Steps - done) * clock.SecondsPerStep),
            ValidationLoss = loss,
            ValidationAccuracy = accuracy,
            BitsPerByte = loss is { } l ? Bits(l) : null,
            Sample = sample,
        };
    }

    private (double? Loss, double? Accuracy) Measure(StepClock clock, int step)
    {
        clock.Peak = MachineInfo.Probe();
        using IDisposable? averaged = learner.Averaged();
        double loss = validation.Loss(recipe.Compute.EvaluateBatches);
        double? accuracy = data.Labels.Count > 0 ? validation.Accuracy(recipe.Compute.EvaluateBatches) : null;
        RunProgress known = clock.Progress.After(step, loss, accuracy, algorithm.EarlyStopping.MinDelta);
        clock.Note(known);
        if (recipe.Compute.KeepBest != "no" && known.BestStep == step) BestModel.Save(folder.Path, learner.Model, known);
        return (loss, accuracy);
    }

    private bool Ends(RunProgress known) => algorithm.EarlyStopping.Patience is { } patience && known.Waited >= patience;

    private AttentionSnapshots? Snapshots(int? step)
    {
        if (recipe.Compute.SnapshotTexts is not { } texts) return null;
        if (learner.Model.Transformer is { } transformer && data.Tokenizer is { } tokenizer) return new AttentionSnapshots(folder.Path, texts, transformer, tokenizer, data.Labels, step);
        throw new InvalidDataException("compute.snapshot_texts: the model has no attention to show; leave it out");
    }

    private void Snap()
    {
        using IDisposable? averaged = learner.Averaged();
        snapshots?.Take(learner.Optimizer.Steps);
    }

    private string Sample(LanguageModel writer)
    {
        using IDisposable? averaged = learner.Averaged();
        SamplingOptions options = new() { Temperature = 0.8f, TopK = 50, Seed = (ulong)recipe.Seed, MaxTokens = Math.Min(recipe.Compute.SampleTokens, algorithm.Context - 1) };
        StringBuilder text = new();
        // A model that learned conversations answers; an empty prompt is no question.
        string prompt = recipe.Compute.SamplePrompt;
        IEnumerable<GeneratedText> pieces = data.Template is { } template
            ? new Chat(writer, template, endTokens: data.EndTokens).Send(string.IsNullOrWhiteSpace(prompt) ? "Hello!" : prompt, options)
            : writer.Generate(prompt, options);
        foreach (GeneratedText piece in pieces) text.Append(piece.Text);
        return text.ToString();
    }

    private string Save(RunProgress known)
    {
        Snap();
        return Checkpoint.Save(folder.Path, learner, fingerprint, recipe.Compute.KeepCheckpoints, known);
    }

    private double? Bits(double loss) => loss / Math.Log(2) / data.BytesPerToken;

    private static bool Every(int interval, int step) => interval > 0 && step % interval == 0;

    private string Fingerprint()
    {
        string settings = RecipeValues.Changed(recipe with { Path = null, Data = new(), Compute = new() { Seed = recipe.Seed } });
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(settings));
        data.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
