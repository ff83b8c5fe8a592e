using Heed.Autograd;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>
/// A model that learns vectors of texts: the mean over a text's tokens, of length 1. Of pairs, each text is to find its partner among all of
/// the batch and the other way round (symmetric InfoNCE; van den Oord et al. 2018, Radford et al. 2021); of scored pairs, the cosine is to be
/// the score (Reimers and Gurevych 2019).
/// </summary>
/// <param name="inner">The model, without a head.</param>
/// <param name="temperature">What cosines are divided by.</param>
public sealed class ContrastiveTrainee(TransformerTrainee inner, float temperature) : Trainee
{
    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, Tensor>> Weights => inner.Weights;

    /// <inheritdoc/>
    public override LanguageModel? Writer => inner.Writer;

    /// <summary>The loss of a batch whose rows are the first texts and below them their partners; targets are 0, 1, ... or scores from -1 to 1.</summary>
    public override Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1)
    {
        (Tensor first, Tensor second) = Vectors(batch, options);
        Tensor loss;
        if (batch.Targets.Type == DType.F32)
        {
            Tensor diagonal = Tensor.From(new Shape(first.Rows, 1), (int[])[.. Enumerable.Range(0, first.Rows)]);
            loss = LossOps.MeanSquaredError(RowOps.Choose(MatrixOps.Linear(first, second), diagonal), batch.Targets);
        }
        else
        {
            Tensor there = LossOps.CrossEntropy(Arithmetic.Scale(MatrixOps.Linear(first, second), 1 / temperature), batch.Targets);
            Tensor back = LossOps.CrossEntropy(Arithmetic.Scale(MatrixOps.Linear(second, first), 1 / temperature), batch.Targets);
            loss = Arithmetic.Scale(Arithmetic.Add(there, back), 0.5f);
        }
        return scale == 1 ? loss : Arithmetic.Scale(loss, scale);
    }

    /// <summary>How many first texts find their partner among those of the batch.</summary>
    public override (int Right, int Counted) Score(TrainingBatch batch)
    {
        (Tensor first, Tensor second) = Vectors(batch, ForwardOptions.Default);
        Tensor cosines = MatrixOps.Linear(first, second);
        return (Enumerable.Range(0, first.Rows).Count(row => Reduce.ArgMax(cosines.Row(row)) == row), first.Rows);
    }

    /// <inheritdoc/>
    public override double Operations(TrainingBatch batch) => inner.Operations(batch);

    /// <inheritdoc/>
    public override void Describe(string folder) => inner.Describe(folder);

    /// <inheritdoc/>
    public override void Save(string folder) => inner.Save(folder);

    /// <inheritdoc/>
    public override void Load(string folder) => inner.Load(folder);

    private (Tensor First, Tensor Second) Vectors(TrainingBatch batch, ForwardOptions options)
    {
        Tensor hidden = inner.Model.Hidden(batch.Inputs, TransformerTrainee.Read(inner.Model, batch, options));
        int rows = hidden.Shape[0], tokens = hidden.Shape[1], half = rows / 2;
        Tensor places = Tensor.Empty(new Shape(rows, tokens), DType.I32), weights = Tensor.Zeros(places.Shape), ones = Tensor.Empty(new Shape(hidden.Columns));
        for (int row = 0; row < rows; row++)
        {
            int real = tokens - batch.Mask!.Ints.Slice(row * tokens, tokens).Count(0);
            for (int i = row * tokens; i < (row + 1) * tokens; i++)
            {
                places.Ints[i] = i;
                if (batch.Mask.Ints[i] != 0) weights.Span[i] = 1f / real;
            }
        }
        // The root mean square of a row of length 1 is 1 / sqrt(columns).
        ones.Span.Fill(1 / MathF.Sqrt(hidden.Columns));
        Tensor vectors = NeuralOps.RmsNorm(RowOps.WeightedSum(hidden.Reshape(new Shape(rows * tokens, hidden.Columns)), places, weights), ones, 1e-12f);
        return (Rows(0), Rows(half));

        Tensor Rows(int first) => NeuralOps.Embed(vectors, Tensor.From(new Shape(half), (int[])[.. Enumerable.Range(first, half)]));
    }
}
