namespace Heed.Models;

/// <summary>The architectures of GGUF files that Heed knows. Adding one is a table beside this and a line here.</summary>
internal static class GgufArchitectures
{
    private static readonly GgufArchitecture[] all =
    [
        GgufLlama.Llama,
        GgufLlama.Mistral,
        GgufQwen.Qwen2,
        GgufQwen.Qwen3,
        GgufGemma.Gemma,
        GgufGemma.Gemma2,
        GgufGpt.Gpt2,
        GgufGpt.GptNeoX,
        GgufGpt.Phi2,
        GgufGlm.Glm,
        GgufGlm.Glm4,
        GgufBert.Bert,
        GgufT5.T5,
    ];

    /// <summary>The architecture that a file names.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="name">Its <c>general.architecture</c>.</param>
    /// <param name="windowed">Whether it names a sliding window, which tells Mistral from LLaMA.</param>
    /// <exception cref="InvalidDataException">It is not known.</exception>
    public static GgufArchitecture Find(string path, string name, bool windowed) =>
        all.Where(a => a.Name == name).OrderBy(a => a.ModelType == (windowed ? "mistral" : "llama") ? 0 : 1).FirstOrDefault()
        ?? throw new InvalidDataException($"{path}: the architecture \"{name}\" is not known; known are {string.Join(", ", all.Select(a => a.Name).Distinct().Order())}");

    /// <summary>The architecture that holds a model; a Mistral without a window is a LLaMA in GGUF.</summary>
    /// <exception cref="ArgumentException">None does.</exception>
    public static GgufArchitecture Of(TransformerConfig config) => config is { ModelType: "mistral", Main.Window: 0 } ? GgufLlama.Llama
        : all.FirstOrDefault(a => a.ModelType == config.ModelType)
        ?? throw new ArgumentException($"GGUF files hold no {config.ModelType} models that Heed could write; it writes {string.Join(", ", all.Select(a => a.ModelType).Order())}");
}
