using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>A Transformer whose own weights stay as they are, with an adapter that learns: LoRA, or QLoRA where the weights are quantised. Checkpoints hold the adapter alone.</summary>
public sealed class AdapterTrainee : Trainee
{
    private readonly TransformerTrainee whole;
    private readonly Adapter adapter;
    private readonly LoraSection lora;
    private readonly string from;

    /// <summary>Attaches a new adapter to a model and freezes all else.</summary>
    /// <param name="whole">The model.</param>
    /// <param name="recipe">The recipe, which says what the adapter is.</param>
    /// <exception cref="RecipeException">The adapter names what the model does not have.</exception>
    internal AdapterTrainee(TransformerTrainee whole, Recipe recipe)
    {
        (this.whole, lora, from) = (whole, recipe.Algorithm.Lora, RecipeStart.Folder(recipe));
        try
        {
            adapter = Adapter.Create(whole.Model, RecipeAdapter.Configure(recipe, from, whole.Model), new RandomSource((ulong)recipe.Seed).Split("adapter"));
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"algorithm.lora: {e.Message}", "algorithm.lora.targets", null, e);
        }
        adapter.Attach();
        HashSet<Tensor> learns = [.. adapter.Weights.Select(w => w.Value)];
        foreach ((_, Tensor weight) in whole.Model.Weights) weight.RequiresGradient = learns.Contains(weight);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => adapter.Weights;

    /// <inheritdoc/>
    public override Transformer? Transformer
    {
        get
        {
            DropNothing();
            return whole.Model;
        }
    }

    /// <inheritdoc/>
    public override LanguageModel? Writer
    {
        get
        {
            DropNothing();
            return whole.Writer;
        }
    }

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1)
    {
        // It stays until the next pass: a block that is computed again on the way back must drop the same.
        RandomSource random = options.Random.Split("adapter");
        int i = 0;
        foreach (LowRankUpdate update in adapter.Updates) update.Dropout = ((float)lora.Dropout, random.Split(i++).Next());
        return whole.Loss(batch, options, scale);
    }

    /// <inheritdoc/>
    public override Tensor Measure(TrainingBatch batch)
    {
        DropNothing();
        return whole.Measure(batch);
    }

    /// <inheritdoc/>
    public override (int Right, int Counted) Score(TrainingBatch batch)
    {
        DropNothing();
        return whole.Score(batch);
    }

    /// <inheritdoc/>
    public override int[]? Answer(TrainingBatch batch)
    {
        DropNothing();
        return whole.Answer(batch);
    }

    /// <summary>Two thirds of those of the whole model: the gradients of its frozen matrices are not computed.</summary>
    public override double Operations(TrainingBatch batch) => whole.Operations(batch) * 2 / 3;

    /// <inheritdoc/>
    public override void Describe(string folder) => adapter.WriteConfig(folder);

    /// <inheritdoc/>
    public override void Save(string folder) => adapter.Save(folder);

    /// <inheritdoc/>
    public override void Load(string folder) => adapter.Read(folder);

    /// <inheritdoc/>
    public override void Finish(string folder)
    {
        Save(folder);
        if (!lora.Merge) return;
        string merged = Path.Combine(folder, "merged");
        if (whole.Model.Stored.Count > 0)
        {
            ModelExport.WriteFolder(from, merged, adapters: new AdapterUse(folder));
            return;
        }
        adapter.Detach();
        adapter.Merge();
        ModelFolder.Save(whole.Model, merged);
        foreach (string file in (string[])["tokenizer.json", "tokenizer_config.json"]) File.Copy(Path.Combine(folder, file), Path.Combine(merged, file), overwrite: true);
    }

    private void DropNothing()
    {
        foreach (LowRankUpdate update in adapter.Updates) update.Dropout = default;
    }
}
