using Heed.Training;

namespace Heed.Tests.Training;

public sealed class ScheduleTests
{
    private static double Rate(string kind, int step, int steps = 100, int warmup = 10, int? decay = null) => Schedule.LearningRate(new AlgorithmSection
    {
        Steps = steps,
        Optimizer = new OptimizerSection { LearningRate = 2e-3 },
        Schedule = new ScheduleSection { Kind = kind, WarmupSteps = warmup, MinLearningRate = 2e-4, DecaySteps = decay },
    }, step);

    private static void Equal(double expected, double given) => Assert.Equal(expected, given, 1e-15);

    [Theory]
    [InlineData("cosine")]
    [InlineData("linear")]
    [InlineData("wsd")]
    [InlineData("constant")]
    public void WarmUpIsLinear(string kind)
    {
        for (int step = 0; step < 10; step++) Equal(2e-3 * (step + 1) / 11, Rate(kind, step));
        Equal(2e-3, Rate(kind, 10));
        Equal(2e-3, Rate(kind, 0, warmup: 0));
    }

    [Fact]
    public void Cosine()
    {
        for (int step = 10; step < 100; step++) Equal(1.1e-3 + 0.9e-3 * Math.Cos(Math.PI * (step - 10) / 90), Rate("cosine", step));
        Equal(1.1e-3, Rate("cosine", 55));
        Equal(2e-4, Rate("cosine", 100));
    }

    [Fact]
    public void Linear()
    {
        for (int step = 10; step < 100; step++) Equal(2e-3 - 1.8e-3 * (step - 10) / 90, Rate("linear", step));
    }

    [Fact]
    public void Constant()
    {
        for (int step = 10; step < 100; step++) Equal(2e-3, Rate("constant", step));
    }

    [Fact]
    public void WarmUpStableDecay()
    {
        for (int step = 10; step < 100; step++)
        {
            Equal(step <= 70 ? 2e-3 : 2e-3 - 1.8e-3 * (step - 70) / 30, Rate("wsd", step, decay: 30));
            Equal(step <= 90 ? 2e-3 : 2e-3 - 1.8e-3 * (step - 90) / 10, Rate("wsd", step));
        }
        // A tenth of 25 steps, rounded up as the section says: 3.
        Equal(2e-3, Rate("wsd", 22, steps: 25));
        Equal(2e-3 - 1.8e-3 / 3, Rate("wsd", 23, steps: 25));
    }

    [Fact]
    public void AnUnknownKindListsTheKnown() =>
        Assert.Contains("cosine, linear, wsd, constant", Assert.Throws<ArgumentException>(() => Rate("sine", 50)).Message);
}
