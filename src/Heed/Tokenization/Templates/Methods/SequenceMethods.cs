namespace Heed.Tokenization.Templates;

/// <summary>The methods of lists, tuples and ranges that change nothing.</summary>
internal static class SequenceMethods
{
    public static TemplateValue? Find(TemplateValue sequence, string name) => name switch
    {
        "index" => new FunctionValue(name, (rendering, arguments) => IntegerValue.Of(Index(sequence, rendering, arguments))),
        "count" => new FunctionValue(name, (rendering, arguments) =>
        {
            TemplateValue sought = arguments.Bind("count", "value")[0]!;
            return IntegerValue.Of(Sequences.Iterate(sequence, rendering.Budget).Count(item => Comparison.AreEqual(item, sought, rendering.Budget)));
        }),
        "copy" when sequence is ListValue => new FunctionValue(name, (_, arguments) =>
        {
            arguments.Bind("copy");
            return sequence;
        }),
        _ => null,
    };

    private static int Index(TemplateValue sequence, Rendering rendering, Arguments arguments)
    {
        TemplateValue?[] given = arguments.Bind("index", "value", "start?", "end?");
        int length = sequence.Count!.Value;
        int Place(TemplateValue? value, int whenMissing)
        {
            if (value is null) return whenMissing;
            int place = Integers.Clamp(value, "the place to start or end at");
            return place < 0 ? Math.Max(0, place + length) : place;
        }
        int start = Place(given[1], 0), end = Place(given[2], length), at = 0;
        foreach (TemplateValue item in Sequences.Iterate(sequence, rendering.Budget))
        {
            if (at >= start && at < end && Comparison.AreEqual(item, given[0]!, rendering.Budget)) return at;
            at++;
        }
        throw new TemplateError($"index: the {sequence.TypeName} has no such item");
    }
}
