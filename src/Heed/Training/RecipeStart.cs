using Heed.Formats.Gguf;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Training that begins with a trained model as its folder has it: the recipe's family "from".</summary>
internal static class RecipeStart
{
    /// <summary>The family that is whatever the folder's is.</summary>
    public const string Family = "from";

    /// <summary>Whether family, sizes and tokenizer are those of the folder. What is adapted stays as it is.</summary>
    public static bool Is(Recipe recipe) => recipe.Algorithm.Family == Family || RecipeAdapter.Is(recipe);

    /// <summary>The folder; of a model that is adapted perhaps a .gguf file.</summary>
    public static string Folder(Recipe recipe) => recipe.Resolve(recipe.Algorithm.StartFrom!);

    /// <summary>Whether the tokenizer is the folder's too: the recipe names no other.</summary>
    public static bool TakesTokenizer(Recipe recipe) => Is(recipe) && recipe.Data.Tokenizer is "bpe" or "wordpiece" or "unigram" or "characters" or "bytes";

    /// <summary>The folder's tokenizer, where it is taken.</summary>
    public static Tokenizer? Tokenizer(Recipe recipe) => TakesTokenizer(recipe) ? ModelTokenizer.Load(Folder(recipe)) : null;

    /// <summary>The folder's configuration with the head that the objective needs; its labels are yet to be named.</summary>
    /// <exception cref="RecipeException">The model cannot learn the objective.</exception>
    public static TransformerConfig Config(Recipe recipe)
    {
        AlgorithmSection a = recipe.Algorithm;
        string folder = Folder(recipe);
        if (GgufModel.IsFile(folder) && !RecipeAdapter.Is(recipe)) throw Error("a .gguf file runs and does not train; a folder with safetensors was expected, or an adapter (algorithm.lora.rank)");
        HeadKind head = RecipeModel.Head(a.Objective);
        TransformerConfig config;
        try
        {
            config = ModelFolder.LoadConfig(folder, head);
        }
        catch (InvalidDataException e) when (head != HeadKind.None && !Registry.Find(ModelFolder.LoadConfig(folder, HeadKind.None).ModelType).Architectures.Any(x => x.Head == head))
        {
            throw Error($"its family has no head for the objective {a.Objective}: {e.Message}");
        }
        bool fits = a.Objective switch
        {
            "causal" or "chat" => config.Encoder is null,
            "masked" or "answer" => config.Decoder is null,
            "sequence-to-sequence" or "denoise" => config is { Encoder: not null, Decoder: not null },
            _ => config.Encoder is null || config.Decoder is null,
        };
        if (!fits) throw Error($"a {config.ModelType} model cannot learn the objective {a.Objective}");
        if (config.Main.Positions is not PositionConfig.Buckets && a.Context > config.Context)
            throw new RecipeException($"algorithm.context: the model of {folder} reads {config.Context} tokens at most, given {a.Context}", "algorithm.context");
        return config;

        RecipeException Error(string message) => new($"algorithm.start_from: {folder}: {message}", "algorithm.start_from");
    }

    /// <summary>The folder's model with the head of <paramref name="config"/>; what is new begins with random values.</summary>
    public static Transformer Load(Recipe recipe, TransformerConfig config) => ModelFolder.LoadBody(Folder(recipe), config, (ulong)recipe.Seed, out _);
}
