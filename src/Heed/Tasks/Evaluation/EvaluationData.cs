using Heed.Data.Records;

namespace Heed.Tasks.Evaluation;

/// <summary>Reads the items of data files.</summary>
internal sealed class EvaluationData
{
    private readonly EvaluationParts parts;
    private readonly EvaluationColumns columns;
    private readonly DataFiles files;

    private EvaluationData(DataFiles files, EvaluationColumns columns, EvaluationParts parts) => (this.files, this.columns, this.parts) = (files, columns, parts);

    /// <summary>The items of files.</summary>
    /// <param name="files">The files.</param>
    /// <param name="columns">Columns or templates that the caller names.</param>
    /// <param name="parts">What the task needs.</param>
    /// <param name="limit">Items at most; null = all.</param>
    /// <param name="faults">Counts records that cannot be used.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, has no items, or lacks a column.</exception>
    /// <exception cref="ArgumentException">A column is named that the task has no use for, or a template is damaged.</exception>
    public static IReadOnlyList<EvaluationItem> Read(DataFiles files, EvaluationColumns columns, EvaluationParts parts, int? limit, RecordFaults faults)
    {
        if (columns.Second is not null && parts.Second is null) throw new ArgumentException("this model reads one text at a time: leave --second out");
        if (columns.Target is not null && parts.Target is null) throw new ArgumentException("this model is measured by the text alone: leave --target out");
        return new EvaluationData(files, columns, parts).Items(limit, faults);
    }

    private EvaluationItem[] Items(int? limit, RecordFaults faults)
    {
        IEnumerable<string> wanted = parts.All.SelectMany(p => Given(p) is { } given ? Template(given, p).Columns : p.Names);
        (RecordText Text, RecordText? Second, RecordText? Target)? made = null;
        EvaluationItem[] items = [.. faults.Select(files.Read(wanted, faults), Item).Take(limit ?? int.MaxValue)];
        return items.Length > 0 ? items : throw new InvalidDataException($"{string.Join(", ", files.Paths)} has no records");

        EvaluationItem Item(DataRecord record)
        {
            made ??= (Choose(record, parts.Text)!, Choose(record, parts.Second), Choose(record, parts.Target));
            (RecordText text, RecordText? second, RecordText? target) = made.Value;
            return new EvaluationItem(record.Place, record.Line, Filled(record, text, parts.Text), second is null ? null : Filled(record, second, parts.Second!), Targets(record, target));
        }
    }

    private string? Given(EvaluationPart part) => part == parts.Text ? columns.Text : part == parts.Second ? columns.Second : columns.Target;

    // The column of a part: that which was named, a usual one, or that at its place.
    private RecordText? Choose(DataRecord record, EvaluationPart? part)
    {
        if (part is null) return null;
        if (Given(part) is { } given) return Template(given, part);
        // A line of text with tabs has a whole and its places; the task tells which is meant.
        bool places = part.Place is not null && record.Values.ContainsKey(part.Place) && (parts.All.Count(p => p.Required) > 1 || !record.Values.ContainsKey(RecordFile.TextColumn));
        string? name = part.Names.FirstOrDefault(n => record.Values.ContainsKey(n) && !(places && RecordFile.IsText(record.File)));
        if ((name ?? (places ? part.Place : null)) is { } column) return new RecordText(column.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
        if (!part.Required) return null;
        throw new RecordException($"there is no column {string.Join(" or ", part.Names)}; there are {string.Join(", ", record.Values.Keys.Take(20))}: name one with {part.Option}");
    }

    private static RecordText Template(string template, EvaluationPart part)
    {
        try
        {
            return new RecordText(template);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"{part.Option}: {e.Message}", e);
        }
    }

    private static string Filled(DataRecord record, RecordText text, EvaluationPart part)
    {
        string made = text.Of(record);
        return part.MayBeEmpty || !string.IsNullOrWhiteSpace(made) ? made : throw new RecordException($"\"{text.Template}\" is empty");
    }

    // A list is several right answers; a template makes one.
    private string[] Targets(DataRecord record, RecordText? target)
    {
        if (target is null) return [];
        if (record.Values.TryGetValue(target.Template, out RecordValue? value))
        {
            if (value == RecordValue.Nothing && parts.Target!.MayBeEmpty) return [];
            if (value.Items is { } items && items.All(i => i.Text is not null)) return items.Count > 0 || parts.Target!.MayBeEmpty ? [.. items.Select(i => i.Text!)] : throw new RecordException($"\"{target.Template}\" is an empty list");
        }
        return [Filled(record, target, parts.Target!)];
    }
}
