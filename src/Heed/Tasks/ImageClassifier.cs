using Heed.Data;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tasks;

/// <summary>
/// Says what an image shows, with ViT or Swin.
/// <code>
/// LabelScore best = ImageClassifier.Load("models/vit-base-patch16-224").Classify(new RgbImage(width, height, pixels))[0];
/// </code>
/// </summary>
public sealed class ImageClassifier
{
    private readonly ImageTransformer model;
    private readonly ImagePreprocessor preprocessor;

    /// <summary>Joins a model with a classification head and what its images go through.</summary>
    /// <param name="model">The model.</param>
    /// <param name="preprocessor">Makes images what the model reads; null = the model's size, values -1 to 1.</param>
    /// <exception cref="ArgumentException">The model has no labels, or does not take three channels.</exception>
    public ImageClassifier(ImageTransformer model, ImagePreprocessor? preprocessor = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        Accept(model.Config);
        (this.model, this.preprocessor) = (model, preprocessor ?? ImagePreprocessor.Default(model.Config.Patches.Width, model.Config.Patches.Height));
    }

    /// <summary>The labels in the order of the model's scores.</summary>
    public IReadOnlyList<string> Labels => model.Config.Head.Labels;

    /// <summary>Loads a folder in the layout of Hugging Face: config.json, model.safetensors, preprocessor_config.json.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ImageClassifier Load(string folder)
    {
        ImageConfig config = ImageFolder.LoadConfig(folder);
        try
        {
            Accept(config);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{folder}: {e.Message}", e);
        }
        return new ImageClassifier(ImageFolder.Load(folder), ImagePreprocessor.Load(folder, config));
    }

    /// <summary>All labels with their probabilities (softmax), best first.</summary>
    /// <exception cref="ArgumentException">What the preprocessor makes of the image has another size than the model reads.</exception>
    public IReadOnlyList<LabelScore> Classify(RgbImage image)
    {
        using MemoryScope scope = new();
        double[] probabilities = Scores.Softmax(Scores.Finite(model.Forward(preprocessor.Pixels(image)).Row(0)));
        return [.. probabilities.Select((p, i) => new LabelScore(Labels[i], p)).OrderByDescending(l => l.Score)];
    }

    private static void Accept(ImageConfig config)
    {
        if (config.Head.Kind != HeadKind.Sequence) throw new ArgumentException($"classifying images needs a model with a classification head (...ForImageClassification); this {config.ModelType} model has none");
        if (config.Patches.Channels != 3) throw new ArgumentException($"images have 3 channels (red, green, blue); this model takes {config.Patches.Channels}");
    }
}
