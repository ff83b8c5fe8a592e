using Heed.Formats.Gguf;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>The tokenizer and the chat template that a model brings along, be it a folder or a .gguf file.</summary>
public static class ModelTokenizer
{
    /// <summary>Loads the tokenizer.</summary>
    /// <param name="model">The folder, or the .gguf file.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or has what is not known.</exception>
    public static Tokenizer Load(string model)
    {
        if (!GgufModel.IsFile(model)) return Tokenizer.Load(model);
        using GgufFile file = new(model);
        return file.ReadTokenizer();
    }

    /// <summary>Whether a model, or an adapter's folder, brings a chat template along.</summary>
    /// <exception cref="InvalidDataException">The template is damaged.</exception>
    public static bool HasTemplate(string model)
    {
        try
        {
            LoadTemplate(model);
            return true;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Loads the chat template; the tokens that begin and end a text are variables of it.</summary>
    /// <param name="model">The folder, or the .gguf file.</param>
    /// <exception cref="FileNotFoundException">The model has none.</exception>
    /// <exception cref="InvalidDataException">The template is damaged.</exception>
    public static ChatTemplate LoadTemplate(string model)
    {
        if (!GgufModel.IsFile(model)) return ChatTemplate.Load(model);
        using GgufFile file = new(model);
        GgufVocabulary vocabulary = file.Fields.ReadVocabulary();
        string source = vocabulary.ChatTemplate ?? throw new FileNotFoundException($"the file '{model}' has no chat template (tokenizer.chat_template)", model);
        (string, int?)[] tokens = [("bos_token", vocabulary.Bos), ("eos_token", vocabulary.Eos), ("unk_token", vocabulary.Unk), ("pad_token", vocabulary.Pad)];
        try
        {
            return ChatTemplate.Parse(source, [.. tokens.Where(t => t.Item2 is not null).Select(t => (t.Item1, (TemplateValue)vocabulary.Tokens[t.Item2!.Value]))]);
        }
        catch (ChatTemplateException e)
        {
            throw new InvalidDataException($"{model}: {e.Message}", e);
        }
    }
}
