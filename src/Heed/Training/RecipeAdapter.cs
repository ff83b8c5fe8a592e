using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>The adapter that a recipe describes, and the model that it is for.</summary>
internal static class RecipeAdapter
{
    /// <summary>Whether the recipe trains an adapter instead of a model.</summary>
    public static bool Is(Recipe recipe) => recipe.Algorithm.Lora.Rank is not null;

    /// <summary>The model to adapt: opened where it lies; with a new head it is copied.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="config">Its configuration with the head that the objective needs.</param>
    public static Transformer Begin(Recipe recipe, TransformerConfig config)
    {
        if (config.Head.Kind != HeadKind.Vocabulary) return RecipeStart.Load(recipe, config);
        IReadOnlySet<string> copied = AdapterModules.WeightNames(config, Names(recipe.Algorithm.Lora.ModulesToSave));
        return ModelFolder.Open(RecipeStart.Folder(recipe), interleave: false, copies: copied.Contains);
    }

    /// <summary>What the adapter is made of.</summary>
    public static AdapterConfig Configure(Recipe recipe, string from, Transformer model)
    {
        LoraSection lora = recipe.Algorithm.Lora;
        return new AdapterConfig
        {
            Rank = lora.Rank!.Value,
            Alpha = lora.Alpha,
            RankStabilised = lora.RankStabilised,
            Dropout = lora.Dropout,
            Targets = Names(lora.Targets),
            ModulesToSave = [.. Names(lora.ModulesToSave), .. model.Config.Head.Kind != HeadKind.Vocabulary ? NewHead(model) : []],
            BaseModel = from,
        };
    }

    // The modules of the head, by the names in the family's file.
    private static IEnumerable<string> NewHead(Transformer model) =>
        new WeightLayout(model).Slots.Where(s => s.Name.StartsWith("head.", StringComparison.Ordinal)).Select(s => s.File[..s.File.LastIndexOf('.')]).Distinct();

    private static string[] Names(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
}
