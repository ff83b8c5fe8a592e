using System.Globalization;
using System.Text.Json;

namespace Heed.Formats;

/// <summary>A small array read from JSON: a type, a shape and the values, row-major. Immutable.</summary>
public sealed class ArrayData
{
    private readonly float[]? floats;
    private readonly double[]? doubles;
    private readonly long[]? integers;

    private ArrayData(WeightType type, long[] shape, float[]? floats, double[]? doubles, long[]? integers)
    {
        Type = type;
        Shape = Array.AsReadOnly(shape);
        this.floats = floats;
        this.doubles = doubles;
        this.integers = integers;
    }

    /// <summary>Integers of a shape.</summary>
    internal static ArrayData Of(IEnumerable<long> shape, long[] integers) => new(WeightType.I64, [.. shape], null, null, integers);

    /// <summary>F32, F64, an integer type, or Bool.</summary>
    public WeightType Type { get; }

    /// <summary>The sizes of the axes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>The number of elements.</summary>
    public int Count => floats?.Length ?? integers!.Length;

    /// <summary>Whether the values are floating-point numbers.</summary>
    public bool IsFloat => floats is not null;

    /// <summary>The values as float32 (F64 rounded to the nearest).</summary>
    /// <exception cref="InvalidOperationException">The values are integers.</exception>
    public ReadOnlyMemory<float> Floats => floats ?? throw new InvalidOperationException($"The array holds {Type}, not floating-point numbers.");

    /// <summary>The values as float64, exact for F64.</summary>
    /// <exception cref="InvalidOperationException">The values are integers.</exception>
    public ReadOnlyMemory<double> Doubles => doubles ?? Array.ConvertAll(Floats.ToArray(), value => (double)value);

    /// <summary>The values as int64 (Bool as 0 and 1).</summary>
    /// <exception cref="InvalidOperationException">The values are floating-point numbers.</exception>
    public ReadOnlyMemory<long> Int64s => integers ?? throw new InvalidOperationException($"The array holds {Type}, not integers.");

    /// <summary>The type and shape: <c>I64 [2, 10]</c>.</summary>
    public override string ToString() => $"{Type.FormatName()} {WeightInfo.ShapeText(Shape)}";

    /// <summary>Reads the form <c>{"dtype": "F32", "shape": [2, 3], "data": [six values]}</c>.</summary>
    internal static ArrayData FromObject(string file, string name, JsonElement element)
    {
        string where = WeightFormatException.Quote(name);
        string typeName = JsonFile.Member(file, element, where, "dtype", JsonValueKind.String).GetString()!;
        if (!WeightTypes.TryParse(typeName, out WeightType type))
            throw new WeightFormatException(file, name, $"dtype {WeightFormatException.Quote(typeName)} is not supported, expected one of {WeightTypes.Known}.");
        JsonElement sizes = JsonFile.Member(file, element, where, "shape", JsonValueKind.Array);
        JsonElement data = JsonFile.Member(file, element, where, "data", JsonValueKind.Array);
        var shape = new long[sizes.GetArrayLength()];
        int axis = 0;
        foreach (JsonElement size in sizes.EnumerateArray())
        {
            if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out shape[axis]) || shape[axis] < 0)
                throw new WeightFormatException(file, name, $"shape[{axis}] is {Shown(size)}, expected an integer from 0.");
            axis++;
        }
        long count = WeightInfo.CountOf(shape, type.ElementSize());
        if (count != data.GetArrayLength())
            throw new WeightFormatException(file, name, $"data has {data.GetArrayLength()} values, expected {(count < 0 ? "fewer than the overflowing" : count)} of shape {WeightInfo.ShapeText(shape)}.");
        return FromElements(file, name, type, shape, data.EnumerateArray());
    }

    /// <summary>Reads plain nested arrays, <c>[[1, 2], [3, 4]]</c>, or one number: integers become I64, true and false Bool, else F32.</summary>
    internal static ArrayData FromNested(string file, string name, JsonElement element)
    {
        // The first elements on the way down say what the shape should be; every other row must agree.
        var shape = new List<long>();
        for (JsonElement first = element; first.ValueKind == JsonValueKind.Array; first = first[0])
        {
            shape.Add(first.GetArrayLength());
            if (first.GetArrayLength() == 0) break;
        }
        var leaves = new List<JsonElement>();
        Flatten(file, name, element, shape, [], leaves);

        bool boolean = leaves.Count > 0 && leaves[0].ValueKind is JsonValueKind.True or JsonValueKind.False;
        bool integer = !boolean && leaves.TrueForAll(leaf => leaf.ValueKind == JsonValueKind.Number && leaf.TryGetInt64(out _) && IsPlainInteger(leaf));
        return FromElements(file, name, boolean ? WeightType.Bool : integer ? WeightType.I64 : WeightType.F32, [.. shape], leaves);
    }

    // place: the indices of the element in the arrays around it.
    private static void Flatten(string file, string name, JsonElement element, List<long> shape, List<int> place, List<JsonElement> leaves)
    {
        if (place.Count == shape.Count)
        {
            if (element.ValueKind is not (JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False))
                throw new WeightFormatException(file, name, $"{Place()} is {JsonFile.Kind(element)}, expected a number{(element.ValueKind == JsonValueKind.Array ? " (ragged)" : "")}.");
            leaves.Add(element);
            return;
        }
        long expected = shape[place.Count];
        if (element.ValueKind != JsonValueKind.Array)
            throw new WeightFormatException(file, name, $"ragged: {Place()} is {JsonFile.Kind(element)}, expected an array of {expected} like the first.");
        if (element.GetArrayLength() != expected)
            throw new WeightFormatException(file, name, $"ragged: {Place()} has {element.GetArrayLength()} elements, expected {expected} like the first.");
        place.Add(0);
        foreach (JsonElement child in element.EnumerateArray())
        {
            Flatten(file, name, child, shape, place, leaves);
            place[^1]++;
        }
        place.RemoveAt(place.Count - 1);

        string Place() => place.Count == 0 ? "it" : $"element [{string.Join(", ", place)}]";
    }

    private static ArrayData FromElements(string file, string name, WeightType type, long[] shape, IEnumerable<JsonElement> elements)
    {
        int i = 0;
        if (type == WeightType.F64)
        {
            var doubles = new List<double>();
            foreach (JsonElement element in elements)
            {
                if (element.ValueKind != JsonValueKind.Number || !element.TryGetDouble(out double value)) throw Wrong(file, name, type, i, element);
                doubles.Add(value);
                i++;
            }
            return new(type, shape, [.. doubles.Select(value => (float)value)], [.. doubles], null);
        }
        if (type.IsFloat())
        {
            var floats = new List<float>();
            foreach (JsonElement element in elements)
            {
                if (element.ValueKind != JsonValueKind.Number || !element.TryGetSingle(out float value)) throw Wrong(file, name, type, i, element);
                floats.Add(value);
                i++;
            }
            return new(type, shape, [.. floats], null, null);
        }
        (long low, long high) = Range(type);
        var integers = new List<long>();
        foreach (JsonElement element in elements)
        {
            long value = element.ValueKind == JsonValueKind.True ? 1 : 0;
            bool right = type == WeightType.Bool && element.ValueKind is JsonValueKind.True or JsonValueKind.False
                || element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out value) && value >= low && value <= high;
            if (!right) throw Wrong(file, name, type, i, element);
            integers.Add(value);
            i++;
        }
        return new(type, shape, null, null, [.. integers]);
    }

    private static (long Low, long High) Range(WeightType type) => type switch
    {
        WeightType.I32 => (int.MinValue, int.MaxValue),
        WeightType.I16 => (short.MinValue, short.MaxValue),
        WeightType.I8 => (sbyte.MinValue, sbyte.MaxValue),
        WeightType.U8 => (0, 255),
        WeightType.Bool => (0, 1),
        _ => (long.MinValue, long.MaxValue),
    };

    private static WeightFormatException Wrong(string file, string name, WeightType type, int index, JsonElement element) =>
        new(file, name, string.Create(CultureInfo.InvariantCulture, $"value {index} is {Shown(element)}, expected {type.FormatName()}."));

    // "1.0" and "1e3" are floating-point numbers although their value is whole.
    private static bool IsPlainInteger(JsonElement element) => element.GetRawText().AsSpan().IndexOfAny(".eE") < 0;

    private static string Shown(JsonElement element) => element.ValueKind == JsonValueKind.Number ? Short(element.GetRawText()) : JsonFile.Kind(element);

    private static string Short(string text) => text.Length <= 80 ? text : text[..80] + "...";
}
