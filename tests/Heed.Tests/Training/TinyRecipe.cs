using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Recipes that run in a fraction of a second.</summary>
internal static class TinyRecipe
{
    public static Recipe In(string folder, int steps = 12, string family = "gpt2") => new()
    {
        Data = new DataSection { Stories = 30, Tokenizer = "bytes" },
        Algorithm = new AlgorithmSection
        {
            Family = family,
            Depth = 1,
            Width = 16,
            Heads = 2,
            Context = 16,
            Steps = steps,
            Batch = 4,
            Accumulate = 2,
            Dropout = 0.1,
            Optimizer = new OptimizerSection { LearningRate = 3e-3 },
            Schedule = new ScheduleSection { WarmupSteps = 3 },
        },
        Compute = new ComputeSection { Output = folder, CheckpointEvery = 4, EvaluateEvery = 5, EvaluateBatches = 2, SampleEvery = 6, SampleTokens = 5, LogEvery = 1 },
    };
}
