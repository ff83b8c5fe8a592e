using Heed.Formats;
using Heed.Formats.Gguf;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Models with their tokenizers in the files of other programs: one .gguf file, or a folder as Hugging Face has it.</summary>
public static class ModelExport
{
    /// <summary>Writes a .gguf file with configuration, tokenizer, chat template and weights.</summary>
    /// <param name="model">A model folder, or a .gguf file whose weights are to be stored in other types.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="options">How to store it; the metadata of the tokenizer are added.</param>
    /// <remarks>Of a BERT only the encoder, the pooled layer and the labels of a text are written: GGUF has no place for other heads.</remarks>
    /// <exception cref="ArgumentException">GGUF cannot say what the configuration says, or the importance is of another model.</exception>
    /// <exception cref="NotSupportedException">GGUF cannot say what the tokenizer does.</exception>
    /// <exception cref="InvalidDataException">A file of the model is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file of the model is missing.</exception>
    public static GgufSummary WriteGguf(string model, string path, GgufWriteOptions options)
    {
        if (GgufModel.IsFile(model))
        {
            using GgufFile file = new(model);
            return GgufModelWriter.Write(file, path, options);
        }
        TransformerConfig config = ModelFolder.LoadConfig(model);
        bool headless = config is { ModelType: "bert", Head.Kind: not (HeadKind.None or HeadKind.Sequence) };
        GgufVocabulary vocabulary = Padded(GgufVocabulary.Of(Tokenizer.Load(model)), config.Vocabulary) with { ChatTemplate = Template(model) };
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)));
        return GgufModelWriter.Write(
            ModelFolder.Load(model, headless ? HeadKind.None : null),
            path,
            options with { Name = options.Name ?? name, Metadata = options.Metadata.Concat(vocabulary.ToFields()) });
    }

    /// <summary>Writes a folder with config.json, model.safetensors, tokenizer.json, tokenizer_config.json and, where there are such, chat_template.jinja and generation_config.json.</summary>
    /// <param name="model">A .gguf file, or a model folder.</param>
    /// <param name="folder">The folder to write.</param>
    /// <param name="type">How the weights are stored: F32, BF16 or F16.</param>
    /// <param name="adapters">Adapters whose updates are added to the weights, and how much each counts; the last one's chat template and generation_config.json go before the model's.</param>
    /// <exception cref="ArgumentException">An adapter cannot be merged, the family's configuration file cannot say what the model's does, or the type is another one.</exception>
    /// <exception cref="InvalidDataException">A file of the model is damaged.</exception>
    /// <exception cref="FileNotFoundException">A file of the model is missing.</exception>
    public static void WriteFolder(string model, string folder, WeightType type = WeightType.F32, params IEnumerable<AdapterUse> adapters)
    {
        AdapterUse[] uses = [.. adapters];
        Transformer transformer = AdaptedModel.Merge(model, uses);
        Tokenizer tokenizer = ModelTokenizer.Load(model);
        ModelFolder.Save(transformer, folder, type);
        tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        int? end = transformer.Config.EndTokens is [int first, ..] && first < tokenizer.VocabularySize ? first : null;
        AtomicFile.WriteText(Path.Combine(folder, "tokenizer_config.json"), LanguageModel.TokenizerConfigJson(tokenizer, transformer.Config.Context, end));
        string[] folders = [.. uses.Select(u => u.Folder).Reverse(), model];
        if (folders.Select(Template).FirstOrDefault(t => t is not null) is { } template) AtomicFile.WriteText(Path.Combine(folder, "chat_template.jinja"), template);
        // What ends a text may have changed with the adapter.
        if (folders.Select(f => Path.Combine(f, "generation_config.json")).FirstOrDefault(File.Exists) is { } generation) AtomicFile.WriteText(Path.Combine(folder, "generation_config.json"), File.ReadAllText(generation));
    }

    private static string? Template(string model)
    {
        try
        {
            return ModelTokenizer.LoadTemplate(model).Source;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    // Readers take the number of tokens for that of the table's rows, which may have more.
    private static GgufVocabulary Padded(GgufVocabulary v, int rows)
    {
        int missing = rows - v.Tokens.Count;
        if (missing <= 0) return v;
        IReadOnlyList<PieceKind> kinds = v.Kinds.Count > 0 ? v.Kinds : [.. Enumerable.Repeat(PieceKind.Normal, v.Tokens.Count)];
        return v with
        {
            Tokens = [.. v.Tokens, .. Enumerable.Range(v.Tokens.Count, missing).Select(i => $"[PAD{i}]")],
            Kinds = [.. kinds, .. Enumerable.Repeat(PieceKind.Unused, missing)],
            Scores = v.Scores.Count > 0 ? [.. v.Scores, .. Enumerable.Repeat(-1000f, missing)] : [],
        };
    }
}
