using Heed.Models;
using Heed.Training;

namespace Heed.Studio;

/// <summary>What makes a run worth watching, and what it will take. None of it changes the model that comes out.</summary>
internal static class WatchedRecipe
{
    private const int Curve = 200, Parts = 10; // points of the curve; checkpoints, samples and measurements
    private const long LargestKept = 20_000_000; // values of models of which ten checkpoints are kept

    /// <summary>The recipe with a log, measurements, samples and checkpoints that are close enough together to follow.</summary>
    public static Recipe Of(Recipe recipe)
    {
        AlgorithmSection a = recipe.Algorithm;
        ComputeSection c = recipe.Compute;
        int part = Math.Max(1, a.Steps / Parts);
        bool judges = c.KeepBest != "no" || a.EarlyStopping.Patience is not null; // where measurements decide, they stay where they are
        bool writes = recipe.Data.Tokenizer is "bpe" or "bytes"; // of any text, so also of the prompt
        bool keeps = Parameters(recipe) is { } count && count <= LargestKept;
        return recipe with
        {
            Compute = c with
            {
                Output = null,
                Threads = null,
                LogEvery = Math.Min(c.LogEvery, Math.Max(1, a.Steps / Curve)),
                EvaluateEvery = judges ? c.EvaluateEvery : Math.Min(c.EvaluateEvery, part),
                SampleEvery = c.SampleEvery > 0 ? Math.Min(c.SampleEvery, part) : writes ? part : 0,
                CheckpointEvery = keeps ? Math.Min(c.CheckpointEvery, part) : c.CheckpointEvery,
                KeepCheckpoints = keeps ? Math.Max(c.KeepCheckpoints, Parts + 1) : c.KeepCheckpoints,
            },
        };
    }

    /// <summary>About how many values will be trained; null where only the data or another model tell.</summary>
    public static long? Parameters(Recipe recipe)
    {
        AlgorithmSection a = recipe.Algorithm;
        if (a.Family is "from" or "tabular" || a.Lora.Rank is not null) return null;
        int vocabulary = recipe.Data.Tokenizer == "bytes" ? 257 : recipe.Data.Vocabulary;
        return a.Family is "rnn" or "lstm" or "gru" ? RecipeRecurrentModel.Configure(a, vocabulary, null).Parameters : ModelCost.Parameters(RecipeModel.Configure(a, vocabulary, null));
    }

    /// <summary>About how many bytes of memory the training takes: weights, gradients and moments, and what a batch leaves for the way back.</summary>
    public static double? Memory(Recipe recipe)
    {
        AlgorithmSection a = recipe.Algorithm;
        const double layer = 24, output = 3; // numbers for each token: of a layer by its width, of the output by the vocabulary
        return Parameters(recipe) is { } count ? 16.0 * count + 4.0 * a.Batch * a.Context * (layer * a.Depth * a.Width + output * recipe.Data.Vocabulary) : null;
    }
}
