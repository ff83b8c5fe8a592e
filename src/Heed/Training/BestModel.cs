using System.Globalization;
using Heed.Formats;

namespace Heed.Training;

/// <summary>The folder <c>best</c> of a run: the model as it was at its best measurement, with its tokenizer, ready for every verb. There is always a whole one.</summary>
internal static class BestModel
{
    private const string Name = "best", Draft = ".unfinished-best", Before = ".before-best";

    public static string Folder(string run) => Path.Combine(run, Name);

    /// <summary>Writes the model in place of the one before.</summary>
    public static void Save(string run, Trainee model, RunProgress progress)
    {
        string draft = Path.Combine(run, Draft), before = Path.Combine(run, Before), target = Folder(run);
        Recover(run);
        Directory.CreateDirectory(draft);
        model.Save(draft);
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json", "generation_config.json"])
            if (File.Exists(Path.Combine(run, file))) File.Copy(Path.Combine(run, file), Path.Combine(draft, file), overwrite: true);
        AtomicFile.WriteText(Path.Combine(draft, "best.json"), RecipeJson.Write(indented: true, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("step", progress.BestStep);
            w.WriteNumber("validation_loss", progress.BestLoss!.Value);
            if (progress.Best is { } score && score != -progress.BestLoss) w.WriteNumber("validation_accuracy", score);
            w.WriteEndObject();
        }) + "\n");
        if (Directory.Exists(target)) Directory.Move(target, before);
        Directory.Move(draft, target);
        if (Directory.Exists(before)) Directory.Delete(before, recursive: true);
    }

    /// <summary>Puts right what a kill has left.</summary>
    public static void Recover(string run)
    {
        string draft = Path.Combine(run, Draft), before = Path.Combine(run, Before), target = Folder(run);
        if (Directory.Exists(draft)) Directory.Delete(draft, recursive: true);
        if (!Directory.Exists(before)) return;
        if (Directory.Exists(target)) Directory.Delete(before, recursive: true);
        else Directory.Move(before, target);
    }

    /// <summary>Deletes it, for a run that starts again.</summary>
    public static void Clear(string run)
    {
        Recover(run);
        if (Directory.Exists(Folder(run))) Directory.Delete(Folder(run), recursive: true);
    }

    /// <summary>Gives a model the weights of the best.</summary>
    /// <exception cref="InvalidDataException">There is none, or it cannot be read.</exception>
    public static void Load(string run, Trainee model, int step)
    {
        string folder = Folder(run);
        if (!Directory.Exists(folder)) throw new InvalidDataException($"{folder} is missing: the model of step {step.ToString(CultureInfo.InvariantCulture)}, the best one; start again with --restart");
        model.Load(folder);
    }
}
