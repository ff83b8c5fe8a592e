using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>One forward and backward pass of a training, whatever its objective.</summary>
/// <param name="Inputs">Token ids of the stack that answers: (batch, length).</param>
/// <param name="Targets">What the answer should be: (batch, length) ids, <see cref="LossOps.IgnoreIndex"/> where none counts; or (batch) labels.</param>
public sealed record TrainingBatch(Tensor Inputs, Tensor Targets)
{
    /// <summary>1 for a token of the inputs, 0 for padding: (batch, length); null = no padding that anybody sees.</summary>
    public Tensor? Mask { get; init; }

    /// <summary>Positions of the inputs: (batch, length); null = counted from the start of each sequence.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>The first input that each input attends to, where documents share a sequence: (batch, length); null = all.</summary>
    public Tensor? FirstKeys { get; init; }

    /// <summary>Token ids of the encoder beside a decoder: (batch, source length).</summary>
    public Tensor? Sources { get; init; }

    /// <summary>1 for a token of the sources, 0 for padding: (batch, source length).</summary>
    public Tensor? SourceMask { get; init; }

    /// <summary>Whether the rows go on where those of the batch before it ended; false = they begin streams, null = they stand alone.</summary>
    public bool? Continues { get; init; }

    /// <summary>Tokens that the model reads, padding included.</summary>
    public long Tokens => Inputs.Count + (Sources?.Count ?? 0);

    /// <summary>Targets that count.</summary>
    public int Counted => (int)Targets.Count - Targets.Ints.Count(LossOps.IgnoreIndex);

    /// <summary>A batch of a decoder: inputs and the tokens that follow them.</summary>
    public static implicit operator TrainingBatch((Tensor Inputs, Tensor Targets) pair) => new(pair.Inputs, pair.Targets);
}
