using Heed.Tensors;

namespace Heed.Layers;

/// <summary>The state of a <see cref="Recurrent"/> stack between tokens: for each layer, and in it for each direction, (batch, width).</summary>
/// <param name="Hidden">Layers · directions hidden states: layer 0 forward, layer 0 backward, layer 1 forward, ...</param>
/// <param name="Cell">Likewise the cell states of an LSTM; else empty.</param>
public sealed record RecurrentState(IReadOnlyList<Tensor> Hidden, IReadOnlyList<Tensor> Cell)
{
    /// <summary>A state of zeros that outlives memory scopes, such as a text model carries from batch to batch.</summary>
    public static RecurrentState Zeros(RecurrentConfig config, int batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        return new(Make(config.Layers * config.Directions), Make(config.Kind == Kernels.RecurrentKind.Lstm ? config.Layers * config.Directions : 0));

        Tensor[] Make(int count) => [.. Enumerable.Range(0, count).Select(_ => Tensor.Persistent(new Shape(batch, config.Width)))];
    }

    /// <summary>Copies the values, without their history, to a state of the same layers and shapes: truncated backpropagation through time.</summary>
    /// <exception cref="ArgumentException">The target has other layers or shapes.</exception>
    public void CopyTo(RecurrentState target)
    {
        Copy(Hidden, target.Hidden, "hidden");
        Copy(Cell, target.Cell, "cell");

        static void Copy(IReadOnlyList<Tensor> from, IReadOnlyList<Tensor> to, string name)
        {
            if (from.Count != to.Count) throw new ArgumentException($"the target has {to.Count} {name} states, {from.Count} were expected");
            for (int i = 0; i < from.Count; i++)
            {
                if (from[i].Shape != to[i].Shape) throw new ArgumentException($"{name} state {i} of the target has shape {to[i].Shape}, {from[i].Shape} was expected");
                from[i].Device.Backend.Copy(from[i], to[i]);
            }
        }
    }
}

/// <summary>What a <see cref="Recurrent"/> stack gives.</summary>
/// <param name="Output">The last layer's hidden states, (batch, tokens, directions · width).</param>
/// <param name="State">The state after the last token of each sequence.</param>
public sealed record RecurrentOutput(Tensor Output, RecurrentState State);
