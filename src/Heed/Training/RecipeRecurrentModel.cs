using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The recurrent model that a recipe's algorithm section describes.</summary>
public static class RecipeRecurrentModel
{
    private const double PyTorchDeviation = 0.057735; // of numbers spread evenly from -0.1 to 0.1, with which PyTorch's word-level example begins

    /// <summary>Its configuration.</summary>
    /// <param name="algorithm">The recipe's section; its family is "rnn", "lstm" or "gru".</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="endToken">Id that ends a text, if the tokenizer has one.</param>
    public static RecurrentModelConfig Configure(AlgorithmSection algorithm, int vocabulary, int? endToken) => new()
    {
        Kind = algorithm.Family switch
        {
            "lstm" => RecurrentKind.Lstm,
            "gru" => RecurrentKind.Gru,
            "rnn" => RecurrentKind.RnnTanh,
            string other => throw new ArgumentException($"algorithm.family \"{other}\" is not recurrent; known are rnn, lstm and gru"),
        },
        Vocabulary = vocabulary,
        EmbeddingWidth = algorithm.Recurrent.EmbeddingWidth ?? algorithm.Width,
        Width = algorithm.Width,
        Layers = algorithm.Depth,
        TieEmbeddings = algorithm.TieEmbeddings ?? false,
        Context = algorithm.Context,
        BeginToken = endToken,
        EndTokens = endToken is { } end ? [end] : [],
        InitialDeviation = (float)(algorithm.InitialDeviation ?? PyTorchDeviation),
    };

    /// <summary>The model to train: new, or with the weights of the recipe's <c>start_from</c>.</summary>
    /// <exception cref="RecipeException">That model is of another family or size.</exception>
    internal static RecurrentTrainee Create(Recipe recipe, TrainingData data)
    {
        AlgorithmSection algorithm = recipe.Algorithm;
        Tokenizer tokenizer = data.Tokenizer!;
        RecurrentModel model = new(Configure(algorithm, tokenizer.VocabularySize, tokenizer.TokenToId(TrainingData.EndOfText)), (ulong)recipe.Seed);
        if (algorithm.StartFrom is { } start)
        {
            string folder = recipe.Resolve(start);
            RecurrentModel trained = RecurrentFolder.Load(folder);
            Dictionary<string, Tensor> known = trained.Weights.ToDictionary();
            foreach ((string name, Tensor weight) in model.Weights)
            {
                if (!known.TryGetValue(name, out Tensor? given) || given.Shape != weight.Shape)
                    throw new RecipeException($"algorithm.start_from: {folder} does not fit the recipe: its {trained.Config.ModelType} model {(given is null ? $"has no {name}" : $"has {name} of {given.Shape}")}, expected {weight.Shape}; the family, the sizes and the tokenizer must be the same", "algorithm.start_from");
                given.Span.CopyTo(weight.Span);
            }
        }
        return new RecurrentTrainee(model, tokenizer, algorithm.CarriesState ? algorithm.Batch : 0) { Smoothing = (float)algorithm.LabelSmoothing };
    }
}
