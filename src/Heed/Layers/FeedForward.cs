using Heed.Autograd;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>The position-wise feed-forward part of a block: down(act(up(x))), or down(act(gate(x)) · up(x)), or a mixture of several such.</summary>
public sealed class FeedForward
{
    private readonly FeedForwardConfig config;
    private readonly LinearLayer? up;   // gated: gate and up side by side, in one product
    private readonly LinearLayer? down;
    private readonly MixtureOfExperts? experts;

    /// <summary>Makes <c>up</c> (or <c>gate_up</c>) and <c>down</c> in <paramref name="scope"/>, or <c>router</c> and <c>experts</c>.</summary>
    public FeedForward(WeightScope scope, StackConfig stack, int block = 0)
    {
        config = stack.FeedForward;
        if (config.Experts is not null)
        {
            experts = new MixtureOfExperts(scope, stack, block);
            return;
        }
        up = scope.Linear(config.Gated ? "gate_up" : "up", stack.Width, config.Gated ? 2 * config.Width : config.Width, config.Bias, stack.Start(stack.Width));
        down = scope.Linear("down", config.Width, stack.Width, config.Bias, stack.StartOfOutput(config.Width));
    }

    /// <summary>(..., width) -> (..., width).</summary>
    /// <param name="x">Rows.</param>
    /// <param name="balance">Learns how a mixture of experts was used; null = nobody asks.</param>
    public Tensor Forward(Tensor x, RouterBalance? balance = null) => experts?.Forward(x, balance) ?? down!.Forward(config.Gated
        ? NeuralOps.Gated(up!.Forward(x, ActivationKind.None), config.Activation)
        : up!.Forward(x, config.Activation));
}
