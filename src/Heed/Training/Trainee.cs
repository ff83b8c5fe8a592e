using Heed.Generation;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>A model in training, of whatever kind: what the optimizer changes, what a batch costs, and how it is kept.</summary>
public abstract class Trainee
{
    /// <summary>What the optimizer changes, by name, in an order that does not change.</summary>
    public abstract IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>What goes on from step to step beside the weights, by name, and must be there again when a run is resumed: the state of a recurrent model, for one.</summary>
    public virtual IReadOnlyList<KeyValuePair<string, Tensor>> Carried => [];

    /// <summary>The model as one that writes text; null if it is none.</summary>
    public virtual LanguageModel? Writer => null;

    /// <summary>The Transformer that learns, whole or in part; null if it is none.</summary>
    public virtual Transformer? Transformer => null;

    /// <summary>The mean loss of a batch, times <paramref name="scale"/>: what is learned from. One value, on the tape that records.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="options">Dropout, its seed, recomputation.</param>
    /// <param name="scale">Factor, for gradients that are added up over several batches.</param>
    public abstract Tensor Loss(TrainingBatch batch, ForwardOptions options, float scale = 1);

    /// <summary>The mean loss of a batch as it is reported: without dropout or smoothing.</summary>
    public virtual Tensor Measure(TrainingBatch batch) => Loss(batch, ForwardOptions.Default);

    /// <summary>How many of a batch's targets the model finds, and how many there are.</summary>
    public abstract (int Right, int Counted) Score(TrainingBatch batch);

    /// <summary>The label that the model gives each text of a batch; null if that is not what it does.</summary>
    public virtual int[]? Answer(TrainingBatch batch) => null;

    /// <summary>Floating-point operations of learning from a batch, forward and backward; 0 = not known.</summary>
    public virtual double Operations(TrainingBatch batch) => 0;

    /// <summary>Writes what does not change while the model learns: its configuration.</summary>
    public abstract void Describe(string folder);

    /// <summary>Writes a folder from which the model can be opened.</summary>
    public abstract void Save(string folder);

    /// <summary>Writes what a finished run leaves.</summary>
    public virtual void Finish(string folder) => Save(folder);

    /// <summary>Reads the weights of a folder that <see cref="Save"/> has written.</summary>
    /// <exception cref="InvalidDataException">The weights do not fit.</exception>
    public abstract void Load(string folder);
}
