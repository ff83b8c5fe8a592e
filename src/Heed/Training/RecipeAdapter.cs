using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>The adapter that a recipe describes, and the model that it is for.</summary>
internal static class RecipeAdapter
{
    /// <summary>The model to adapt: opened where it lies; for "classify" copied, with a new head.</summary>
    /// <exception cref="RecipeException">It cannot do what the objective asks.</exception>
    public static Transformer Begin(Recipe recipe, string model, TrainingData data)
    {
        string objective = recipe.Algorithm.Objective;
        if (objective == "classify")
        {
            TransformerConfig body = ModelFolder.LoadConfig(model, HeadKind.None);
            HeadConfig head = RecipeModel.Configure(recipe.Algorithm with { Width = body.Main.Width, Heads = body.Main.Heads }, body.Vocabulary, null, data.Labels).Head;
            Check(recipe, model, body, body is { Encoder: not null, Decoder: null });
            return RecipeModel.WithBody(new Transformer(body with { Head = head }, (ulong)recipe.Seed), model);
        }
        TransformerConfig config = ModelFolder.LoadConfig(model);
        Check(recipe, model, config, config.Head.Kind == HeadKind.Vocabulary && objective switch
        {
            "masked" => config is { Encoder: not null, Decoder: null },
            "sequence-to-sequence" => config is { Encoder: not null, Decoder: not null },
            _ => config is { Encoder: null, Decoder: not null },
        });
        IReadOnlySet<string> copied = AdapterModules.WeightNames(config, Names(recipe.Algorithm.Lora.ModulesToSave));
        return ModelFolder.Open(model, interleave: false, copies: copied.Contains);
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
            ModulesToSave = [.. Names(lora.ModulesToSave), .. recipe.Algorithm.Objective == "classify" ? NewHead(model) : []],
            BaseModel = from,
        };
    }

    // The modules of the head, by the names in the family's file.
    private static IEnumerable<string> NewHead(Transformer model) =>
        new WeightLayout(model).Slots.Where(s => s.Name.StartsWith("head.", StringComparison.Ordinal)).Select(s => s.File[..s.File.LastIndexOf('.')]).Distinct();

    private static string[] Names(string? text) => text?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static void Check(Recipe recipe, string model, TransformerConfig config, bool fits)
    {
        if (!fits) throw new RecipeException($"algorithm.start_from: {model} is a {config.ModelType} model that cannot learn the objective {recipe.Algorithm.Objective}", "algorithm.start_from");
        if (recipe.Algorithm.Context > config.Context) throw new RecipeException($"algorithm.context must be at most {config.Context}, the context of {model}, but is {recipe.Algorithm.Context}", "algorithm.context");
    }
}
