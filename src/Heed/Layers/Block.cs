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
    private readonly Norm? afterSelfNorm;
    private readonly Norm? crossNorm;
    private readonly Attention? crossAttention;
    private readonly Norm? feedNorm;
    private readonly FeedForward feedForward;
    private readonly Norm? afterFeedNorm;

    /// <summary>Makes the block's weights in <paramref name="scope"/>.</summary>
    public Block(WeightScope scope, StackConfig config, int layer, RotaryTable? rotary)
    {
        (placement, this.layer) = (config.Placement, layer);
        selfNorm = Norm.Create(scope["self_norm"], config.Width, config.Norm);
        selfAttention = new Attention(scope["self_attention"], config, layer, rotary, cross: false);
        if (placement == Placement.Sandwich) afterSelfNorm = Norm.Create(scope["after_self_norm"], config.Width, config.Norm);
        if (config.CrossAttention)
        {
            crossNorm = Norm.Create(scope["cross_norm"], config.Width, config.Norm);
            crossAttention = new Attention(scope["cross_attention"], config, layer, null, cross: true);
        }
        if (placement != Placement.ParallelOneNorm) feedNorm = Norm.Create(scope["feed_norm"], config.Width, config.Norm);
        feedForward = new FeedForward(scope["feed_forward"], config, layer);
        if (placement == Placement.Sandwich) afterFeedNorm = Norm.Create(scope["after_feed_norm"], config.Width, config.Norm);
    }

    /// <summary>(batch, tokens, width) -> (batch, tokens, width).</summary>
    public Tensor Forward(Tensor x, BlockContext c)
    {
        if (placement is Placement.Parallel or Placement.ParallelOneNorm)
        {
            Tensor h = selfNorm.Forward(x);
            Tensor attended = Dropped(selfAttention.Forward(h, c.Self, c), c, 0);
            Tensor fed = Dropped(feedForward.Forward(feedNorm?.Forward(x) ?? h, c.Balance), c, 2);
            return Arithmetic.AddResidual(Arithmetic.AddResidual(x, attended), fed);
        }
        x = Sublayer(x, selfNorm, afterSelfNorm, c, 0, h => selfAttention.Forward(h, c.Self, c));
        if (crossAttention is not null)
            x = Sublayer(x, crossNorm!, null, c, 1, h => crossAttention.Cross(h, c.Memory ?? throw new ArgumentException("a block with cross-attention needs the other stack's output"), c.Cross, c));
        return Sublayer(x, feedNorm!, afterFeedNorm, c, 2, h => feedForward.Forward(h, c.Balance));
    }

    // Pre: x + f(norm(x)). Post: norm(x + f(x)). Sandwich: x + after(f(norm(x))).
    private Tensor Sublayer(Tensor x, Norm norm, Norm? after, BlockContext c, int site, Func<Tensor, Tensor> f)
    {
        if (placement == Placement.Post) return norm.Forward(Arithmetic.AddResidual(x, Dropped(f(x), c, site)));
        Tensor branch = f(norm.Forward(x));
        return after is null
            ? Arithmetic.AddResidual(x, Dropped(branch, c, site))
            : Arithmetic.Add(x, Dropped(after.Forward(branch), c, site)); // a norm needs its output's memory, so the sum has its own
    }

    private Tensor Dropped(Tensor branch, BlockContext c, int site) =>
        c.Dropout == 0 ? branch : Arithmetic.Dropout(branch, c.Dropout, c.Random.Split("residual").Split(3L * layer + site).Next());
}
