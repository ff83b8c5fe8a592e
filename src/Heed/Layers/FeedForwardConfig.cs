using Heed.Kernels;

namespace Heed.Layers;

/// <summary>The feed-forward part of a block.</summary>
/// <param name="Width">Inner columns, of each expert where there are several.</param>
/// <param name="Activation">Its nonlinearity.</param>
/// <param name="Gated">act(gate(x)) · up(x) instead of act(up(x)).</param>
/// <param name="Bias">Whether its linear layers have biases.</param>
/// <param name="Experts">Several such parts of which each token passes through a few; null = one, for all.</param>
public sealed record FeedForwardConfig(int Width, ActivationKind Activation, bool Gated = false, bool Bias = true, ExpertConfig? Experts = null)
{
    internal void Validate()
    {
        if (Width < 1) throw new ArgumentException($"feed-forward width must be 1 or more, given {Width}");
        if (Experts is { } given && !(given.BalanceWeight >= 0 && float.IsFinite(given.BalanceWeight))) throw new ArgumentException($"the weight of the routers' loss must be 0 (none) or more, given {given.BalanceWeight}");
        if (Experts is { } e && (e.Count < 1 || e.PerToken < 1 || e.PerToken > e.Count))
            throw new ArgumentException($"a mixture of experts needs 1 expert or more and for each token 1 or more of them, given {e.PerToken} of {e.Count}");
    }
}

/// <summary>A mixture of experts (Shazeer et al. 2017; Mixtral, Jiang et al. 2024).</summary>
/// <param name="Count">Experts.</param>
/// <param name="PerToken">Experts that a token passes through: those with the highest scores.</param>
/// <param name="BalanceWeight">Weight of the <see cref="RouterBalance"/> within the loss of a language model; 0 = none.</param>
public sealed record ExpertConfig(int Count, int PerToken, float BalanceWeight = 0);
