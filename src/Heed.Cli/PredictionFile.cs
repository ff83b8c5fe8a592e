using System.Text;
using Heed.Data.Records;
using Heed.Tasks.Evaluation;

namespace Heed.Cli;

/// <summary>Writes what a model said beside what is right: a JSON object a line.</summary>
internal sealed class PredictionFile : IDisposable
{
    private readonly StreamWriter? writer;

    /// <summary>Begins the file; null = none is wanted.</summary>
    /// <exception cref="ArgumentException">It would be written over the data.</exception>
    public PredictionFile(string? path, DataFiles data)
    {
        if (path is null) return;
        if (data.Paths.Any(d => Path.GetFullPath(d) == Path.GetFullPath(path))) throw new ArgumentException($"{path} is the data itself: choose another output");
        writer = new StreamWriter(path, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
    }

    /// <summary>Adds a line.</summary>
    public void Add(EvaluatedItem said)
    {
        if (writer is null) return;
        JsonLine.Write(writer, w =>
        {
            w.WriteNumber("line", said.Item.Line);
            w.WriteString("text", said.Item.Text);
            if (said.Item.Second is { } second) w.WriteString("second", second);
            if (said.Item.Targets is [var only]) w.WriteString("target", only);
            else w.WriteStrings("target", said.Item.Targets);
            w.WriteString("prediction", said.Prediction);
            if (said.Score is { } score) w.WriteFinite("score", score);
        });
    }

    public void Dispose() => writer?.Dispose();
}
