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
        Write("recipe.json", recipe.MovedTo(path).ToJson());
        if (data.Tokenizer is { } tokenizer)
        {
            tokenizer.Save(System.IO.Path.Combine(path, "tokenizer.json"));
            Write("tokenizer_config.json", a.Objective is "causal" or "chat" ? LanguageModel.TokenizerConfigJson(tokenizer, a.Context, RecipeChat.End(recipe, tokenizer), RecipeChat.Begin(recipe, tokenizer)) : RecipeTokenizer.ConfigJson(tokenizer, a));
        }
        model.Describe(path);
        if (data.Template is { } template) Write("chat_template.jinja", template.Source);
        if (data.EndTokens.Count > 0) Write("generation_config.json", $"{{ \"eos_token_id\": [{string.Join(", ", data.EndTokens)}] }}\n");
        Write("metrics.jsonl", (step > 0 ? MetricsUpTo(step) : "") + RunLog.Line(w =>
        {
            w.WriteNumber("step", step);
            w.WriteStartObject("run");
            MachineInfo.Write(w);
            w.WriteNumber("parameters", model.Weights.Sum(weight => weight.Value.Count));
            w.WriteEndObject();
        }));
        if (step == 0) TensorBoardWriter.Clear(System.IO.Path.Combine(path, RunLog.Events));
    }

    /// <summary>Opens the metrics and a file of events for more.</summary>
    public RunLog Open(int step) => new(path, recipe, step);

    /// <summary>Writes the trained model and the last line of the metrics.</summary>
    public void End(Trainee model, TrainingResult result, IReadOnlyList<string> labels, long[][]? confusion)
    {
        model.Finish(path);
        File.AppendAllText(metrics, RunLog.Line(w =>
        {
            w.WriteNumber("step", result.Steps);
            w.WriteNumber("final_validation_loss", result.ValidationLoss);
            if (result.BestStep is { } best) w.WriteNumber("best_step", best);
            if (result.BitsPerByte is { } bits) w.WriteNumber("final_bits_per_byte", bits);
            if (result.Accuracy is { } accuracy) w.WriteNumber("final_accuracy", accuracy);
            foreach (RunFigure figure in result.Figures) w.WriteNumber(figure.Name, figure.Value);
            w.WriteNumber("unigram_loss", result.UnigramLoss);
            w.WriteNumber("tokens", result.Tokens);
            w.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
            if (result.Utilization is { } utilization) w.WriteNumber("mfu", Math.Round(utilization, 6));
            if (result.DataWait is { } wait) w.WriteNumber("data_wait", Math.Round(wait, 5));
            w.WriteNumber("peak_rss_mb", PeakMegabytes());
            if (confusion is not null) WriteConfusion(w, labels, confusion);
        }));
    }

    private void Write(string name, string text) => AtomicFile.WriteText(System.IO.Path.Combine(path, name), text);

    private static void WriteConfusion(Utf8JsonWriter w, IReadOnlyList<string> labels, long[][] confusion)
    {
        w.WriteStartArray("labels");
        foreach (string label in labels) w.WriteStringValue(label);
        w.WriteEndArray();
        w.WriteStartArray("confusion");
        foreach (long[] row in confusion)
        {
            w.WriteStartArray();
            foreach (long count in row) w.WriteNumberValue(count);
            w.WriteEndArray();
        }
        w.WriteEndArray();
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
