using Heed.Autograd;
using Heed.Generation;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// A model that learns from another one's answers beside the right ones (Hinton et al. 2015, https://arxiv.org/abs/1503.02531): the loss is
/// alpha · T² · KL(teacher || student), both softened by the temperature T, and 1 - alpha of the usual loss.
/// </summary>
/// <param name="student">The model that learns.</param>
/// <param name="teacher">The model that it learns from; it reads the same tokens and gives as many scores.</param>
/// <param name="temperature">T, above 0.</param>
/// <param name="alpha">The teacher's part of the loss, 0 to 1.</param>
public sealed class DistillationTrainee(TransformerTrainee student, Transformer teacher, float temperature, float alpha) : Trainee
{
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => student.Weights;

    /// <inheritdoc/>
    public override LanguageModel? Writer => student.Writer;

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1)
    {
        Tensor known = Tape.WithoutGradient(() => Logits(teacher, batch, ForwardOptions.Default).Scores);
        (Tensor scores, Tensor targets) = Logits(student.Model, batch, options);
        if (known.Columns != scores.Columns) throw new ArgumentException($"the teacher gives {known.Columns} scores, the student {scores.Columns}: they need the same tokenizer or labels");
        Tensor usual = LossOps.CrossEntropy(scores, targets, smoothing: student.Smoothing);
        return Arithmetic.Add(Arithmetic.Scale(Divergence(known, scores, targets), alpha * scale), Arithmetic.Scale(usual, (1 - alpha) * scale));
    }

    /// <inheritdoc/>
    public override Tensor Measure(TrainingBatch batch) => student.Measure(batch);

    /// <inheritdoc/>
    public override (int Right, int Counted) Score(TrainingBatch batch) => student.Score(batch);

    /// <inheritdoc/>
    public override int[]? Answer(TrainingBatch batch) => student.Answer(batch);

    /// <inheritdoc/>
    public override double Operations(TrainingBatch batch) => student.Operations(batch);

    /// <inheritdoc/>
    public override void Describe(string folder) => student.Describe(folder);

    /// <inheritdoc/>
    public override void Save(string folder) => student.Save(folder);

    /// <inheritdoc/>
    public override void Load(string folder) => student.Load(folder);

    // Scores only where a target counts.
    private static (Tensor Scores, Tensor Targets) Logits(Transformer model, TrainingBatch batch, ForwardOptions options)
    {
        Tensor hidden = model.Hidden(batch.Inputs, TransformerTrainee.Read(model, batch, options)), targets = batch.Targets;
        if (model.Config.Head.Kind == HeadKind.Vocabulary) (hidden, targets) = HeadLoss.CountedRows(hidden, targets);
        return (model.Logits(hidden, model.HeadMask(batch.Inputs, batch.Mask)), targets);
    }

    // T² · the mean over the rows that count of Σ p (log p - log q).
    private Tensor Divergence(Tensor known, Tensor scores, Tensor targets)
    {
        Tensor shares = Tape.WithoutGradient(() => NeuralOps.Softmax(Arithmetic.Scale(known, 1 / temperature)));
        double entropy = 0;
        int counted = 0;
        for (int row = 0; row < shares.Rows; row++)
        {
            Span<float> own = shares.Row(row);
            if (targets.Ints[row] == LossOps.IgnoreIndex)
            {
                own.Clear();
                continue;
            }
            counted++;
            foreach (float p in own)
                if (p > 0) entropy -= p * Math.Log(p);
        }
        counted = Math.Max(counted, 1);
        Tensor cross = LossOps.CrossEntropyToShares(Arithmetic.Scale(scores, 1 / temperature), shares, counted);
        return Arithmetic.Scale(LossOps.Plus(cross, (float)(-entropy / counted)), temperature * temperature);
    }
}
