using System.Text;
using System.Text.Json;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The tokenizer of a recipe, trained or loaded, and the special tokens that its objective needs.</summary>
internal static class RecipeTokenizer
{
    // What special tokens are for, by the key of tokenizer_config.json, and the names that models give them.
    private static readonly Dictionary<string, string[]> Roles = new()
    {
        ["unk_token"] = ["[UNK]", "<unk>"],
        ["pad_token"] = ["[PAD]", "<pad>"],
        ["cls_token"] = ["[CLS]", "<s>"],
        ["sep_token"] = ["[SEP]", "</s>"],
        ["mask_token"] = ["[MASK]", "<mask>"],
        ["bos_token"] = ["<s>"],
        ["eos_token"] = ["</s>"],
    };

    /// <summary>What the tokenizer is, for who waits for it: the kind that is trained, or where it comes from.</summary>
    public static string Name(Recipe recipe) => RecipeStart.TakesTokenizer(recipe) ? $"that of {RecipeStart.Folder(recipe)}" : recipe.Data.Tokenizer;

    /// <summary>Trains or loads the tokenizer of running text.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="training">Texts to learn from.</param>
    /// <param name="validation">The other texts.</param>
    /// <param name="special">Special tokens; a trained "bpe" always has the one that ends a text.</param>
    /// <param name="cancellation">Stops the training.</param>
    public static Tokenizer Make(Recipe recipe, IEnumerable<string> training, IEnumerable<string> validation, string[] special, CancellationToken cancellation) => RecipeStart.Tokenizer(recipe) ?? recipe.Data.Tokenizer switch
    {
        "bpe" => Tokenizer.Train(training, new BpeTrainer { VocabularySize = recipe.Data.Vocabulary, SpecialTokens = [.. special.Prepend(TrainingData.EndOfText).Distinct()] }, TokenizerPipeline.Gpt2, null, cancellation),
        "wordpiece" => Train(recipe, training, validation, ["[UNK]", .. special], cancellation),
        "unigram" => Train(recipe, training, validation, ["<unk>", .. special], cancellation),
        _ => Train(recipe, training, validation, special, cancellation),
    };

    /// <summary>Trains or loads the tokenizer of an encoder: its texts stand between [CLS] and [SEP].</summary>
    public static Tokenizer MakeBert(Recipe recipe, IEnumerable<string> training, IEnumerable<string> validation, CancellationToken cancellation) =>
        RecipeStart.Tokenizer(recipe) ?? Framed(recipe, Train(recipe, training, validation, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], cancellation), t => new BertPostProcessor(Named(t, "[CLS]"), Named(t, "[SEP]")));

    /// <summary>Trains or loads the tokenizer of an encoder-decoder: its texts end with the end token. Ids are those of the family.</summary>
    public static Tokenizer MakePair(Recipe recipe, IEnumerable<string> training, IEnumerable<string> validation, CancellationToken cancellation) =>
        RecipeStart.Tokenizer(recipe) ?? Framed(recipe, Train(recipe, training, validation, [.. recipe.Algorithm.Family == "bart" ? (string[])["<s>", "<pad>", "</s>", "<unk>"] : ["<pad>", "</s>", "<unk>"], .. recipe.Algorithm.Objective == "denoise" ? DenoiseData.SpecialTokens(recipe.Algorithm.Family) : []], cancellation), t => TemplatePostProcessor.Around(null, Named(t, "</s>")));

    /// <summary>Encodes texts as the tokenizer frames them; what is longer than the context is cut.</summary>
    public static int[][] Encode(Tokenizer tokenizer, IReadOnlyList<string> texts, int context, string what)
    {
        int[][] ids = tokenizer.EncodeBatch(texts, SpecialTokens.Add);
        for (int i = 0; i < ids.Length; i++)
        {
            if (ids[i].Length == 0) throw new InvalidDataException($"{what}: the text \"{RecipeNode.Shorten(texts[i])}\" has no token");
            if (ids[i].Length > context) ids[i] = [.. tokenizer.EncodeDetailed(texts[i], options: new EncodeOptions { Special = SpecialTokens.Add, Truncation = new TruncationOptions(context) }).Ids];
        }
        return ids;
    }

    /// <summary>The id of a special token that the objective cannot do without.</summary>
    /// <exception cref="InvalidDataException">The tokenizer has none.</exception>
    public static int Require(Tokenizer tokenizer, string role, Recipe recipe) => Find(tokenizer, role)
        ?? throw new InvalidDataException($"data.tokenizer: the tokenizer \"{recipe.Data.Tokenizer}\" has no {role.Replace('_', ' ')} ({string.Join(" or ", Roles[role])}), which the objective {recipe.Algorithm.Objective} needs");

    /// <summary>The id that fills shorter texts of a batch: that of the model that the training begins with, else the tokenizer's, else what ends that model's texts.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static int Padding(Tokenizer tokenizer, Recipe recipe)
    {
        TransformerConfig? config = RecipeStart.Is(recipe) ? RecipeStart.Config(recipe) : null;
        return config?.PadToken ?? Find(tokenizer, "pad_token") ?? config?.EndTokens.Cast<int?>().FirstOrDefault() ?? Require(tokenizer, "pad_token", recipe);
    }

    /// <summary>The id of a special token, if there is one.</summary>
    public static int? Find(Tokenizer tokenizer, string role) => Roles[role].Select(tokenizer.TokenToId).FirstOrDefault(id => id is not null);

    /// <summary>A tokenizer_config.json that Hugging Face transformers reads.</summary>
    public static string ConfigJson(Tokenizer tokenizer, AlgorithmSection algorithm)
    {
        bool pairs = algorithm.Objective is "sequence-to-sequence" or "denoise";
        using MemoryStream stream = new();
        using (Utf8JsonWriter w = new(stream, new JsonWriterOptions { Indented = true }))
        {
            w.WriteStartObject();
            w.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
            w.WriteNumber("model_max_length", algorithm.Context);
            w.WriteBoolean("clean_up_tokenization_spaces", false);
            w.WriteStartArray("model_input_names");
            foreach (string name in pairs ? (string[])["input_ids", "attention_mask"] : ["input_ids", "token_type_ids", "attention_mask"]) w.WriteStringValue(name);
            w.WriteEndArray();
            foreach (string role in pairs ? (string[])["unk_token", "pad_token", "bos_token", "eos_token", "mask_token"] : ["unk_token", "pad_token", "cls_token", "sep_token", "mask_token"])
                if (Find(tokenizer, role) is { } id) w.WriteString(role, tokenizer.IdToToken(id));
            w.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static Tokenizer Train(Recipe recipe, IEnumerable<string> training, IEnumerable<string> validation, string[] special, CancellationToken cancellation)
    {
        int vocabulary = recipe.Data.Vocabulary;
        string? unknown = special.FirstOrDefault(Roles["unk_token"].Contains);
        return recipe.Data.Tokenizer switch
        {
            "bpe" => Tokenizer.Train(training, new BpeTrainer { VocabularySize = vocabulary, SpecialTokens = special }, TokenizerPipeline.Gpt2, null, cancellation),
            "wordpiece" => Tokenizer.Train(training, new WordPieceTrainer { VocabularySize = vocabulary, SpecialTokens = special, UnknownToken = unknown }, TokenizerPipeline.Bert, null, cancellation),
            "unigram" => Tokenizer.Train(training, new UnigramTrainer { VocabularySize = vocabulary, SpecialTokens = special, UnknownToken = unknown }, TokenizerPipeline.SentencePiece, null, cancellation),
            // Characters of the whole text: the validation part may hold one that the training part does not.
            "characters" => Tokenizer.Train(training.Concat(validation), new CharacterTrainer { SpecialTokens = special }, cancellation),
            "bytes" => Tokenizer.Bytes(special),
            // A text's own line ends end its documents.
            "words" when recipe.Algorithm.Objective == "causal" => Tokenizer.Train(training, new WordTrainer { VocabularySize = vocabulary }, cancellation),
            string path => Tokenizer.Load(recipe.Resolve(path)),
        };
    }

    // The ids that a frame adds are known once the tokenizer is trained; a loaded tokenizer brings its own frame.
    private static Tokenizer Framed(Recipe recipe, Tokenizer tokenizer, Func<Tokenizer, IPostProcessor> frame) =>
        recipe.Data.Tokenizer is "bpe" or "wordpiece" or "unigram" or "characters" or "bytes"
            ? new Tokenizer(tokenizer.Model, tokenizer.Pipeline with { PostProcessor = frame(tokenizer) }, tokenizer.AddedTokens)
            : tokenizer;

    private static (string, int) Named(Tokenizer tokenizer, string token) => (token, tokenizer.TokenToId(token)!.Value);
}
