using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Kernels;

namespace Heed.Models;

/// <summary>A tensor that can be read as float32, to be stored in some type.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape, outermost first.</param>
/// <param name="Type">How it is stored now.</param>
/// <param name="Read">Gives its values.</param>
internal sealed record GgufSource(string Name, IReadOnlyList<long> Shape, WeightType Type, FloatSource Read)
{
    /// <summary>Rows of a weight of a model; they are copied when the first of them is asked for.</summary>
    public static GgufSource Of(WeightSlot slot)
    {
        float[]? copy = null;
        return new(slot.File, slot.Shape, WeightType.F32, (start, values) =>
        {
            copy ??= slot.Export();
            copy.AsSpan((int)start, values.Length).CopyTo(values);
            if (start + values.Length == copy.Length) copy = null;
        });
    }

    /// <summary>A tensor of a file, which must stay open.</summary>
    public static GgufSource Of(GgufFile file, WeightInfo info) => new(info.Name, info.Shape, info.Type, (start, values) => file.ReadFloats(info.Name, start, values));
}

/// <summary>What a GGUF file is made of: metadata without the tokenizer, or with it, and tensors.</summary>
/// <param name="Metadata">The metadata.</param>
/// <param name="Tensors">The tensors.</param>
/// <param name="Blocks">Blocks of the model.</param>
/// <param name="QueriesPerKey">Query heads that share a key/value head.</param>
internal sealed record GgufContent(OrderedDictionary<string, GgufValue> Metadata, IReadOnlyList<GgufSource> Tensors, int Blocks, int QueriesPerKey)
{
    /// <summary>All that a file holds; it must stay open.</summary>
    public static GgufContent Of(GgufFile file)
    {
        string architecture = file.Fields.Get<string>("general.architecture");
        int Int(string key, int otherwise) => new GgufReader(file, architecture).Int(key, otherwise);
        OrderedDictionary<string, GgufValue> metadata = [];
        foreach ((string key, GgufValue value) in file.Fields) metadata[key] = value;
        int heads = Math.Max(Int("attention.head_count", 1), 1);
        return new(metadata, [.. file.Weights.Values.Select(info => GgufSource.Of(file, info))], Int("block_count", 0), heads / Math.Max(Int("attention.head_count_kv", heads), 1));
    }
}

/// <summary>What was written.</summary>
/// <param name="Bytes">Size of the file.</param>
/// <param name="Values">Values of all tensors.</param>
/// <param name="TensorBytes">Bytes of all tensors.</param>
/// <param name="Types">How many tensors have which type.</param>
public sealed record GgufSummary(long Bytes, long Values, long TensorBytes, IReadOnlyDictionary<string, int> Types)
{
    /// <summary>Bits of storage for each weight.</summary>
    public double BitsPerWeight => 8.0 * TensorBytes / Values;
}

/// <summary>How a model is written.</summary>
public sealed record GgufWriteOptions
{
    /// <summary>Which tensor is stored as which type.</summary>
    public GgufMix Mix { get; init; } = GgufMix.Find("F32");

    /// <summary>How much each input column of the matrices matters; null = all the same.</summary>
    public GgufImportance? Importance { get; init; }

    /// <summary>Metadata to add: those of the tokenizer, and what else the file should say.</summary>
    public IEnumerable<KeyValuePair<string, GgufValue>> Metadata { get; init; } = [];

    /// <summary>How an encoder's texts become one vector, where its configuration does not say; null = the file says nothing of it.</summary>
    public Pooling? Pooling { get; init; }

    /// <summary>The model's name; null = none, or that of the file that is quantised.</summary>
    public string? Name { get; init; }

    /// <summary>Told before each tensor: how many are done, how many there are, its name.</summary>
    public Action<int, int, string>? Progress { get; init; }

    /// <summary>Ends the writing between two tensors; no file is left then.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>Writes models as GGUF files.</summary>
public static class GgufModelWriter
{
    private const uint QuantizationVersion = 2; // of the block layouts

    /// <summary>Writes a model whose weights are float32.</summary>
    /// <exception cref="ArgumentException">GGUF cannot say what the configuration says, or the importance is of another model.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static GgufSummary Write(Transformer model, string path, GgufWriteOptions? options = null) => Write(GgufModel.ContentOf(model, path), path, options ?? new GgufWriteOptions());

    /// <summary>Writes the model of a file in other types; what stays as it is, is copied to the byte.</summary>
    /// <exception cref="ArgumentException">The importance is of another model.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static GgufSummary Write(GgufFile file, string path, GgufWriteOptions? options = null) => Write(GgufContent.Of(file), path, options ?? new GgufWriteOptions());

    private static GgufSummary Write(GgufContent content, string path, GgufWriteOptions options)
    {
        OrderedDictionary<string, GgufValue> metadata = new(content.Metadata) { ["general.file_type"] = options.Mix.FileType, ["general.quantization_version"] = QuantizationVersion };
        if (options.Name is { } name) metadata["general.name"] = name;
        if (options.Pooling is { } pooling && metadata["general.architecture"].TryAs(out string architecture)) metadata.TryAdd($"{architecture}.{GgufPooling.Key}", GgufPooling.Number(pooling));
        foreach ((string key, GgufValue value) in options.Metadata) metadata.TryAdd(key, value); // the ids of the model's configuration stay
        Dictionary<string, BlockType> types = options.Mix.Types(content.Tensors.Select(t => new MixTensor(t.Name, t.Shape)), content.Blocks, content.QueriesPerKey, options.Importance is not null);
        int done = 0;
        GgufTensor[] tensors = [.. content.Tensors.Select(Tensor)];
        GgufWriter.Write(path, metadata, tensors);
        return new GgufSummary(new FileInfo(path).Length, tensors.Sum(t => t.Count), tensors.Sum(t => t.ByteLength), tensors.GroupBy(t => t.Type).OrderBy(g => g.Key).ToDictionary(g => g.Key.FormatName(), g => g.Count()));

        GgufTensor Tensor(GgufSource source)
        {
            WeightType type = types.TryGetValue(source.Name, out BlockType chosen) ? chosen.ToWeightType() : source.Type;
            // The table of tokens is looked up, not multiplied by: what enters the output that it may also be says nothing of it.
            float[] importance = type.IsBlocked() && source.Name != "token_embd.weight" && options.Importance is { } known ? known.Of(source.Name, source.Shape[^1]).ToArray() : [];
            return GgufTensor.Floats(source.Name, source.Shape, Read, type, importance);

            void Read(long start, Span<float> values)
            {
                if (start == 0)
                {
                    options.Cancellation.ThrowIfCancellationRequested();
                    options.Progress?.Invoke(done++, content.Tensors.Count, source.Name);
                }
                source.Read(start, values);
            }
        }
    }
}
