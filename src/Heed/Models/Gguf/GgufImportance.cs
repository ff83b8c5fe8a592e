using System.Buffers.Binary;
using System.Text;
using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>
/// How much each input column of a matrix matters: the mean square of what enters it over a text. Quantisation then keeps the columns that matter.
/// Files are those of <c>llama-imatrix</c>: the older binary kind is read and written, the newer GGUF kind is read.
/// </summary>
public sealed class GgufImportance
{
    private const int MostEntries = 1 << 20, MostName = 1 << 10;

    private readonly Dictionary<string, float[]> columns;

    /// <summary>Importance by tensor.</summary>
    /// <param name="columns">For each tensor the mean square of every input column.</param>
    /// <exception cref="ArgumentException">A value is negative or not finite.</exception>
    public GgufImportance(IReadOnlyDictionary<string, float[]> columns)
    {
        foreach ((string name, float[] values) in columns)
            if (values.Any(v => !(v >= 0 && float.IsFinite(v)))) throw new ArgumentException($"the importance of {WeightFormatException.Quote(name)} has a value that is negative or not finite");
        this.columns = new(columns);
    }

    /// <summary>Measures the importance of a model's columns over a text, in one pass.</summary>
    /// <param name="model">The model.</param>
    /// <param name="tokens">The text's ids; what is left behind whole runs of the context is not read, unless there is no whole run.</param>
    /// <param name="context">Tokens that the model reads at a time.</param>
    /// <param name="begin">An id that takes the place of the first token of every run; null = the text's own stays.</param>
    /// <param name="progress">Told after each run: runs done, runs in all.</param>
    /// <param name="cancellation">Ends the measurement between two runs.</param>
    /// <exception cref="ArgumentException">There are no tokens, or GGUF holds no such models.</exception>
    public static GgufImportance Measure(Transformer model, ReadOnlySpan<int> tokens, int context = 512, int? begin = null, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        if (tokens.Length == 0) throw new ArgumentException("the text to calibrate with has no tokens");
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        ILookup<string, string> tensors = GgufModel.TensorsOf(model);
        Dictionary<string, (double[] Squares, long Rows)> sums = [];
        model.WatchInputs((name, x) =>
        {
            (double[] squares, long rows) = sums.TryGetValue(name, out var known) ? known : (new double[x.Columns], 0);
            for (int row = 0; row < x.Rows; row++)
            {
                ReadOnlySpan<float> values = x.Row(row);
                for (int i = 0; i < values.Length; i++) squares[i] += (double)values[i] * values[i];
            }
            sums[name] = (squares, rows + x.Rows);
        });
        try
        {
            int length = Math.Min(context, tokens.Length), runs = tokens.Length / length;
            for (int run = 0; run < runs; run++)
            {
                cancellation.ThrowIfCancellationRequested();
                using MemoryScope scope = new();
                Tensor ids = Tensor.From(new Shape(1, length), tokens.Slice(run * length, length));
                if (begin is { } id) ids.Ints[0] = id;
                if (model.Config is { Encoder: not null, Decoder: not null }) model.Hidden(ids, new ForwardOptions { Memory = model.Encode(ids) });
                else model.Hidden(ids);
                progress?.Invoke(run + 1, runs);
            }
        }
        finally
        {
            model.WatchInputs(null);
        }
        return new GgufImportance(sums.SelectMany(s => tensors[s.Key], (s, tensor) => (tensor, s.Value)).ToDictionary(s => s.tensor, s => Array.ConvertAll(s.Value.Squares, q => (float)(q / s.Value.Rows))));
    }

    /// <summary>The tensors whose importance is known.</summary>
    public IReadOnlyCollection<string> Tensors => columns.Keys;

    /// <summary>The importance of a tensor's columns; empty where it is not known.</summary>
    /// <exception cref="ArgumentException">It is of a tensor with another number of columns.</exception>
    public ReadOnlySpan<float> Of(string tensor, long count)
    {
        if (!columns.TryGetValue(tensor, out float[]? values)) return default;
        return values.Length == count ? values : throw new ArgumentException($"the importance of {WeightFormatException.Quote(tensor)} has {values.Length} columns, the tensor {count}: it is of another model");
    }

    /// <summary>Reads a file of either kind.</summary>
    /// <exception cref="WeightFormatException">The file is damaged.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static GgufImportance Load(string path)
    {
        using (FileStream probe = File.OpenRead(path))
        {
            Span<byte> magic = stackalloc byte[4];
            if (probe.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4) throw new WeightFormatException(path, null, "holds no importance: it is shorter than 4 bytes.");
            if (!magic.SequenceEqual("GGUF"u8)) return LoadBinary(path, probe);
        }
        return LoadGguf(path);
    }

    /// <summary>Writes the binary kind.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using BinaryWriter w = new(stream, Encoding.UTF8, leaveOpen: true);
        w.Write(columns.Count);
        foreach ((string name, float[] values) in columns.OrderBy(c => c.Key, StringComparer.Ordinal))
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(name);
            w.Write(utf8.Length);
            w.Write(utf8);
            w.Write(1); // how many passes the sums are of: they are means already
            w.Write(values.Length);
            foreach (float value in values) w.Write(value);
        }
    }, 4 + columns.Sum(c => 12L + Encoding.UTF8.GetByteCount(c.Key) + 4L * c.Value.Length));

    // count, then for each: name, passes, values. Behind them may stand what the text was.
    private static GgufImportance LoadBinary(string path, FileStream stream)
    {
        stream.Position = 0;
        using BinaryReader r = new(stream, Encoding.UTF8, leaveOpen: true);
        Dictionary<string, float[]> columns = [];
        int entries = Length(r, MostEntries, "entries");
        for (int i = 0; i < entries; i++)
        {
            string name = Encoding.UTF8.GetString(Bytes(Length(r, MostName, "bytes of a name")));
            int passes = Math.Max(Length(r, int.MaxValue, "passes"), 1);
            byte[] bytes = Bytes(4L * Length(r, int.MaxValue / 4, "values"));
            float[] values = new float[bytes.Length / 4];
            for (int v = 0; v < values.Length; v++) values[v] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(v * 4)) / passes;
            columns[name] = values;
        }
        return Checked(path, columns);

        int Length(BinaryReader reader, int most, string what)
        {
            if (stream.Length - stream.Position < 4) throw new WeightFormatException(path, null, $"ends where the number of {what} was expected.");
            return reader.ReadInt32() is >= 0 and var length && length <= most ? length : throw new WeightFormatException(path, null, $"holds no importance: the number of {what} is not 0 to {most}.");
        }

        byte[] Bytes(long count) => count <= stream.Length - stream.Position ? r.ReadBytes((int)count)
            : throw new WeightFormatException(path, null, $"is cut off: {count} bytes expected, {stream.Length - stream.Position} are left.");
    }

    // Sums of squares (.in_sum2) and how many rows they are of (.counts).
    private static GgufImportance LoadGguf(string path)
    {
        const string Sums = ".in_sum2", Counts = ".counts";
        using GgufFile file = new(path);
        Dictionary<string, float[]> columns = [];
        foreach ((string name, WeightInfo info) in file.Weights.Where(w => w.Key.EndsWith(Sums, StringComparison.Ordinal)))
        {
            string tensor = name[..^Sums.Length];
            float[] sums = new float[info.Count], counts = new float[file.Weights.TryGetValue(tensor + Counts, out WeightInfo? c) ? c.Count : throw new WeightFormatException(path, tensor + Counts, "is missing.")];
            file.ReadFloats(name, sums);
            file.ReadFloats(tensor + Counts, counts);
            if (counts.Length != 1) continue; // one for each expert of a mixture, which Heed does not quantise
            columns[tensor] = [.. sums.Select(s => counts[0] > 0 ? s / counts[0] : 1)];
        }
        if (columns.Count == 0) throw new WeightFormatException(path, null, $"holds no importance: no tensor ends with {Sums}.");
        return Checked(path, columns);
    }

    private static GgufImportance Checked(string path, Dictionary<string, float[]> columns)
    {
        try
        {
            return new GgufImportance(columns);
        }
        catch (ArgumentException e)
        {
            throw new WeightFormatException(path, null, e.Message, e);
        }
    }
}
