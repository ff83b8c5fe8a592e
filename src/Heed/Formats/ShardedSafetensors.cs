using System.Collections.ObjectModel;
using System.Text.Json;

namespace Heed.Formats;

/// <summary>Weights in several <c>.safetensors</c> files, with an index that says which file holds which weight.</summary>
/// <remarks>The index is the authority: a weight that a shard holds but the index does not name is not seen.</remarks>
public sealed class ShardedSafetensors : WeightSource
{
    /// <summary>The usual file name of the index in a model folder.</summary>
    public const string DefaultName = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> shardOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SafetensorsFile> shards = new(StringComparer.Ordinal);
    private readonly ReadOnlyDictionary<string, WeightInfo> weights;
    private readonly ReadOnlyDictionary<string, string> metadata;

    /// <summary>Opens the index and every shard that it names, and checks that each holds what the index promises.</summary>
    /// <param name="indexPath">The index file; the shards lie in its folder.</param>
    /// <exception cref="FileNotFoundException">There is no such index.</exception>
    /// <exception cref="WeightFormatException">The index or a shard breaks its format, a shard or a weight is missing, or a shard name leaves the folder.</exception>
    public ShardedSafetensors(string indexPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(indexPath);
        Path = indexPath;
        Dictionary<string, string> map = JsonFile.Read(indexPath, SafetensorsHeader.MaxHeaderLength, index => ReadIndex(indexPath, index));
        string folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(indexPath))!;
        var found = new Dictionary<string, WeightInfo>(map.Count, StringComparer.Ordinal);
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (string shard in map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
            {
                string file = System.IO.Path.Combine(folder, shard);
                if (!File.Exists(file))
                {
                    string first = map.First(pair => pair.Value == shard).Key;
                    throw new WeightFormatException(indexPath, first, $"its shard {WeightFormatException.Quote(shard)} is missing; expected {file}.");
                }
                var opened = new SafetensorsFile(file);
                shards.Add(shard, opened);
                foreach ((string key, string value) in opened.Metadata) texts.TryAdd(key, value);
            }
            foreach ((string name, string shard) in map)
            {
                if (!shards[shard].Weights.TryGetValue(name, out WeightInfo? info))
                    throw new WeightFormatException(indexPath, name, $"the shard {WeightFormatException.Quote(shard)} does not hold it; it has {shards[shard].Weights.Count} other tensors.");
                found.Add(name, info);
                shardOf.Add(name, shards[shard]);
            }
        }
        catch
        {
            Close();
            throw;
        }
        weights = found.AsReadOnly();
        metadata = texts.AsReadOnly();
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, WeightInfo> Weights => weights;

    /// <summary>The metadata of the shards; where two differ, that of the first by file name.</summary>
    public override IReadOnlyDictionary<string, string> Metadata => metadata;

    private protected override unsafe byte* Address(WeightInfo info) => shardOf[info.Name].MappedAddress(info);

    private protected override void Close()
    {
        foreach (SafetensorsFile shard in shards.Values) shard.Dispose();
    }

    // Weight name -> shard file name, every shard name checked to be a plain file name.
    private static Dictionary<string, string> ReadIndex(string path, JsonElement index)
    {
        JsonElement map = JsonFile.Member(path, index, "the index", "weight_map", JsonValueKind.Object);
        var result = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in map.EnumerateObject())
        {
            string name = property.Name;
            if (property.Value.ValueKind != JsonValueKind.String)
                throw new WeightFormatException(path, name, $"weight_map holds {JsonFile.Kind(property.Value)}, expected the file name of a shard.");
            string shard = property.Value.GetString()!;
            if (!IsPlainFileName(shard))
                throw new WeightFormatException(path, name, $"the shard name {WeightFormatException.Quote(shard)} is not a plain file name in the folder of the index.");
            result.Add(name, shard); // the parser refuses duplicates
        }
        if (result.Count == 0) throw new WeightFormatException(path, null, "weight_map is empty, expected weight names and shard files.");
        return result;
    }

    // The same answer on every system: no separator, drive, stream or control character, and not a dot name.
    private static bool IsPlainFileName(string name) =>
        name.Length is > 0 and <= 255 && name.Trim(' ', '.').Length > 0 && name.AsSpan().IndexOfAny("/\\:*?\"<>|") < 0 && !name.Any(char.IsControl);
}
