using System.Runtime.Intrinsics;
using Heed.Kernels;
using static Heed.Tests.KernelTest;

namespace Heed.Tests;

[Trait("isa", "all")]
[Collection(Threads.Name)]
public sealed class RecurrentTests
{
    public static TheoryData<RecurrentKind> Kinds => [RecurrentKind.RnnTanh, RecurrentKind.RnnRelu, RecurrentKind.Lstm, RecurrentKind.Gru];

    // One unit; one step; units and rows beside the widths of registers, panels and parts; sums longer than one sweep.
    private static readonly (int Batch, int Steps, int Width)[] Shapes = [(1, 1, 1), (2, 3, 5), (3, 1, 17), (7, 4, 16), (14, 5, 35), (50, 3, 40), (13, 2, 530)];

    /// <summary>Random inputs of both passes, and where each array stands in the one buffer that <see cref="KernelTest.Run"/> guards.</summary>
    private sealed class Problem
    {
        public readonly RecurrentShape Shape;
        public readonly float[] Weight, NewBias, Gates, Hidden, Cell, OutputGradient, HiddenGradient, CellGradient;
        public readonly int[] Lengths;
        public readonly int Stride;

        public Problem(RecurrentShape shape, bool packed)
        {
            Shape = shape;
            int states = shape.Batch * shape.Width, rows = shape.Batch * shape.Steps;
            Stride = shape.Width + 3;
            Weight = Values(shape.Gates * shape.Width * shape.Width, 1, 2f / MathF.Sqrt(shape.Width));
            NewBias = shape.Kind == RecurrentKind.Gru ? Values(shape.Width, 2) : [];
            Gates = Values(rows * shape.Saved * shape.Width, 3, 2f);
            Hidden = Values(states, 4);
            Cell = Values(IsLstm ? states : 0, 5, 2f);
            OutputGradient = Values(rows * Stride, 6);
            HiddenGradient = Values(states, 7);
            CellGradient = Values(IsLstm ? states : 0, 8);
            Random random = new(9);
            Lengths = packed ? [.. Enumerable.Range(0, shape.Batch).Select(_ => random.Next(shape.Steps + 1))] : [];
        }

        private bool IsLstm => Shape.Kind == RecurrentKind.Lstm;

        private int Rows => Shape.Batch * Shape.Steps;

        /// <summary>Gates, output (strided), hidden, cell, cells, one after another, as float64 of the naive kernel or computed by <paramref name="kernel"/>.</summary>
        public double[] ExpectedForward()
        {
            double[] gates = Wide(Gates), output = new double[Rows * Shape.Width], hidden = Wide(Hidden), cell = Wide(Cell), cells = new double[Cell.Length * Shape.Steps];
            Reference.RecurrentForward(Shape, Wide(Weight), Wide(NewBias), Lengths, gates, output, hidden, cell, cells);
            return [.. gates, .. output, .. hidden, .. cell, .. cells];
        }

        public double[] ExpectedBackward(double[] forward)
        {
            double[] gates = forward[..Gates.Length], output = forward.AsSpan(Gates.Length, Rows * Shape.Width).ToArray(), cells = forward[^(Cell.Length * Shape.Steps)..];
            double[] dy = new double[output.Length], dh = Wide(HiddenGradient), dc = Wide(CellGradient), previous = new double[output.Length];
            for (int i = 0; i < dy.Length; i++) dy[i] = OutputGradient[i / Shape.Width * Stride + i % Shape.Width];
            Reference.RecurrentBackward(Shape, Wide(Weight), Lengths, gates, cells, output, Wide(Hidden), Wide(Cell), dy, dh, dc, previous);
            return [.. gates, .. dh, .. dc, .. previous];
        }

        public (float[] Forward, float[] Backward) Computed<V>() where V : struct, IVec<V>
        {
            int outputs = Rows * Stride, cells = Cell.Length * Shape.Steps;
            float[] start = [.. Gates, .. new float[outputs], .. Hidden, .. Cell, .. new float[cells]];
            float[] all = Run(start.Length, o => Recurrent.Forward<V>(Shape, Weight, NewBias, Lengths, Cut(ref o, Gates.Length), Cut(ref o, outputs), Stride, Cut(ref o, Hidden.Length), Cut(ref o, Cell.Length), o), start);
            float[] gates = all[..Gates.Length], output = all.AsSpan(Gates.Length, outputs).ToArray(), saved = all[^cells..];
            start = [.. gates, .. HiddenGradient, .. CellGradient, .. new float[Rows * Shape.Width]];
            float[] back = Run(start.Length, o => Recurrent.Backward<V>(Shape, Weight, Lengths, Cut(ref o, Gates.Length), saved, output, Stride, Hidden, Cell, OutputGradient, Stride,
                Cut(ref o, HiddenGradient.Length), Cut(ref o, CellGradient.Length), o, initialGradient: true), start);
            float[] dense = new float[Rows * Shape.Width];
            for (int i = 0; i < dense.Length; i++) dense[i] = output[i / Shape.Width * Stride + i % Shape.Width];
            return ([.. gates, .. dense, .. all[(Gates.Length + outputs)..]], back);
        }

        private static Span<float> Cut(ref Span<float> rest, int length)
        {
            Span<float> part = rest[..length];
            rest = rest[length..];
            return part;
        }
    }

    private static double[] Wide(float[] x) => Array.ConvertAll(x, v => (double)v);

    [Theory, MemberData(nameof(Kinds))]
    public void BothPassesMatchTheReferenceOnEveryWidth(RecurrentKind kind)
    {
        foreach ((int batch, int steps, int width) in Shapes)
            for (int variant = 0; variant < 4; variant++)
            {
                if (Brief.On && (long)width * batch > 600 && (variant != 3 || !Vector128.IsHardwareAccelerated)) continue;
                Problem p = new(new RecurrentShape(kind, batch, steps, width, Reverse: variant % 2 == 1), packed: variant >= 2);
                double[] forward = p.ExpectedForward(), backward = p.ExpectedBackward(forward);
                Compare<Vec512>(p, forward, backward);
                Compare<Vec256>(p, forward, backward);
                Compare<Vec128>(p, forward, backward);
                Compare<VecPortable>(p, forward, backward);
            }
    }

    private static void Compare<V>(Problem p, double[] forward, double[] backward) where V : struct, IVec<V>
    {
        // Registers that the machine lacks are computed in software: one large shape of them is enough.
        if (!V.IsSupported && (long)p.Shape.Width * p.Shape.Batch > 2000 && (p.Lengths.Length == 0 || !p.Shape.Reverse)) return;
        (float[] f, float[] b) = p.Computed<V>();
        string what = $"{typeof(V).Name} {p.Shape}";
        // Beyond a sequence's end the gates stay what they were given; they are compared as the others.
        Close(forward, f, 3e-6, 1e-5, what);
        Close(backward, b, 1e-5, 1e-4, what + " gradient");
    }

    [Theory, MemberData(nameof(Kinds))]
    public void TheReferenceGradientIsTheSlope(RecurrentKind kind)
    {
        for (int variant = 0; variant < 4; variant++)
        {
            Problem p = new(new RecurrentShape(kind, 3, 4, 3, Reverse: variant % 2 == 1), packed: variant >= 2);
            double[] backward = p.ExpectedBackward(p.ExpectedForward());
            double worst = 0;
            int gates = p.Gates.Length, width = p.Shape.Width, saved = p.Shape.Saved * width;
            for (int i = 0; i < gates; i++)
            {
                if (i % saved >= p.Shape.Gates * width) continue; // a GRU's fourth block is no input
                worst = Math.Max(worst, Math.Abs(Slope(p, p.Gates, i) - backward[i]));
            }
            for (int i = 0; i < p.Hidden.Length; i++) worst = Math.Max(worst, Math.Abs(Slope(p, p.Hidden, i) - backward[gates + i]));
            for (int i = 0; i < p.Cell.Length; i++) worst = Math.Max(worst, Math.Abs(Slope(p, p.Cell, i) - backward[gates + p.Hidden.Length + i]));
            // The hidden weight's gradient is a product of what backward leaves behind.
            double[] previous = backward[^(p.Shape.Batch * p.Shape.Steps * width)..];
            for (int row = 0; row < p.Shape.Gates * width; row++)
                for (int k = 0; k < width; k++)
                {
                    double sum = 0;
                    for (int at = 0; at < p.Shape.Batch * p.Shape.Steps; at++) sum += backward[at * saved + p.Shape.SavedBlock(row / width) * width + row % width] * previous[at * width + k];
                    worst = Math.Max(worst, Math.Abs(Slope(p, p.Weight, row * width + k) - sum));
                }
            for (int u = 0; u < p.NewBias.Length; u++)
            {
                double sum = 0;
                for (int at = 0; at < p.Shape.Batch * p.Shape.Steps; at++) sum += backward[at * saved + 3 * width + u];
                worst = Math.Max(worst, Math.Abs(Slope(p, p.NewBias, u) - sum));
            }
            Assert.True(worst < 1e-5, $"{p.Shape}: {worst}");
        }
    }

    /// <summary>Central difference of the weighted sum of all outputs by one element of an input.</summary>
    private static double Slope(Problem p, float[] input, int i)
    {
        const float h = 1f / 4096;
        float value = input[i];
        input[i] = value + h;
        (double up, double x1) = (Loss(p), input[i]);
        input[i] = value - h;
        (double down, double x0) = (Loss(p), input[i]);
        input[i] = value;
        return (up - down) / (x1 - x0);
    }

    private static double Loss(Problem p)
    {
        double[] forward = p.ExpectedForward();
        int width = p.Shape.Width, outputs = p.Shape.Batch * p.Shape.Steps * width, at = p.Gates.Length;
        double loss = 0;
        for (int i = 0; i < outputs; i++) loss += forward[at + i] * p.OutputGradient[i / width * p.Stride + i % width];
        for (int i = 0; i < p.Hidden.Length; i++) loss += forward[at + outputs + i] * p.HiddenGradient[i];
        for (int i = 0; i < p.Cell.Length; i++) loss += forward[at + outputs + p.Hidden.Length + i] * p.CellGradient[i];
        return loss;
    }

    [Fact]
    public void StepsAllocateNothing()
    {
        RecurrentShape shape = new(RecurrentKind.Lstm, 5, 9, 20);
        Problem p = new(shape, packed: false);
        float[] output = new float[45 * 20], cells = new float[45 * 20], previous = new float[45 * 20];
        AllocatesNothing(() => Recurrent.Forward(shape, p.Weight, default, default, p.Gates, output, 20, p.Hidden, p.Cell, cells));
        AllocatesNothing(() => Recurrent.Backward(shape, p.Weight, default, p.Gates, cells, output, 20, p.Hidden, p.Cell, default, 0, p.HiddenGradient, p.CellGradient, previous, true));
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        RecurrentShape shape = new(RecurrentKind.Lstm, 2, 3, 4);
        float[] w = new float[64], gates = new float[96], state = new float[8], output = new float[24];
        Rejects(() => Recurrent.Forward(shape, w[1..], default, default, gates, output, 4, state, state, default), "63", "64", "hiddenWeight");
        Rejects(() => Recurrent.Forward(shape, w, default, default, gates[1..], output, 4, state, state, default), "95", "96", "gates");
        Rejects(() => Recurrent.Forward(shape, w, default, default, gates, output, 3, state, state, default), "3", "4", "stride");
        Rejects(() => Recurrent.Forward(shape, w, default, default, gates, output, 4, state, default, default), "0", "8", "cell");
        Rejects(() => Recurrent.Forward(shape, w, default, [1, 4], gates, output, 4, state, state, default), "sequence 1", "4", "0 to 3");
        Rejects(() => Recurrent.Forward(shape, w, default, [1], gates, output, 4, state, state, default), "1", "2", "lengths");
        Rejects(() => Recurrent.Forward(shape with { Kind = (RecurrentKind)7 }, w, default, default, gates, output, 4, state, state, default), "7");
        Rejects(() => Recurrent.Backward(shape, w, default, gates, output, output, 4, state, state, default, 0, state, state, output[1..], true), "23", "24", "previous");
    }
}
