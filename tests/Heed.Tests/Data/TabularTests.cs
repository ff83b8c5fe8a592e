using Heed.Autograd;
using Heed.Data;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Data;

/// <summary>Tables: what is read, the waves of numbers, least squares, the recall task.</summary>
public sealed class TabularTests
{
    private static TabularConfig Config() => new()
    {
        Numbers = [new("a", 2, 3), new("b", 0, 1)],
        Categories = [new("c", ["x", "y"])],
        Target = new("t", 5, 2, true, []),
        Width = 8,
        Depth = 1,
        FeedForward = 8,
        Frequencies = 3,
        Joint = ["b", "a"],
        JointFrequencies = 4,
        Members = 2,
    };

    [Fact]
    public void FieldsBecomeStandardisedNumbersAndPlacesOfNames()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["t.csv"], "a,b,c,t\n5,1,y,7\n,0.5,z,8\n-1,,,9\n");
        TabularTable table = TabularTable.Read(folder["t.csv"], ["t"]);
        TabularRows rows = table.Encode(Config());
        Assert.Equal([1, 1, 0, 0.5f, -1, 0], rows.Numbers.ToArray());
        Assert.Equal([0, 0, 1, 0, 0, 1], rows.Missing.Ints.ToArray());
        Assert.Equal([2, 0, 0], rows.Categories.Ints.ToArray());
        (IReadOnlyList<NumberColumn> numbers, IReadOnlyList<CategoryColumn> categories) = table.Learn("t", ["b"]);
        Assert.Equal(new NumberColumn("a", 2, 3), Assert.Single(numbers));
        Assert.Equal(["y", "z"], Assert.Single(categories).Values);
        Assert.Throws<InvalidDataException>(() => table.Numbers("c"));
    }

    [Fact]
    public void WavesHaveTheGradientOfFiniteDifferences()
    {
        Tensor x = Tensor.From(new Shape(2, 2), [0.3f, -0.7f, 1.1f, 0.2f]), weights = Tensor.From(new Shape(4, 6), Enumerable.Range(0, 24).Select(i => MathF.Sin(i)).ToArray());
        Tensor frequencies = Tensor.Persistent(new Shape(2, 3), isParameter: true);
        new RandomSource(1).FillNormal(frequencies.Span, 0.3f);
        using (new MemoryScope())
        {
            using Tape tape = new();
            tape.Backward(PeriodicOps.SinCos(PeriodicOps.Angles(x, frequencies)), weights);
        }
        float[] gradient = frequencies.Gradient!.ToArray();
        for (int i = 0; i < 6; i++)
        {
            const float Step = 1e-2f;
            float start = frequencies.Span[i];
            double up = At(start + Step), down = At(start - Step);
            frequencies.Span[i] = start;
            Assert.Equal((up - down) / (2 * Step), gradient[i], 0.05);

            double At(float value)
            {
                frequencies.Span[i] = value;
                return PeriodicOps.SinCos(PeriodicOps.Angles(x, frequencies)).ToArray().Zip(weights.ToArray(), (a, b) => (double)a * b).Sum();
            }
        }
    }

    [Fact]
    public void HuberLossIsASquareNearbyAndALineBeyond()
    {
        Tensor values = Tensor.From(new Shape(3), [0.5f, 3, -4]), targets = Tensor.From(new Shape(3), [0f, 0, 0]);
        Assert.Equal((0.125 + 2.5 + 3.5) / 3, LossOps.Huber(values, targets, 1).Item, 1e-6);
    }

    [Fact]
    public void ASavedModelPredictsTheSame()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["t.csv"], "a,b,c\n5,1,y\n,0.5,z\n");
        TabularTable table = TabularTable.Read(folder["t.csv"], ["a"]);
        TabularModel model = new(Config(), 3);
        TabularFolder.Save(model, folder["m"]);
        TabularPrediction[] before = new TabularPredictor(model).Predict(table), after = TabularPredictor.Load(folder["m"]).Predict(table);
        Assert.Equal(before, after);
        Assert.NotEqual(before[0].Number, before[1].Number);
        Assert.True(before[0].Number > 0); // a number whose logarithm was learned
    }

    [Fact]
    public void LeastSquaresFindsThePlaneAndTakesDependentColumns()
    {
        RandomSource random = new(7);
        double[][] rows = [.. Enumerable.Range(0, 40).Select(_ => (double[])[random.NextNormal(), random.NextNormal() * 1000, 0])];
        foreach (double[] row in rows) row[2] = 2 * row[0]; // follows from another
        LinearRegression plane = LinearRegression.Fit(rows, [.. rows.Select(r => 3 * r[0] - 0.5 * r[1] + 7)]);
        Assert.Equal(3 * 1.5 - 0.5 * 20 + 7, plane.Predict([1.5, 20, 3]), 1e-8);
        // Residuals of a best fit are orthogonal to every column.
        double[] targets = [.. rows.Select(r => Math.Sin(r[0]) + r[1] * r[1] / 1e6)];
        plane = LinearRegression.Fit(rows, targets);
        for (int column = 0; column < 3; column++) Assert.Equal(0, rows.Select((r, i) => r[column] * (targets[i] - plane.Predict(r))).Sum() / 40, 1e-6);
        Assert.Throws<ArgumentException>(() => LinearRegression.Fit(rows[..2], [1, 2]));
    }

    [Fact]
    public void RecallAsksForAValueThatWasShown()
    {
        (Tensor inputs, Tensor targets) = RecallSequences.Batch(20, 5, new RandomSource(1));
        int length = RecallSequences.Length(5);
        Assert.Equal(new Shape(20, length), inputs.Shape);
        for (int row = 0; row < 20; row++)
        {
            int[] tokens = inputs.Ints.Slice(row * length, length).ToArray();
            int place = Array.IndexOf(tokens, tokens[^1]);
            Assert.True(place % 2 == 0 && place < 2 * RecallSequences.Pairs);
            Assert.Equal(tokens[place + 1], targets.Ints[row * length + length - 1]);
            Assert.Equal(length - 1, targets.Ints.Slice(row * length, length).Count(LossOps.IgnoreIndex));
        }
    }
}
