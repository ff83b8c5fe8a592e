using Heed.Generation;
using Heed.Models;
using Heed.Server;
using Heed.Studio.Language;

namespace Heed.Studio;

/// <summary>What a model does with a text that somebody writes.</summary>
public enum ModelUse
{
    /// <summary>It was taught to answer in conversations.</summary>
    Converse,

    /// <summary>It goes on where the text ends.</summary>
    Continue,

    /// <summary>It writes another text: a translation, a summary.</summary>
    Rewrite,

    /// <summary>It tells which words may stand at a mask.</summary>
    Fill,
}

/// <summary>Finds out what models do.</summary>
internal static class ModelUses
{
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, bool> Templates = new();

    /// <summary>What a model does.</summary>
    public static ModelUse Of(ModelSource source) => source.Kind switch
    {
        ModelKind.Rewriter => ModelUse.Rewrite,
        ModelKind.Filler => ModelUse.Fill,
        _ => Templates.GetOrAdd(source.Path, HasTemplate) ? ModelUse.Converse : ModelUse.Continue,
    };

    /// <summary>Texts to try a model with: those of its card, or some that fit what it does.</summary>
    public static IReadOnlyList<string> Examples(ModelSource source)
    {
        ModelNotes card = ModelNotes.Of(source);
        if (card.Examples.Count > 0) return card.Examples;
        bool chinese = card.Languages is ["zh", ..];
        return Of(source) switch
        {
            ModelUse.Converse => chinese ? ["你好！你是谁？", "用一句话解释什么是神经网络。"] : ["Hello! Who are you?", "Explain in one sentence what a neural network is."],
            ModelUse.Continue => chinese ? ["从前，", "今天天气"] : ["Once upon a time", "The little dog"],
            ModelUse.Rewrite => chinese ? ["我是一个学生"] : ["Good morning.", "Where is the station?"],
            _ => chinese ? ["巴黎是法国的[MASK]都。"] : ["Paris is the [MASK] of France."],
        };
    }

    /// <summary>What a model does with a message, in one sentence.</summary>
    public static string Sentence(ModelSource source, Words words) => Of(source) switch
    {
        ModelUse.Converse => words.Of("{0} answers in conversations. It runs on this machine: nothing that you write leaves it.", source.Name),
        ModelUse.Continue => words.Of("{0} was taught no conversations: it continues what you write.", source.Name),
        ModelUse.Rewrite when ModelNotes.Of(source).Translates => words.Of("{0} translates each message.", source.Name),
        ModelUse.Rewrite => words.Of("{0} writes each message anew, as it was trained to.", source.Name),
        _ => words.Of("{0} tells which words may stand at a mask.", source.Name),
    };

    /// <summary>The model that a page begins with: the one that is asked for, else one that converses, else one that knows the reader's language.</summary>
    public static ModelSource? First(IReadOnlyList<ModelSource> models, Words words, params ReadOnlySpan<string?> wanted)
    {
        foreach (string? name in wanted)
            if (models.FirstOrDefault(m => m.Name == name) is { } found) return found;
        string language = words.IsChinese ? "zh" : "en";
        return models.FirstOrDefault(m => Of(m) == ModelUse.Converse) ?? models.FirstOrDefault(m => Of(m) == ModelUse.Continue && ModelNotes.Of(m).Languages is [var first, ..] && first == language) ?? models.FirstOrDefault();
    }

    private static bool HasTemplate(string path)
    {
        try
        {
            return ModelTokenizer.HasTemplate(path);
        }
        catch (InvalidDataException)
        {
            return false; // loading it will say what is wrong
        }
    }
}
