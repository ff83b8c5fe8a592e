using Heed.Data.Records;
using Parquet;
using Parquet.Schema;

namespace Heed.Parquet;

/// <summary>Puts the values of one top-level column together again, row by row, from the levels of its leaf columns (Melnik et al. 2010, Dremel).</summary>
internal sealed class RowAssembler
{
    private readonly Field root;
    private readonly Dictionary<Field, LeafColumn[]> leaves = [];

    public RowAssembler(ParquetRowGroupReader group, Field root)
    {
        this.root = root;
        Open(group, root);
    }

    public string Name => root.Name;

    /// <summary>The value of the next row.</summary>
    public RecordValue Next() => Read(root);

    private LeafColumn[] Open(ParquetRowGroupReader group, Field field) =>
        leaves[field] = field is DataField leaf ? [new LeafColumn(group, leaf)] : [.. Parts(field).SelectMany(part => Open(group, part))];

    private static IReadOnlyList<Field> Parts(Field field) => field switch
    {
        ListField list => [list.Item],
        MapField map => [map.Key, map.Value],
        StructField group => group.Fields,
        _ => throw new InvalidDataException($"the column {field.Path} is {field.GetType().Name}, which cannot be read"),
    };

    private RecordValue Read(Field field) => field switch
    {
        DataField { IsArray: true } array => Repeat(array, () => leaves[array][0].Next()),
        DataField leaf => leaves[leaf][0].Next(),
        ListField list => Repeat(list, () => Read(list.Item)),
        MapField map => Named(Repeat(map, () => RecordValue.Of([Read(map.Key), Read(map.Value)]))),
        StructField group when leaves[field][0].Definition >= field.MaxDefinitionLevel => RecordValue.Of(group.Fields.ToDictionary(f => f.Name, Read)),
        _ => Skip(field),
    };

    // Elements until an entry repeats above this list. One entry below the list's level stands for an empty list or for none.
    private RecordValue Repeat(Field field, Func<RecordValue> element)
    {
        LeafColumn first = leaves[field][0];
        if (first.Definition < field.MaxDefinitionLevel)
        {
            bool empty = first.Definition == field.MaxDefinitionLevel - 1;
            Skip(field);
            return empty ? RecordValue.Of([]) : RecordValue.Nothing;
        }
        List<RecordValue> items = [];
        do items.Add(element());
        while (first.Repetition >= field.MaxRepetitionLevel);
        return RecordValue.Of(items);
    }

    private RecordValue Skip(Field field)
    {
        foreach (LeafColumn leaf in leaves[field]) leaf.Next();
        return RecordValue.Nothing;
    }

    private static RecordValue Named(RecordValue pairs)
    {
        if (pairs.Items is not { } items) return pairs;
        Dictionary<string, RecordValue> fields = [];
        foreach (RecordValue pair in items) fields[pair.Items![0].Text ?? ""] = pair.Items[1];
        return RecordValue.Of(fields);
    }
}
