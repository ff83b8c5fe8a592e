using System.Text.Json;

namespace Heed.Formats;

/// <summary>Named model inputs in a JSON file: <c>{"input_ids": [[1, 2, 3]], "attention_mask": {"dtype": "I64", "shape": [1, 3], "data": [1, 1, 1]}}</c>.</summary>
public static class InputsJson
{
    /// <summary>Reads every input of a file.</summary>
    /// <remarks>
    /// An input is nested arrays (or one number), all rows of one length, or an object with dtype, shape and flat data. Without a dtype, whole numbers
    /// without point and exponent are I64, true and false are Bool, and all else F32; an empty array is I64.
    /// </remarks>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="WeightFormatException">The file is not such an object; the message names the input and the place in it.</exception>
    public static IReadOnlyDictionary<string, ArrayData> Read(string path) => JsonFile.Read(path, int.MaxValue, inputs => Read(path, inputs));

    private static IReadOnlyDictionary<string, ArrayData> Read(string path, JsonElement inputs)
    {
        if (inputs.ValueKind != JsonValueKind.Object)
            throw new WeightFormatException(path, null, $"the file is {JsonFile.Kind(inputs)}, expected an object of input names and arrays.");
        var result = new Dictionary<string, ArrayData>(StringComparer.Ordinal);
        foreach (JsonProperty property in inputs.EnumerateObject())
        {
            string name = property.Name;
            ArrayData value = property.Value.ValueKind == JsonValueKind.Object
                ? ArrayData.FromObject(path, name, property.Value)
                : ArrayData.FromNested(path, name, property.Value);
            result.Add(name, value);
        }
        return result.AsReadOnly();
    }
}
