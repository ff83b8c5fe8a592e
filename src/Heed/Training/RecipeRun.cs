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
    private readonly string fingerprint;

    public RecipeRun(Recipe recipe, string folder, TrainingData data, Action<TrainingStep>? progress, Action<string>? status)
    {
        (this.recipe, algorithm, this.data, this.progress, this.status) = (recipe, recipe.Algorithm, data, progress, status);
        Trainee model = RecipeModel.Create(recipe, data);
        OptimizerSection o = algorithm.Optimizer;
        learner = new Learner(model, new AdamW(model.Weights, new AdamWOptions(o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay), rate: LayerRates.Of(model.Weights.Select(w => w.Key), o.LayerDecay)));
        validation = new Validation(learner, data, algorithm.Batch);
        random = new RandomSource((ulong)recipe.Seed).Split("training");
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
        folder.Begin(learner.Model, data, resumes ? learner.Optimizer.Steps : 0);
        StepClock clock = new(progressed, MachineInfo.Peak);
        bool stopped = false;
        using (RunLog log = folder.Open(learner.Optimizer.Steps))
            while (learner.Optimizer.Steps < algorithm.Steps)
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
        double loss = stopped ? double.NaN : validation.Loss(0);
        TrainingResult result = new()
        {
            Folder = recipe.OutputFolder,
            Checkpoint = checkpoint,
            Steps = learner.Optimizer.Steps,
            Stopped = stopped,
            ValidationLoss = loss,
            BitsPerByte = Bits(loss),
            Accuracy = stopped || !data.CountsAnswers ? null : validation.Accuracy(),
            UnigramLoss = data.FrequencyLoss(),
            Elapsed = TimeSpan.FromSeconds(clock.Progress.Seconds),
            Tokens = clock.Progress.Tokens,
            Utilization = clock.TotalUtilization,
            DataWait = clock.TotalDataWait,
            Parameters = learner.Model.Weights.Sum(w => w.Value.Count),
            Writer = learner.Model.Writer,
        };
        if (!stopped) folder.End(learner.Model, result, data.Labels, validation.Confusion());
        RunReport.Save(folder.Path);
        return result;
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
                TrainingBatch batch = clock.Wait(() => data.Training((long)index * algorithm.Accumulate + i, own.Split("batch").Split(i)));
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
        bool evaluates = Every(recipe.Compute.EvaluateEvery, done) && done < algorithm.Steps;
        double? loss = evaluates ? validation.Loss(recipe.Compute.EvaluateBatches) : null;
        string? sample = learner.Model.Writer is { } writer && algorithm.Objective is "causal" or "chat" && Every(recipe.Compute.SampleEvery, done) && done < algorithm.Steps ? Sample(writer) : null;
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
            BitsPerByte = loss is { } l ? Bits(l) : null,
            Sample = sample,
        };
    }

    private string Sample(LanguageModel writer)
    {
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

    private string Save(RunProgress progressed) => Checkpoint.Save(folder.Path, learner, fingerprint, recipe.Compute.KeepCheckpoints, progressed);

    private double? Bits(double loss) => loss / Math.Log(2) / data.BytesPerToken;

    private static bool Every(int interval, int step) => interval > 0 && step % interval == 0;

    private string Fingerprint()
    {
        string settings = (recipe with { Path = null, Data = new(), Compute = new() { Seed = recipe.Seed } }).ToJson();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(settings));
        data.AppendTo(hash);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
