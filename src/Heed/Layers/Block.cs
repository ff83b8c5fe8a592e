using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>The block of every Transformer: attention to itself, perhaps to another stack, and a feed-forward part, each with a residual connection and a norm.</summary>
public sealed class Block
{
    private readonly Placement placement;
    private readonly int layer;
    private readonly Norm selfNorm;
    private readonly Attention selfAttention;
    private readonly Norm? crossNorm;
    private readonly Attention? crossAttention;
    private readonly Norm feedNorm;
    private readonly FeedForward feedForward;

    /// <summary>Makes the block's weights in <paramref name="scope"/>.</summary>
    public Block(WeightScope scope, StackConfig config, int layer, RotaryTable? rotary)
    {
        (placement, this.layer) = (config.Placement, layer);
        selfNorm = Norm.Create(scope["self_norm"], config.Width, config.Norm);
        selfAttention = new Attention(scope["self_attention"], config, layer, rotary, cross: false);
        if (config.CrossAttention)
        {
            crossNorm = Norm.Create(scope["cross_norm"], config.Width, config.Norm);
            crossAttention = new Attention(scope["cross_attention"], config, layer, null, cross: true);
        }
        feedNorm = Norm.Create(scope["feed_norm"], config.Width, config.Norm);
        feedForward = new FeedForward(scope["feed_forward"], config);
    }

    /// <summary>(batch, tokens, width) -> (batch, tokens, width).</summary>
    public Tensor Forward(Tensor x, BlockContext c)
    {
        x = Sublayer(x, selfNorm, c, 0, h => selfAttention.Forward(h, h, c.Self, c));
        if (crossAttention is not null)
            x = Sublayer(x, crossNorm!, c, 1, h => crossAttention.Forward(h, c.Memory ?? throw new ArgumentException("a block with cross-attention needs the other stack's output"), c.Cross, c));
        return Sublayer(x, feedNorm, c, 2, feedForward.Forward);
    }

    // Pre: x + f(norm(x)). Post: norm(x + f(x)).
    private Tensor Sublayer(Tensor x, Norm norm, BlockContext c, int site, Func<Tensor, Tensor> f) => placement switch
    {
        Placement.Pre => Arithmetic.AddResidual(x, Dropped(f(norm.Forward(x)), c, site)),
        _ => norm.Forward(Arithmetic.AddResidual(x, Dropped(f(x), c, site))),
    };

    private Tensor Dropped(Tensor branch, BlockContext c, int site) =>
        c.Dropout == 0 ? branch : Arithmetic.Dropout(branch, c.Dropout, c.Random.Split("residual").Split(3L * layer + site).Next());
}
