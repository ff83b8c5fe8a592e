using Heed.Formats;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// How the arrays of a recurrent module's run lie: batch or time first, or one sequence without a batch axis; and how many steps each sequence has.
/// </summary>
internal sealed class SequenceLayout
{
    private readonly string run;
    private readonly int batch;
    private readonly int steps;
    private readonly bool batchFirst;
    private readonly bool batched;

    private SequenceLayout(string run, int batch, int steps, bool batchFirst, bool batched, int[] lengths) =>
        (this.run, this.batch, this.steps, this.batchFirst, this.batched, Lengths) = (run, batch, steps, batchFirst, batched, lengths);

    /// <summary>Steps of each sequence; empty: all.</summary>
    public int[] Lengths { get; }

    /// <summary>Reads the layout off the input's shape.</summary>
    /// <param name="run">The run.</param>
    /// <param name="batchFirst">What the reference says; null: PyTorch's default, time first, unless the states' batch shows the other.</param>
    /// <param name="config">The module.</param>
    public static SequenceLayout Of(ReferenceRun run, bool? batchFirst, RecurrentConfig config)
    {
        if (!run.Inputs.TryGetValue("input", out ArrayData? input)) throw new InvalidDataException($"run {run.Name} has no input; it has {string.Join(", ", run.Inputs.Keys)}");
        IReadOnlyList<long> shape = input.Shape;
        if (shape.Count is not (2 or 3) || shape[^1] != config.Inputs) throw new InvalidDataException($"run {run.Name}: the input has {input}, (batch, time, {config.Inputs}) or (time, batch, {config.Inputs}) was expected");
        bool batched = shape.Count == 3;
        bool first = batchFirst ?? (batched && run.Outputs.TryGetValue("h_n", out ArrayData? last) && last.Shape.Count == 3 && last.Shape[1] == shape[0] && last.Shape[1] != shape[1]);
        int batch = batched ? (int)shape[first ? 0 : 1] : 1, steps = (int)shape[batched && first ? 1 : 0];
        int[] lengths = [];
        if (run.Inputs.TryGetValue("lengths", out ArrayData? given))
        {
            if (given.IsFloat || given.Count != batch) throw new InvalidDataException($"run {run.Name}: lengths has {given}, {batch} integers were expected");
            lengths = [.. given.Int64s.ToArray().Select(n => n >= 0 && n <= steps ? (int)n : throw new InvalidDataException($"run {run.Name}: a length is {n}, 0 to {steps} were expected"))];
        }
        return new SequenceLayout(run.Name, batch, steps, first, batched, lengths);
    }

    /// <summary>The steps that an array of sequences has: an output of packed sequences ends with the longest of them.</summary>
    public int StepsOf(ArrayData sequences) => sequences.Shape.Count < 2 ? steps : (int)Math.Min(steps, sequences.Shape[batched && batchFirst ? 1 : 0]);

    /// <summary>An array of sequences -> (batch, steps, columns); steps that it does not have are 0.</summary>
    public Tensor Sequence(ArrayData data)
    {
        int own = StepsOf(data), columns = data.Shape.Count == 0 ? 0 : (int)data.Shape[^1];
        if (data.Shape.Count != (batched ? 3 : 2) || data.Count != (long)batch * own * columns) throw new InvalidDataException($"run {run}: {data} was given, {batch} sequences of at most {steps} steps were expected");
        Tensor x = Tensor.Zeros(new Shape(batch, steps, columns));
        ReadOnlySpan<float> values = data.Floats.Span;
        for (int b = 0; b < batch; b++)
            for (int t = 0; t < own; t++) values.Slice(Row(b, t, own) * columns, columns).CopyTo(x.Row(b * steps + t));
        return x;
    }

    /// <summary>(batch, steps, columns) -> shape and values in the run's layout, of the first steps if asked.</summary>
    public (long[] Shape, float[] Values) Sequence(Tensor x, int? steps)
    {
        int own = steps ?? this.steps, columns = x.Columns;
        float[] values = new float[batch * own * columns];
        for (int b = 0; b < batch; b++)
            for (int t = 0; t < own; t++) x.Row(b * this.steps + t).CopyTo(values.AsSpan(Row(b, t, own) * columns));
        return (!batched ? [own, columns] : batchFirst ? [batch, own, columns] : [own, batch, columns], values);
    }

    /// <summary>An array (layers · directions, batch, width) -> the states one by one.</summary>
    public Tensor[] States(ArrayData data, int count)
    {
        int width = data.Shape.Count == 0 ? 0 : (int)data.Shape[^1];
        if (data.Shape.Count != (batched ? 3 : 2) || data.Count != (long)count * batch * width) throw new InvalidDataException($"run {run}: {data} was given, {count} states of {batch} sequences were expected");
        ReadOnlySpan<float> values = data.Floats.Span;
        Tensor[] states = new Tensor[count];
        for (int i = 0; i < count; i++) states[i] = Tensor.From(new Shape(batch, width), values.Slice(i * batch * width, batch * width));
        return states;
    }

    /// <summary>The states -> shape and values of (layers · directions, batch, width).</summary>
    public (long[] Shape, float[] Values) States(IReadOnlyList<Tensor> states)
    {
        int width = states[0].Columns;
        return (batched ? [states.Count, batch, width] : [states.Count, width], [.. states.SelectMany(s => s.ToArray())]);
    }

    private int Row(int b, int t, int steps) => batchFirst || !batched ? b * steps + t : t * batch + b;
}
