using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>What a run tells of its steps while it goes on: a line each in <c>metrics.jsonl</c>, and the same as an event of TensorBoard.</summary>
internal sealed class RunLog : IDisposable
{
    /// <summary>The folder of the events in a run folder.</summary>
    public const string Events = "tensorboard";

    private readonly Recipe recipe;
    private readonly StreamWriter metrics;
    private readonly TensorBoardWriter events;

    public RunLog(string folder, Recipe recipe, int step)
    {
        this.recipe = recipe;
        metrics = new StreamWriter(Path.Combine(folder, "metrics.jsonl"), append: true);
        events = new TensorBoardWriter(Path.Combine(folder, Events), step);
        if (step > 0) return;
        events.Text("recipe", $"```json\n{recipe.ToJson()}```");
        events.Write(0);
    }

    /// <summary>Tells of a step, if it is one that is logged.</summary>
    public void Add(TrainingStep step)
    {
        bool logs = step.Index % recipe.Compute.LogEvery == 0 || step.ValidationLoss is not null || step.Sample is not null || step.Index == step.Steps || step.Index == 1;
        if (!logs) return;
        metrics.Write(Line(w => Write(w, step)));
        metrics.Flush();
        foreach ((string tag, double? value) in Scalars(step))
            if (value is { } number) events.Scalar(tag, number);
        if (step.Sample is { } sample) events.Text("sample", "```\n" + sample + "\n```");
        events.Write(step.Index);
    }

    public void Dispose()
    {
        metrics.Dispose();
        events.Dispose();
    }

    /// <summary>A JSON object as a line.</summary>
    public static string Line(Action<Utf8JsonWriter> write)
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

    private static void Write(Utf8JsonWriter w, TrainingStep step)
    {
        w.WriteNumber("step", step.Index);
        w.WriteNumber("loss", step.Loss);
        w.WriteNumber("learning_rate", step.LearningRate);
        w.WriteNumber("gradient_norm", step.GradientNorm);
        w.WriteNumber("tokens", step.Tokens);
        w.WriteNumber("tokens_per_second", Math.Round(step.TokensPerSecond, 1));
        w.WriteNumber("seconds", Math.Round(step.Elapsed.TotalSeconds, 3));
        if (step.Utilization is { } utilization) w.WriteNumber("mfu", Math.Round(utilization, 6));
        w.WriteNumber("data_wait", Math.Round(step.DataWait, 5));
        if (step.ValidationLoss is { } loss) w.WriteNumber("validation_loss", loss);
        if (step.ValidationAccuracy is { } accuracy) w.WriteNumber("validation_accuracy", accuracy);
        if (step.BitsPerByte is { } bits) w.WriteNumber("bits_per_byte", bits);
        if (step.Sample is { } sample) w.WriteString("sample", sample);
    }

    private static IEnumerable<(string Tag, double? Value)> Scalars(TrainingStep step) =>
    [
        ("loss/training", step.Loss), ("loss/validation", step.ValidationLoss), ("accuracy/validation", step.ValidationAccuracy), ("loss/bits_per_byte", step.BitsPerByte),
        ("course/learning_rate", step.LearningRate), ("course/gradient_norm", step.GradientNorm), ("course/tokens", step.Tokens),
        ("speed/tokens_per_second", step.TokensPerSecond), ("speed/mfu", step.Utilization), ("speed/data_wait", step.DataWait),
    ];
}
