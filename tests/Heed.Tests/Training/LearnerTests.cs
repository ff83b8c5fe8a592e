using Heed.Autograd;
using Heed.Data;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed class LearnerTests
{
    private static readonly int[] Text = TinyModels.Tokens(2000, 61, 9);

    private static (Learner, TokenBatches) Make(string family = "llama", int batch = 3, float weightDecay = 0.1f)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        return (new Learner(new TransformerTrainee(model), new AdamW(model.Weights, new AdamWOptions(0.9f, 0.95f, 1e-8f, weightDecay))), new TokenBatches(Text, batch, 17, "text"));
    }

    [Fact]
    public void AdamWFollowsTheFormulaInDoublePrecision()
    {
        const float lr = 3e-2f, b1 = 0.9f, b2 = 0.95f, epsilon = 1e-6f, decay = 0.3f, scale = 0.7f;
        Tensor matrix = Tensor.Persistent(new Shape(7, 9), isParameter: true), vector = Tensor.Persistent(new Shape(5), isParameter: true), idle = Tensor.Persistent(new Shape(3, 2), isParameter: true);
        KeyValuePair<string, Tensor>[] weights = [new("matrix", matrix), new("vector", vector), new("idle", idle)];
        RandomSource random = new(4);
        foreach ((string name, Tensor weight) in weights) random.Split(name).FillNormal(weight.Span, 1);
        float[] still = idle.ToArray();
        AdamW optimizer = new(weights, new AdamWOptions(b1, b2, epsilon, decay));
        double[][] p = [[.. matrix.ToArray().Select(x => (double)x)], [.. vector.ToArray().Select(x => (double)x)]], m = [new double[63], new double[5]], v = [new double[63], new double[5]];
        for (int t = 1; t <= 25; t++)
        {
            double norm = 0;
            for (int w = 0; w < 2; w++)
            {
                float[] gradient = new float[p[w].Length];
                random.Split(t).Split(w).FillNormal(gradient, 2);
                using (new MemoryScope())
                using (Tape tape = new())
                {
                    // The gradient of sum(weight · gradient) is the gradient.
                    Tensor y = weights[w].Value * Tensor.From(weights[w].Value.Shape, gradient);
                    float[] ones = new float[y.Count];
                    Array.Fill(ones, 1);
                    tape.Backward(y, Tensor.From(y.Shape, ones));
                }
                for (int i = 0; i < gradient.Length; i++)
                {
                    double g = gradient[i] * (double)scale;
                    norm += (double)gradient[i] * gradient[i];
                    p[w][i] *= 1 - (double)lr * (w == 0 ? decay : 0); // a vector does not decay
                    m[w][i] = b1 * m[w][i] + (1 - (double)b1) * g;
                    v[w][i] = b2 * v[w][i] + (1 - (double)b2) * g * g;
                    p[w][i] -= lr * (m[w][i] / (1 - Math.Pow(b1, t))) / (Math.Sqrt(v[w][i] / (1 - Math.Pow(b2, t))) + epsilon);
                }
            }
            Assert.Equal(Math.Sqrt(norm), optimizer.GradientNorm(), 1e-5 * Math.Sqrt(norm));
            optimizer.Step(lr, scale);
            Assert.Null(matrix.Gradient);
            for (int w = 0; w < 2; w++)
                for (int i = 0; i < p[w].Length; i++) Assert.Equal(p[w][i], weights[w].Value.Span[i], 2e-5);
        }
        Assert.Equal(still, idle.ToArray()); // no gradient, no change, not even decay
        Assert.Equal(25, optimizer.Steps);
    }

    [Fact]
    public void ClippingBringsTheNormDownToTheLimit()
    {
        Assert.Equal(1, AdamW.ClipScale(3, 0));
        Assert.Equal(1, AdamW.ClipScale(0.9, 1));
        Assert.Equal(0.25, AdamW.ClipScale(4, 1), 1e-6);
        Assert.Equal(0.5 / 4, AdamW.ClipScale(4, 0.5), 1e-6);
    }

    [Fact]
    public void AClippedStepIsAStepOnTheScaledGradient()
    {
        // The second moment of the first step is (1 - beta2) g²: its sum gives the norm of the gradient that the step used.
        (Learner learner, TokenBatches text) = Make();
        StepOutcome outcome = learner.Step(_ => text.InOrder(0, 3), 1, 1e-3f, clip: 0.01, new ForwardOptions());
        Assert.True(outcome.GradientNorm > 0.1);
        double sum = learner.Optimizer.State.Where(s => s.Key.StartsWith("v.", StringComparison.Ordinal)).Sum(s => s.Value.ToArray().Sum(x => (double)x));
        Assert.Equal(0.01, Math.Sqrt(sum / 0.05), 1e-4);
    }

    [Fact]
    public void AccumulationEqualsOneLargeBatch()
    {
        (Learner whole, TokenBatches six) = Make(batch: 6);
        (Learner parts, TokenBatches two) = Make(batch: 2);
        for (int step = 0; step < 3; step++)
        {
            int at = step;
            StepOutcome a = whole.Step(_ => six.InOrder(6 * at, 6), 1, 1e-3f, 0, new ForwardOptions());
            StepOutcome b = parts.Step(i => two.InOrder(6 * at + 2 * i, 2), 3, 1e-3f, 0, new ForwardOptions());
            Assert.Equal(a.Loss, b.Loss, 1e-5);
            Assert.Equal(a.GradientNorm, b.GradientNorm, 1e-4 * a.GradientNorm);
        }
    }

    [Theory]
    [InlineData("gpt2", false)]
    [InlineData("llama", false)]
    [InlineData("llama", true)]
    public void InSteadyStateAStepMakesHardlyAnyGarbageAndNoNewMemory(string family, bool recompute)
    {
        (Learner learner, TokenBatches text) = Make(family);
        RandomSource random = new(1);
        for (int step = 0; step < 5; step++) Step(step);
        long pool = learner.Pool.AllocatedBytes, before = GC.GetAllocatedBytesForCurrentThread();
        const int steps = 10;
        for (int step = 5; step < 5 + steps; step++) Step(step);
        long garbage = (GC.GetAllocatedBytesForCurrentThread() - before) / steps;
        Assert.Equal(pool, learner.Pool.AllocatedBytes);
        Assert.True(garbage < 100_000, $"{garbage} bytes of garbage a step");

        void Step(int step) => learner.Step(i => text.Random(random.Split(step).Split(i)), 2, 1e-3f, 1, new ForwardOptions { Dropout = 0.1f, Random = random.Split(-step), Recompute = recompute });
    }

    [Fact]
    public void EvaluationLearnsNothingAndTakesNoNewMemoryEither()
    {
        (Learner learner, TokenBatches text) = Make();
        string before = TinyModels.Hash(((TransformerTrainee)learner.Model).Model);
        double first = learner.Evaluate(() => text.InOrder(0, 3));
        long pool = learner.Pool.AllocatedBytes;
        Assert.Equal(first, learner.Evaluate(() => text.InOrder(0, 3)));
        Assert.Equal(pool, learner.Pool.AllocatedBytes);
        Assert.Equal(before, TinyModels.Hash(((TransformerTrainee)learner.Model).Model));
        Assert.All(learner.Model.Weights, w => Assert.Null(w.Value.Gradient));
    }

    [Fact]
    public void ALossThatIsNoNumberChangesNothing()
    {
        (Learner learner, TokenBatches text) = Make();
        learner.Model.Weights[^1].Value.Span[0] = float.NaN;
        string before = TinyModels.Hash(((TransformerTrainee)learner.Model).Model);
        Assert.Throws<DivergedException>(() => learner.Step(_ => text.InOrder(0, 3), 2, 1e-3f, 1, new ForwardOptions()));
        Assert.Equal(before, TinyModels.Hash(((TransformerTrainee)learner.Model).Model));
        Assert.Equal(0, learner.Optimizer.Steps);
        Assert.All(learner.Model.Weights, w => Assert.Null(w.Value.Gradient));
    }
}
