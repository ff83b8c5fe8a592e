using System.Globalization;
using Heed.Kernels;

namespace Heed.Models;

/// <summary>The known families. Adding one is a file beside this and a line here.</summary>
public static class Registry
{
    /// <summary>Every family, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, ModelFamily> Families { get; } =
        new[]
        {
            Bart.Family,
            Bert.Family,
            DistilBert.Family,
            Electra.Family,
            Ernie.Family,
            Gemma.Family,
            Gemma2.Family,
            Glm.Family,
            Glm4.Family,
            Gpt2.Family,
            GptNeoX.Family,
            Llama.Family,
            Marian.Family,
            Mistral.Family,
            Mixtral.Family,
            OriginalTransformer.Family,
            Phi.Family,
            Qwen2.Family,
            Qwen3.Family,
            Roberta.Family,
            T5.Family,
            XlmRoberta.Family,
        }.ToDictionary(f => f.ModelType);

    /// <summary>Every family of image models, by <c>model_type</c>.</summary>
    public static IReadOnlyDictionary<string, ImageFamily> ImageFamilies { get; } =
        new[] { Vit.Family, Swin.Family }.ToDictionary(f => f.ModelType);

    /// <summary>The family of a <c>model_type</c>.</summary>
    /// <exception cref="InvalidDataException">It is unknown; the message lists those known.</exception>
    public static ModelFamily Find(string modelType) => Families.TryGetValue(modelType, out ModelFamily? family) ? family : throw new InvalidDataException($"model_type {Unknown(modelType)}");

    /// <summary>The family of image models of a <c>model_type</c>.</summary>
    /// <exception cref="InvalidDataException">It is unknown; the message lists those known.</exception>
    public static ImageFamily FindImage(string modelType) => ImageFamilies.TryGetValue(modelType, out ImageFamily? family) ? family
        : throw new InvalidDataException($"model_type \"{modelType}\" is no known model of images; known are {string.Join(", ", ImageFamilies.Keys.Order())}");

    /// <summary>What to say of a type that is not known.</summary>
    internal static string Unknown(string modelType) =>
        $"\"{modelType}\" is not known; known are {string.Join(", ", Families.Keys.Order())}, and for images {string.Join(", ", ImageFamilies.Keys.Order())}";

    /// <summary>The Hugging Face name of an activation.</summary>
    internal static string ActivationName(ActivationKind kind) => kind switch
    {
        ActivationKind.Gelu => "gelu",
        ActivationKind.GeluTanh => "gelu_new",
        ActivationKind.Relu => "relu",
        ActivationKind.Silu => "silu",
        ActivationKind.Tanh => "tanh",
        _ => throw new ArgumentException($"no published name for activation {kind}"),
    };

    /// <summary>The double that prints as the float does: 1e-05, not 9.999999747378752e-06.</summary>
    internal static double Short(float value) => double.Parse(value.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
