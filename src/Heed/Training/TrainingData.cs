using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>What a recipe learns from: a training part, a validation part that is never learned from, and the tokenizer that both went through.</summary>
public abstract class TrainingData
{
    /// <summary>The token that stands behind every document of a text.</summary>
    public const string EndOfText = "<|endoftext|>";

    private protected TrainingData(Tokenizer? tokenizer) => Tokenizer = tokenizer;

    /// <summary>The tokenizer, trained or loaded; null where nothing is made of tokens.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Names of the labels, where labels are learned.</summary>
    public virtual IReadOnlyList<string> Labels => [];

    /// <summary>How often each label occurs in the training part, in the order of <see cref="Labels"/>.</summary>
    public virtual IReadOnlyList<int> LabelCounts => [];

    /// <summary>How the values that are learned were standardised; null where none were.</summary>
    public virtual TargetScale? Scale => null;

    /// <summary>UTF-8 bytes that a token of the validation text stands for, where every token of a text is predicted: turns a loss into bits per byte.</summary>
    public virtual double? BytesPerToken => null;

    /// <summary>Whether the share of right answers says something about the model.</summary>
    public virtual bool CountsAnswers => true;

    /// <summary>Ids that end what the model writes, where the data say so beyond the tokenizer.</summary>
    public virtual IReadOnlyList<int> EndTokens => [];

    /// <summary>The template of the conversations that are learned from.</summary>
    public virtual ChatTemplate? Template => null;

    /// <summary>Whether batches of the validation part go on where the one before ended, so that a share of them is the first ones.</summary>
    public virtual bool IsContinuous => false;

    /// <summary>Windows or sequences of the validation part.</summary>
    public abstract int ValidationCount { get; }

    /// <summary>A batch to learn from: the same for the same place, whatever was asked before.</summary>
    /// <param name="index">Number of the batch in the run, from 0.</param>
    /// <param name="random">Randomness of that batch.</param>
    public abstract TrainingBatch Training(long index, RandomSource random);

    /// <summary>The validation part's windows or sequences <paramref name="first"/> .. <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    public abstract TrainingBatch Validation(int first, int count);

    /// <summary>Mean validation loss of a model that knows only how often each answer occurs: what any real model must beat.</summary>
    public abstract double FrequencyLoss();

    /// <summary>Further figures of the trained model, measured once when the run is over; in the units of the data.</summary>
    public virtual IReadOnlyList<RunFigure> Figures(Trainee trained) => [];

    /// <summary>Reads or makes the text, trains or loads the tokenizer, encodes.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="progress">Told what is being done.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    /// <exception cref="InvalidDataException">The text is empty, not UTF-8, too short, or lacks what the objective needs.</exception>
    public static TrainingData Prepare(Recipe recipe, Action<string>? progress = null, CancellationToken cancellation = default) => recipe.Algorithm.Objective switch
    {
        _ when recipe.Algorithm.IsTabular => TabularData.Prepare(recipe, progress, cancellation),
        "masked" => MaskedData.Prepare(recipe, progress, cancellation),
        "causal" when recipe.Algorithm.Fim.Rate > 0 => GapData.Prepare(recipe, progress, cancellation),
        "denoise" => DenoiseData.Prepare(recipe, progress, cancellation),
        "sequence-to-sequence" => PairData.Prepare(recipe, progress, cancellation),
        "chat" => ChatData.Prepare(recipe, progress, cancellation),
        "classify" when recipe.Algorithm.Classification.Problem != "single" => ValueData.Prepare(recipe, progress, cancellation),
        "tag" => TaggedData.Prepare(recipe, progress, cancellation),
        "answer" => AnswerData.Prepare(recipe, progress, cancellation),
        "contrastive" => ContrastiveData.Prepare(recipe, progress, cancellation),
        "classify" => LabelledData.Prepare(recipe, progress, cancellation),
        _ => TextData.Prepare(recipe, progress, cancellation),
    };

    /// <summary>Adds all that is learned from to a hash.</summary>
    internal virtual void AppendTo(IncrementalHash hash) => hash.AppendData(Encoding.UTF8.GetBytes(Tokenizer?.Fingerprint ?? ""));

    private protected static void Append(IncrementalHash hash, IEnumerable<int[]> sequences)
    {
        foreach (int[] sequence in sequences)
        {
            hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>([sequence.Length])));
            hash.AppendData(MemoryMarshal.AsBytes(sequence.AsSpan()));
        }
    }

    /// <summary>Mean surprise at <paramref name="answers"/> of who knows how often each of <paramref name="kinds"/> stands in <paramref name="seen"/>.</summary>
    private protected static double FrequencyLoss(IEnumerable<int> seen, IEnumerable<int> answers, int kinds)
    {
        long[] counts = new long[kinds];
        long learned = 0, asked = 0;
        foreach (int id in seen)
        {
            counts[id]++;
            learned++;
        }
        double total = learned + kinds, sum = 0; // one added to every count
        foreach (int id in answers)
        {
            sum -= Math.Log((counts[id] + 1) / total);
            asked++;
        }
        return sum / asked;
    }

    /// <summary>The same from how often each was seen and asked for.</summary>
    private protected static double FrequencyLoss(ReadOnlySpan<long> seen, ReadOnlySpan<long> asked)
    {
        double total = seen.Length, sum = 0, answers = 0;
        foreach (long count in seen) total += count;
        for (int id = 0; id < seen.Length; id++)
        {
            sum -= asked[id] * Math.Log((seen[id] + 1) / total);
            answers += asked[id];
        }
        return sum / answers;
    }
}
