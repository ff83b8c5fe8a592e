using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Heed.Data;
using Heed.Formats;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>What a run tells after each step.</summary>
public sealed record TrainingStep
{
    /// <summary>Steps made so far, from 1.</summary>
    public required int Index { get; init; }

    /// <summary>Steps of the whole run.</summary>
    public required int Steps { get; init; }

    /// <summary>Mean training loss of the step, in nats.</summary>
    public required double Loss { get; init; }

    /// <summary>Its learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Global L2 norm of its gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Training speed over the last steps.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Time that the rest of the run will take at this speed.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Validation loss in nats, at the steps that measure it.</summary>
    public double? ValidationLoss { get; init; }

    /// <summary>Validation loss in bits for each byte of text, at the steps that measure it.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>Text written by the model, at the steps that sample.</summary>
    public string? Sample { get; init; }
}

/// <summary>How a run ended.</summary>
public sealed record TrainingResult
{
    /// <summary>The run folder: a model folder in the layout of Hugging Face, with the recipe, metrics and checkpoints.</summary>
    public required string Folder { get; init; }

    /// <summary>The last checkpoint.</summary>
    public required string Checkpoint { get; init; }

    /// <summary>Steps made.</summary>
    public required int Steps { get; init; }

    /// <summary>Whether the run was stopped before its last step; resume continues it.</summary>
    public required bool Stopped { get; init; }

    /// <summary>Loss over the whole validation text, in nats; NaN if stopped.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>The same in bits for each byte of text.</summary>
    public required double BitsPerByte { get; init; }

    /// <summary>Loss of a model that knows only token frequencies.</summary>
    public required double UnigramLoss { get; init; }

    /// <summary>Time spent on training steps.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The trained model.</summary>
    public required LanguageModel Model { get; init; }
}

/// <summary>What to do about a run folder that has checkpoints already.</summary>
public enum ExistingRun : byte
{
    /// <summary>Refuse.</summary>
    Fail,

    /// <summary>Continue from the last checkpoint, to the same weights, bit for bit, as if never stopped.</summary>
    Resume,

    /// <summary>Delete the run's checkpoints and metrics and start again.</summary>
    Restart,
}

/// <summary>Runs recipes.</summary>
public static class Trainer
{
    /// <summary>Runs a recipe: makes the data, trains, writes the run folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told of every step.</param>
    /// <param name="existing">What to do about an earlier run in the same folder.</param>
    /// <param name="status">Told what happens outside the steps.</param>
    /// <param name="cancellation">Stops after the current step; a checkpoint is saved first.</param>
    /// <exception cref="RecipeException">The recipe is wrong.</exception>
    /// <exception cref="InvalidDataException">The text or a checkpoint is unusable.</exception>
    /// <exception cref="TrainingException">The training diverged; the last good checkpoint is kept.</exception>
    public static TrainingResult Run(Recipe recipe, Action<TrainingStep>? progress = null, ExistingRun existing = ExistingRun.Fail, Action<string>? status = null, CancellationToken cancellation = default)
    {
        recipe.Validate();
        if (recipe.Compute.Threads is { } threads) WorkerTeam.Threads = threads;
        string folder = Path.GetFullPath(recipe.OutputFolder);
        IReadOnlyList<(int Step, string Path)> checkpoints = Checkpoint.List(folder);
        if (checkpoints.Count > 0 && existing == ExistingRun.Fail)
            throw new InvalidDataException($"{recipe.OutputFolder} holds a run with a checkpoint at step {checkpoints[^1].Step}: continue it with --resume, start again with --restart, or choose another folder with --set compute.output=FOLDER");
        status?.Invoke("reading the data");
        TrainingData data = TrainingData.Prepare(recipe, status, cancellation);
        return new RecipeRun(recipe, folder, data, progress, status).Execute(existing, checkpoints, cancellation);
    }

    private sealed class RecipeRun
    {
        private readonly Recipe recipe;
        private readonly AlgorithmSection algorithm;
        private readonly string folder;
        private readonly TrainingData data;
        private readonly Action<TrainingStep>? progress;
        private readonly Action<string>? status;
        private readonly TokenBatches training;
        private readonly TokenBatches validation;
        private readonly Learner learner;
        private readonly LanguageModel model;
        private readonly RandomSource random;
        private readonly string fingerprint;

        public RecipeRun(Recipe recipe, string folder, TrainingData data, Action<TrainingStep>? progress, Action<string>? status)
        {
            (this.recipe, algorithm, this.folder, this.data, this.progress, this.status) = (recipe, recipe.Algorithm, folder, data, progress, status);
            training = new TokenBatches(data.Training, algorithm.Batch, algorithm.Context, "training text");
            validation = new TokenBatches(data.Validation, algorithm.Batch, algorithm.Context, "validation text");
            Transformer transformer = new(RecipeModel.Configure(algorithm, data.Tokenizer.VocabularySize, data.EndToken), (ulong)recipe.Seed);
            OptimizerSection o = algorithm.Optimizer;
            learner = new Learner(transformer, new AdamW(transformer.Weights, new AdamWOptions(o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay)));
            model = new LanguageModel(transformer, data.Tokenizer);
            random = new RandomSource((ulong)recipe.Seed).Split("training");
            fingerprint = Fingerprint();
        }

        public TrainingResult Execute(ExistingRun existing, IReadOnlyList<(int Step, string Path)> checkpoints, CancellationToken cancellation)
        {
            Directory.CreateDirectory(folder);
            if (existing == ExistingRun.Restart && checkpoints.Count > 0) Directory.Delete(Checkpoint.Folder(folder), recursive: true);
            bool resumes = existing == ExistingRun.Resume && checkpoints.Count > 0;
            string checkpoint = "";
            if (resumes)
            {
                checkpoint = Checkpoint.LoadNewest(folder, learner, fingerprint, status);
                status?.Invoke($"resuming after step {learner.Optimizer.Steps}");
            }
            WriteStart();
            string metrics = Path.Combine(folder, "metrics.jsonl");
            AtomicFile.WriteText(metrics, resumes ? MetricsUpTo(metrics, learner.Optimizer.Steps) : "");
            Stopwatch elapsed = new();
            bool stopped = false;
            using (StreamWriter log = new(metrics, append: true))
            {
                Speed speed = new((long)algorithm.Batch * algorithm.Context * algorithm.Accumulate);
                while (learner.Optimizer.Steps < algorithm.Steps)
                {
                    if (cancellation.IsCancellationRequested)
                    {
                        stopped = true;
                        break;
                    }
                    elapsed.Start();
                    TrainingStep step = OneStep(speed);
                    elapsed.Stop();
                    Log(log, step);
                    progress?.Invoke(step);
                    if (Every(recipe.Compute.CheckpointEvery, step.Index) && step.Index < algorithm.Steps) checkpoint = Save();
                }
            }
            checkpoint = Save();
            double loss = stopped ? double.NaN : Evaluate(0);
            TrainingResult result = new()
            {
                Folder = recipe.OutputFolder,
                Checkpoint = checkpoint,
                Steps = learner.Optimizer.Steps,
                Stopped = stopped,
                ValidationLoss = loss,
                BitsPerByte = Bits(loss),
                UnigramLoss = data.UnigramLoss(),
                Elapsed = elapsed.Elapsed,
                Model = model,
            };
            if (!stopped) WriteEnd(result);
            return result;
        }

        private TrainingStep OneStep(Speed speed)
        {
            int index = learner.Optimizer.Steps;
            double rate = Schedule.LearningRate(algorithm, index);
            RandomSource own = random.Split(index); // everything random in a step comes from its number: resuming needs no other state
            ForwardOptions options = new() { Dropout = (float)algorithm.Dropout, Random = own.Split("dropout"), Recompute = recipe.Compute.Recompute };
            StepOutcome outcome;
            try
            {
                outcome = learner.Step(i => training.Random(own.Split("batch").Split(i)), algorithm.Accumulate, (float)rate, algorithm.Optimizer.ClipNorm, options);
            }
            catch (DivergedException e)
            {
                string kept = Checkpoint.List(folder) is { Count: > 0 } list ? $"the last good checkpoint is {list[^1].Path}" : "there is no checkpoint yet";
                throw new TrainingException($"step {index + 1}: {e.Message}. The learning rate of {rate.ToString("G3", CultureInfo.InvariantCulture)} is probably too high"
                    + (algorithm.Optimizer.ClipNorm == 0 ? ", and gradients are not clipped (algorithm.optimizer.clip_norm)" : "") + $"; {kept}", e);
            }
            int done = index + 1;
            double perSecond = speed.Count();
            bool evaluates = Every(recipe.Compute.EvaluateEvery, done) && done < algorithm.Steps;
            double? loss = evaluates ? Evaluate(recipe.Compute.EvaluateBatches) : null;
            string? sample = Every(recipe.Compute.SampleEvery, done) && done < algorithm.Steps ? Sample() : null;
            if (evaluates || sample is not null) speed.Pause();
            return new TrainingStep
            {
                Index = done,
                Steps = algorithm.Steps,
                Loss = outcome.Loss,
                LearningRate = rate,
                GradientNorm = outcome.GradientNorm,
                TokensPerSecond = perSecond,
                Remaining = TimeSpan.FromSeconds((algorithm.Steps - done) * (double)speed.TokensPerStep / perSecond),
                ValidationLoss = loss,
                BitsPerByte = loss is { } l ? Bits(l) : null,
                Sample = sample,
            };
        }

        // Mean loss over windows spread evenly over the validation text, or over all of them.
        private double Evaluate(int batches)
        {
            int windows = validation.Windows, batch = validation.Batch;
            int all = (windows + batch - 1) / batch, count = batches == 0 ? all : Math.Min(batches, all);
            double sum = 0;
            long counted = 0;
            for (int i = 0; i < count; i++)
            {
                int first = (int)((long)i * all / count) * batch, size = Math.Min(batch, windows - first);
                sum += learner.Evaluate(() => validation.InOrder(first, size)) * size;
                counted += size;
            }
            return sum / counted;
        }

        private string Sample()
        {
            SamplingOptions options = new() { Temperature = 0.8f, TopK = 50, Seed = (ulong)recipe.Seed, MaxTokens = Math.Min(recipe.Compute.SampleTokens, algorithm.Context - 1) };
            StringBuilder text = new();
            foreach (GeneratedText piece in model.Generate(recipe.Compute.SamplePrompt, options)) text.Append(piece.Text);
            return text.ToString();
        }

        private string Save() => Checkpoint.Save(folder, learner, fingerprint, recipe.Compute.KeepCheckpoints);

        private double Bits(double loss) => loss / Math.Log(2) / data.BytesPerToken;

        private static bool Every(int interval, int step) => interval > 0 && step % interval == 0;

        private void WriteStart()
        {
            AtomicFile.WriteText(Path.Combine(folder, "recipe.json"), recipe.ToJson());
            data.Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
            AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), LanguageModel.TokenizerConfigJson(data.Tokenizer, algorithm.Context, data.EndToken));
            AtomicFile.WriteText(Path.Combine(folder, "config.json"), ModelFolder.ConfigJson(learner.Model.Config));
        }

        private void WriteEnd(TrainingResult result)
        {
            ModelFolder.Save(learner.Model, folder);
            Append(w =>
            {
                w.WriteNumber("step", result.Steps);
                w.WriteNumber("final_validation_loss", result.ValidationLoss);
                w.WriteNumber("final_bits_per_byte", result.BitsPerByte);
                w.WriteNumber("unigram_loss", result.UnigramLoss);
                w.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
                w.WriteNumber("peak_rss_mb", PeakMegabytes());
            });

            void Append(Action<Utf8JsonWriter> write) => File.AppendAllText(Path.Combine(folder, "metrics.jsonl"), Line(write));
        }

        private void Log(StreamWriter log, TrainingStep step)
        {
            bool last = step.Index == step.Steps;
            if (!Every(recipe.Compute.LogEvery, step.Index) && step.ValidationLoss is null && step.Sample is null && !last && step.Index != 1) return;
            log.Write(Line(w =>
            {
                w.WriteNumber("step", step.Index);
                w.WriteNumber("loss", step.Loss);
                w.WriteNumber("learning_rate", step.LearningRate);
                w.WriteNumber("gradient_norm", step.GradientNorm);
                w.WriteNumber("tokens_per_second", Math.Round(step.TokensPerSecond, 1));
                if (step.ValidationLoss is { } loss) w.WriteNumber("validation_loss", loss);
                if (step.BitsPerByte is { } bits) w.WriteNumber("bits_per_byte", bits);
                if (step.Sample is { } sample) w.WriteString("sample", sample);
            }));
            log.Flush();
        }

        private static string Line(Action<Utf8JsonWriter> write)
        {
            using MemoryStream stream = new();
            using (Utf8JsonWriter w = new(stream))
            {
                w.WriteStartObject();
                write(w);
                w.WriteEndObject();
            }
            return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
        }

        // The lines of an earlier part of the run; a line cut by a kill and lines after the checkpoint are dropped.
        private static string MetricsUpTo(string path, int step)
        {
            StringBuilder kept = new();
            if (!File.Exists(path)) return "";
            foreach (string line in File.ReadLines(path))
            {
                try
                {
                    using JsonDocument document = JsonDocument.Parse(line);
                    if (document.RootElement.GetProperty("step").GetInt32() <= step && !document.RootElement.TryGetProperty("final_validation_loss", out _)) kept.Append(line).Append('\n');
                }
                catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
                {
                    // Cut off by a kill.
                }
            }
            return kept.ToString();
        }

        private string Fingerprint()
        {
            string settings = (recipe with { Path = null, Data = new(), Compute = new() { Seed = recipe.Seed } }).ToJson();
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(settings + data.Tokenizer.Fingerprint));
            hash.AppendData(MemoryMarshal.AsBytes(data.Training.AsSpan()));
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }

        private static double PeakMegabytes()
        {
            using Process process = Process.GetCurrentProcess();
            return Math.Round(process.PeakWorkingSet64 / 1048576.0, 1);
        }
    }

    // Tokens a second over the last steps, evaluations and samples left out.
    private sealed class Speed(long tokensPerStep)
    {
        private long last = Stopwatch.GetTimestamp();
        private double seconds; // of one step, a moving mean

        public long TokensPerStep => tokensPerStep;

        public double Count()
        {
            double step = Stopwatch.GetElapsedTime(last).TotalSeconds;
            seconds = seconds == 0 ? step : 0.9 * seconds + 0.1 * step;
            last = Stopwatch.GetTimestamp();
            return tokensPerStep / seconds;
        }

        public void Pause() => last = Stopwatch.GetTimestamp();
    }
}

/// <summary>A training that cannot go on.</summary>
public sealed class TrainingException(string message, Exception inner) : Exception(message, inner)
{
}
