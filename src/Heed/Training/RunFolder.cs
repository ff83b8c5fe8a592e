using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Heed.Formats;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The files of a run: a model folder in the layout of Hugging Face, with the recipe and <c>metrics.jsonl</c>.</summary>
internal sealed class RunFolder(string path, Recipe recipe)
{
    private readonly string metrics = System.IO.Path.Combine(path, "metrics.jsonl");

    public string Path => path;

    /// <summary>Writes what is known before the first step; of earlier metrics those up to <paramref name="step"/> stay.</summary>
    public void Begin(Trainee model, TrainingData data, int step)
    {
        AlgorithmSection a = recipe.Algorithm;
        Write("recipe.json", recipe.ToJson());
        if (data.Tokenizer is { } tokenizer)
        {
            tokenizer.Save(System.IO.Path.Combine(path, "tokenizer.json"));
            Write("tokenizer_config.json", a.Objective is "causal" or "chat" ? LanguageModel.TokenizerConfigJson(tokenizer, a.Context, RecipeChat.End(recipe, tokenizer), RecipeChat.Begin(recipe, tokenizer)) : RecipeTokenizer.ConfigJson(tokenizer, a));
        }
        model.Describe(path);
        if (data.Template is { } template) Write("chat_template.jinja", template.Source);
        if (data.EndTokens.Count > 0) Write("generation_config.json", $"{{ \"eos_token_id\": [{string.Join(", ", data.EndTokens)}] }}\n");
        Write("metrics.jsonl", step > 0 ? MetricsUpTo(step) : "");
    }

    /// <summary>Opens the metrics for more lines.</summary>
    public StreamWriter OpenMetrics() => new(metrics, append: true);

    /// <summary>Adds a line for a step, if it is one that is logged.</summary>
    public void Log(StreamWriter log, TrainingStep step)
    {
        int every = recipe.Compute.LogEvery;
        bool logs = step.Index % every == 0 || step.ValidationLoss is not null || step.Sample is not null || step.Index == step.Steps || step.Index == 1;
        if (!logs) return;
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

    /// <summary>Writes the trained model and the last line of the metrics.</summary>
    public void End(Trainee model, TrainingResult result)
    {
        model.Finish(path);
        File.AppendAllText(metrics, Line(w =>
        {
            w.WriteNumber("step", result.Steps);
            w.WriteNumber("final_validation_loss", result.ValidationLoss);
            if (result.BitsPerByte is { } bits) w.WriteNumber("final_bits_per_byte", bits);
            if (result.Accuracy is { } accuracy) w.WriteNumber("final_accuracy", accuracy);
            w.WriteNumber("unigram_loss", result.UnigramLoss);
            w.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
            w.WriteNumber("peak_rss_mb", PeakMegabytes());
        }));
    }

    private void Write(string name, string text) => AtomicFile.WriteText(System.IO.Path.Combine(path, name), text);

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
    private string MetricsUpTo(int step)
    {
        StringBuilder kept = new();
        if (!File.Exists(metrics)) return "";
        foreach (string line in File.ReadLines(metrics))
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

    private static double PeakMegabytes()
    {
        using Process process = Process.GetCurrentProcess();
        return Math.Round(process.PeakWorkingSet64 / 1048576.0, 1);
    }
}
