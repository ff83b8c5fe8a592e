using System.Collections;

namespace Heed.Formats.Gguf;

/// <summary>The metadata of a GGUF file: typed values by key, in the order of the file.</summary>
public sealed class GgufMetadata : IReadOnlyCollection<KeyValuePair<string, GgufValue>>
{
    private readonly string file;
    private readonly OrderedDictionary<string, GgufValue> values;

    internal GgufMetadata(string file, OrderedDictionary<string, GgufValue> values) => (this.file, this.values) = (file, values);

    /// <inheritdoc/>
    public int Count => values.Count;

    /// <summary>Whether the file has the key.</summary>
    public bool Has(string key) => values.ContainsKey(key);

    /// <summary>The value of a key, or null.</summary>
    public GgufValue? Find(string key) => values.GetValueOrDefault(key);

    /// <summary>The value of a key that the file must have.</summary>
    /// <typeparam name="T">A number, bool, string, an array of one of them, or <see cref="GgufStrings"/>; numbers are converted where nothing is lost (see <see cref="GgufValue.TryAs"/>).</typeparam>
    /// <exception cref="WeightFormatException">The key is missing, or its value cannot be such a type.</exception>
    public T Get<T>(string key) => values.TryGetValue(key, out GgufValue? value)
        ? As<T>(key, value)
        : throw new WeightFormatException(file, null, $"metadata {WeightFormatException.Quote(key)} is missing, expected {Name<T>()}.");

    /// <summary>The value of a key, or <paramref name="otherwise"/> where the file has none.</summary>
    /// <exception cref="WeightFormatException">The file has the key with a value that cannot be such a type.</exception>
    public T Get<T>(string key, T otherwise) => values.TryGetValue(key, out GgufValue? value) ? As<T>(key, value) : otherwise;

    /// <summary>The value of a key, if the file has it.</summary>
    /// <exception cref="WeightFormatException">The file has the key with a value that cannot be such a type.</exception>
    public bool TryGet<T>(string key, out T value)
    {
        bool found = values.TryGetValue(key, out GgufValue? stored);
        value = found ? As<T>(key, stored!) : default!;
        return found;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, GgufValue>> GetEnumerator() => values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private T As<T>(string key, GgufValue value) => value.TryAs(out T converted)
        ? converted
        : throw new WeightFormatException(file, null, $"metadata {WeightFormatException.Quote(key)} is {value}, expected {Name<T>()}.");

    private static string Name<T>() => typeof(T).Name;
}
