using System.Text;
using Heed.Data;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The text of a recipe as token ids: a training part, a validation part and the tokenizer that made them.</summary>
public sealed class TrainingData
{
    /// <summary>The token that stands behind every document.</summary>
    public const string EndOfText = "<|endoftext|>";

    private TrainingData(Tokenizer tokenizer, int[] training, int[] validation, double bytesPerToken)
    {
        (Tokenizer, Training, Validation, BytesPerToken) = (tokenizer, training, validation, bytesPerToken);
    }

    /// <summary>The tokenizer, trained or loaded.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Ids to learn from.</summary>
    public int[] Training { get; }

    /// <summary>Ids to validate on; never learned from.</summary>
    public int[] Validation { get; }

    /// <summary>UTF-8 bytes that a token of the validation text stands for: turns a loss into bits per byte.</summary>
    public double BytesPerToken { get; }

    /// <summary>Id behind every document, if there is one.</summary>
    public int? EndToken => Tokenizer.TokenToId(EndOfText);

    /// <summary>Reads or makes the text, trains or loads the tokenizer, encodes.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    /// <exception cref="InvalidDataException">The text is empty, not UTF-8 or too short.</exception>
    public static TrainingData Prepare(Recipe recipe, Action<string>? progress = null, CancellationToken cancellation = default)
    {
        DataSection data = recipe.Data;
        (IReadOnlyList<string> training, IReadOnlyList<string> validation) = data.Source == "stories" ? Stories(recipe) : Text(recipe);
        bool documents = data.Source == "stories";
        progress?.Invoke($"tokenizer: {data.Tokenizer}");
        Tokenizer tokenizer = MakeTokenizer(recipe, training, validation, documents, cancellation);
        progress?.Invoke("encoding");
        int? end = documents ? tokenizer.TokenToId(EndOfText) : null;
        int[] trainingIds = Encode(tokenizer, training, end, cancellation), validationIds = Encode(tokenizer, validation, end, cancellation);
        long bytes = validation.Sum(text => (long)Encoding.UTF8.GetByteCount(text));
        return new TrainingData(tokenizer, trainingIds, validationIds, (double)bytes / Math.Max(1, validationIds.Length));
    }

    /// <summary>Mean loss of a model that knows only how often each token occurs: what any real model must beat.</summary>
    public double UnigramLoss()
    {
        long[] counts = new long[Tokenizer.VocabularySize];
        foreach (int id in Training) counts[id]++;
        double total = Training.Length + counts.Length, sum = 0; // one added to every count
        foreach (int id in Validation) sum -= Math.Log((counts[id] + 1) / total);
        return sum / Validation.Length;
    }

    private static (IReadOnlyList<string>, IReadOnlyList<string>) Stories(Recipe recipe)
    {
        StoryLanguage language = recipe.Data.Language switch
        {
            "en" => StoryLanguage.English,
            "zh" => StoryLanguage.Chinese,
            _ => StoryLanguage.Both,
        };
        string[] stories = [.. StoryGrammar.Generate((ulong)recipe.Seed, recipe.Data.Stories, language)];
        int validation = Math.Max(1, (int)(stories.Length * recipe.Data.ValidationFraction));
        if (validation >= stories.Length) throw new InvalidDataException($"data.stories: {stories.Length} stories with a validation fraction of {recipe.Data.ValidationFraction} leave none to learn from");
        return (stories[..^validation], stories[^validation..]);
    }

    private static (IReadOnlyList<string>, IReadOnlyList<string>) Text(Recipe recipe)
    {
        string text = TextFile.Read(recipe.Resolve(recipe.Data.Source));
        int split = text.Length - (int)(text.Length * recipe.Data.ValidationFraction);
        if (split > 0 && split < text.Length && char.IsLowSurrogate(text[split])) split--; // never through a character
        return ([text[..split]], [text[split..]]);
    }

    private static Tokenizer MakeTokenizer(Recipe recipe, IReadOnlyList<string> training, IReadOnlyList<string> validation, bool documents, CancellationToken cancellation)
    {
        string[] special = documents ? [EndOfText] : [];
        return recipe.Data.Tokenizer switch
        {
            "bpe" => Tokenizer.Train(training, new BpeTrainer { VocabularySize = recipe.Data.Vocabulary, SpecialTokens = [EndOfText] }, TokenizerPipeline.Gpt2, null, cancellation),
            // Characters of the whole text: the validation part may hold one that the training part does not.
            "characters" => Tokenizer.Train(training.Concat(validation), new CharacterTrainer { SpecialTokens = special }, cancellation),
            "bytes" => Tokenizer.Bytes(special),
            string path => Tokenizer.Load(recipe.Resolve(path)),
        };
    }

    private static int[] Encode(Tokenizer tokenizer, IReadOnlyList<string> texts, int? end, CancellationToken cancellation)
    {
        List<int> ids = [];
        foreach (string text in texts)
        {
            cancellation.ThrowIfCancellationRequested();
            ids.AddRange(tokenizer.Encode(text, SpecialTokens.None));
            if (end is { } id) ids.Add(id);
        }
        return [.. ids];
    }
}
