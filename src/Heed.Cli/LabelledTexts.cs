using Heed.Data.Records;
using Heed.Metrics;
using Heed.Tasks;

namespace Heed.Cli;

/// <summary>Texts to group, and perhaps what each is about.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="Labels">For each its label; null = they have none.</param>
internal sealed record LabelledTexts(IReadOnlyList<string> Texts, IReadOnlyList<string>? Labels)
{
    /// <summary>The lines of a file, or its records where columns are named or it is a table.</summary>
    /// <exception cref="InvalidDataException">It cannot be read, or a record lacks a column.</exception>
    public static LabelledTexts Read(string? path, string? text, string? labels)
    {
        bool records = text is not null || labels is not null || (path is not null && !RecordFile.IsText(path));
        if (!records) return new LabelledTexts(TextInputs.Lines(path), null);
        if (path is null or "-") throw new ArgumentException("--text and --labels name columns of a FILE: give one");
        RecordText texts = Template("--text", text ?? RecordFile.TextColumn);
        RecordText? label = labels is null ? null : Template("--labels", labels);
        RecordFaults faults = new();
        (string Text, string? Label)[] read = [.. faults.Select(RecordFile.Read(path, [.. texts.Columns, .. label?.Columns ?? []], faults), r => (Show.Clean(texts.Of(r)), label?.Of(r)))];
        return new LabelledTexts([.. read.Select(r => r.Text)], label is null ? null : [.. read.Select(r => r.Label!)]);
    }

    /// <summary>How far topics agree with the labels; null = there are none.</summary>
    public (double Nmi, double Ari)? Agreement(IReadOnlyList<Topic> topics)
    {
        if (Labels is null) return null;
        int[] groups = [.. topics.SelectMany((topic, t) => topic.Texts.Select(_ => t))];
        string[] known = [.. topics.SelectMany(topic => topic.Texts.Select(text => Labels[text.Index]))];
        return (ClusterAgreement.NormalizedMutualInformation(groups, known), ClusterAgreement.AdjustedRand(groups, known));
    }

    private static RecordText Template(string option, string template)
    {
        try
        {
            return new RecordText(template);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"{option}: {e.Message}", e);
        }
    }
}
