using System.Security.Cryptography;
using System.Text;
using Heed.Autograd;
using Heed.Data;
using Heed.Data.Records;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// Sentences whose words have labels (B-PER, I-PER, O), for the objective "tag". Records have a list of words and one of tags; a file of text
/// has a word and its tag in each line, the last of several columns, and an empty line behind each sentence (CoNLL).
/// </summary>
internal sealed class TaggedData : TrainingData
{
    private readonly int[][] labels, validationLabels, texts;
    private readonly RowBatches trainingBatches, validationBatches;

    private sealed record Sentence(string[] Words, string[] Tags);

    private TaggedData(Recipe recipe, Tokenizer tokenizer, string[] names, Sentence[] training, Sentence[] validation) : base(tokenizer)
    {
        Labels = names;
        int padding = RecipeTokenizer.Padding(tokenizer, recipe);
        (texts, labels) = Encode(training);
        (int[][] held, validationLabels) = Encode(validation);
        trainingBatches = new RowBatches(texts, null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "training sentences");
        validationBatches = new RowBatches(held, null, recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, "validation sentences");

        (int[][], int[][]) Encode(Sentence[] sentences)
        {
            (int[] Ids, int[] Labels)[] encoded = [.. sentences.Select(s => Tagged(s.Words, Array.ConvertAll(s.Tags, t => Array.BinarySearch(names, t, StringComparer.Ordinal)), tokenizer, recipe.Algorithm.Context))];
            return (Array.ConvertAll(encoded, e => e.Ids), Array.ConvertAll(encoded, e => e.Labels));
        }
    }

    public override IReadOnlyList<string> Labels { get; }

    public override IReadOnlyList<int> LabelCounts
    {
        get
        {
            int[] counts = new int[Labels.Count];
            foreach (int label in labels.SelectMany(l => l))
                if (label >= 0) counts[label]++;
            return counts;
        }
    }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index], labels);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count), validationLabels);

    public override double FrequencyLoss() => FrequencyLoss(Counted(labels), Counted(validationLabels), Labels.Count);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, texts);
        Append(hash, labels);
    }

    public static new TaggedData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        (Sentence[] training, Sentence[] validation) = Read(recipe, progress);
        string[] names = [.. training.SelectMany(s => s.Tags).Distinct().Order(StringComparer.Ordinal)];
        foreach (Sentence sentence in validation)
            if (sentence.Tags.FirstOrDefault(t => Array.BinarySearch(names, t, StringComparer.Ordinal) < 0) is { } unknown)
                throw new InvalidDataException($"{recipe.Data.Source}: the tag \"{RecipeNode.Shorten(unknown)}\" stands in the validation part only");
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.MakeBert(recipe, [.. training.Select(s => Joined(s.Words).Text)], [.. validation.Select(s => Joined(s.Words).Text)], cancellation);
        progress?.Invoke("encoding");
        return new TaggedData(recipe, tokenizer, names, training, validation);
    }

    /// <summary>
    /// The tokens of a sentence with a label for the first of each word, <see cref="LossOps.IgnoreIndex"/> for the others. Between words stands a
    /// space, as in the text that the model will read; between Chinese words nothing does.
    /// </summary>
    internal static (int[] Ids, int[] Labels) Tagged(string[] words, int[] labels, Tokenizer tokenizer, int context)
    {
        (string text, int[] starts) = Joined(words);
        TokenEncoding encoding = tokenizer.EncodeDetailed(text, options: new EncodeOptions { Special = SpecialTokens.Add, Truncation = new TruncationOptions(context) });
        (int Start, int End)[] offsets = encoding.OffsetsInUtf16(text);
        int[] marks = new int[encoding.Count];
        int labelled = -1;
        for (int i = 0; i < marks.Length; i++)
        {
            marks[i] = LossOps.IgnoreIndex;
            // A token may begin with the space before its word: its end tells the word.
            if (encoding.SpecialTokensMask[i] == 1 || offsets[i].End <= offsets[i].Start) continue;
            int word = Array.BinarySearch(starts, offsets[i].End - 1);
            if (word < 0) word = ~word - 1;
            if (word <= labelled) continue;
            (marks[i], labelled) = (labels[word], word);
        }
        return ([.. encoding.Ids], marks);
    }

    private static (string Text, int[] Starts) Joined(string[] words)
    {
        StringBuilder text = new();
        int[] starts = new int[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (i > 0 && !(IsChinese(words[i - 1][^1]) && IsChinese(words[i][0]))) text.Append(' ');
            starts[i] = text.Length;
            text.Append(words[i]);
        }
        return (text.ToString(), starts);

        static bool IsChinese(char c) => c is (>= '\u2E80' and <= '\u9FFF') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFF00' and <= '\uFFEF') || char.IsSurrogate(c);
    }

    private static (Sentence[], Sentence[]) Read(Recipe recipe, Action<string>? progress) => new RecipeRecords(recipe, progress).Of(
        [recipe.Data.Text ?? "words", recipe.Data.Target ?? "tags"],
        files => files.Paths.All(RecordFile.IsText) ? files.Paths.SelectMany(path => Columns(path, TextFile.Read(path))) : null,
        record => Checked(Items(record, recipe.Data.Text ?? "words"), Items(record, recipe.Data.Target ?? "tags")),
        s => string.Join(' ', s.Words));

    private static string[] Items(DataRecord record, string column)
    {
        RecordValue value = record[column];
        if (value.Text is { } text) return text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (value.Items is { } items && items.All(i => !string.IsNullOrWhiteSpace(i.Text))) return [.. items.Select(i => i.Text!)];
        throw new RecordException($"the column \"{column}\" must be a list of texts, but is {value}");
    }

    private static Sentence Checked(string[] words, string[] tags) => words.Length == tags.Length && words.Length > 0 ? new Sentence(words, tags)
        : throw new RecordException($"{words.Length} words have {tags.Length} tags; each word needs one");

    private static IEnumerable<Sentence> Columns(string path, string text)
    {
        List<string> words = [], tags = [];
        int number = 0;
        foreach (string line in text.Split('\n').Append(""))
        {
            number++;
            string[] fields = line.Split((char[]?)['\t', ' ', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 1) throw new InvalidDataException($"{path}, line {number}: a line must be a word and its tag, but this one is \"{RecipeNode.Shorten(line)}\"");
            if (fields.Length > 1 && fields[0] != "-DOCSTART-")
            {
                words.Add(fields[0]);
                tags.Add(fields[^1]);
            }
            if (fields.Length > 0 || words.Count == 0) continue;
            yield return new Sentence([.. words], [.. tags]);
            words.Clear();
            tags.Clear();
        }
    }

    private static IEnumerable<int> Counted(int[][] rows) => rows.SelectMany(l => l).Where(l => l >= 0);

    private static TrainingBatch Of(RowBatch batch, int[][] all) => new(batch.Inputs, RowBatches.Padded(all, batch.Examples, LossOps.IgnoreIndex)) { Mask = batch.Mask };
}
