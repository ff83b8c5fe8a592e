using Heed.Autograd;
using Heed.Tensors;

namespace Heed.Layers;

/// <summary>Normalises each row: layer norm or RMS norm.</summary>
public abstract class Norm
{
    /// <summary>(..., width) -> (..., width).</summary>
    public abstract Tensor Forward(Tensor x);

    /// <summary>Makes the norm that the configuration names.</summary>
    public static Norm Create(WeightScope scope, int width, NormConfig config) => config switch
    {
        NormConfig.LayerNorm layer => new LayerNorm(scope, width, layer),
        NormConfig.RmsNorm rms => new RmsNorm(scope, width, rms),
        _ => throw new ArgumentException($"unknown norm {config}"),
    };

    private sealed class LayerNorm(WeightScope scope, int width, NormConfig.LayerNorm config) : Norm
    {
        private readonly Tensor weight = scope.Constant("weight", new Shape(width), 1);
        private readonly Tensor? bias = config.Bias ? scope.Constant("bias", new Shape(width), 0) : null;

        public override Tensor Forward(Tensor x) => NeuralOps.LayerNorm(x, weight, bias, config.Epsilon);
    }

    private sealed class RmsNorm(WeightScope scope, int width, NormConfig.RmsNorm config) : Norm
    {
        private readonly Tensor weight = scope.Constant("weight", new Shape(width), 1 - config.WeightOffset);

        public override Tensor Forward(Tensor x) => NeuralOps.RmsNorm(x, weight, config.Epsilon, config.WeightOffset);
    }
}
