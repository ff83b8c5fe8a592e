using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Training;

/// <summary>Settings of <see cref="AdamW"/>; the defaults are PyTorch's.</summary>
/// <param name="Beta1">Decay of the first moment.</param>
/// <param name="Beta2">Decay of the second moment.</param>
/// <param name="Epsilon">Added to the root of the second moment.</param>
/// <param name="WeightDecay">Decoupled weight decay.</param>
public readonly record struct AdamWOptions(double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0.01)
{
    /// <summary>PyTorch's defaults.</summary>
    public AdamWOptions() : this(0.9)
    {
    }
}

/// <summary>AdamW (Loshchilov and Hutter 2019) as <c>torch.optim.AdamW</c> computes it, over all parameters in one pass.</summary>
public sealed class AdamW
{
    private readonly AdamWOptions options;
    private readonly AdamSlot[] slots;
    private readonly AdamSlot[] ready; // those with a gradient, in a step
    private readonly string[] names;

    /// <summary>Makes the optimizer's state, zeroed.</summary>
    /// <param name="weights">The parameters by name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="decays">Which parameters decay; null = those with two dimensions or more (matrices and tables, not biases and norms).</param>
    /// <param name="rate">Factor of the learning rate of each parameter, by its name; null = 1.</param>
    public AdamW(IReadOnlyList<KeyValuePair<string, Tensor>> weights, AdamWOptions options, Func<string, Tensor, bool>? decays = null, Func<string, float>? rate = null)
    {
        this.options = options;
        decays ??= static (_, weight) => weight.Shape.Rank >= 2;
        names = [.. weights.Select(w => w.Key)];
        slots = new AdamSlot[weights.Count];
        ready = new AdamSlot[weights.Count];
        for (int i = 0; i < slots.Length; i++)
        {
            Tensor weight = weights[i].Value;
            slots[i] = new AdamSlot(weight, weight, Tensor.Persistent(weight.Shape), Tensor.Persistent(weight.Shape), decays(names[i], weight) ? (float)options.WeightDecay : 0, rate?.Invoke(names[i]) ?? 1);
        }
    }

    /// <summary>Steps made so far.</summary>
    public int Steps { get; set; }

    /// <summary>The moments by name (<c>m.NAME</c>, <c>v.NAME</c>), for checkpoints.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State
    {
        get
        {
            for (int i = 0; i < slots.Length; i++)
            {
                yield return new("m." + names[i], slots[i].M);
                yield return new("v." + names[i], slots[i].V);
            }
        }
    }

    /// <summary>Global L2 norm of all gradients, in double precision.</summary>
    public double GradientNorm()
    {
        double sum = 0;
        foreach (AdamSlot slot in slots)
            if (slot.Weight.Gradient is { } gradient) sum += slot.Weight.Device.Backend.SumOfSquares(gradient);
        return Math.Sqrt(sum);
    }

    /// <summary>One step on the present gradients, which are forgotten afterwards. A parameter without a gradient stays as it is.</summary>
    /// <param name="learningRate">Step size.</param>
    /// <param name="gradientScale">Factor of all gradients: clipping without a pass of its own.</param>
    public void Step(float learningRate, float gradientScale = 1)
    {
        Steps++;
        // The corrections are taken in double: 1 - 0.999f is off in the fifth digit.
        AdamHyper hyper = new(learningRate, (float)options.Beta1, (float)options.Beta2, (float)options.Epsilon, (float)options.WeightDecay,
            (float)(1 - Math.Pow(options.Beta1, Steps)), (float)(1 - Math.Pow(options.Beta2, Steps)), gradientScale);
        int count = 0;
        foreach (AdamSlot slot in slots)
            if (slot.Weight.Gradient is { } gradient) ready[count++] = slot with { Gradient = gradient };
        if (count == 0) return;
        ready[0].Weight.Device.Backend.AdamW(hyper, ready.AsSpan(0, count));
        for (int i = 0; i < count; i++) ready[i].Weight.ClearGradient();
    }

    /// <summary>The factor that brings a gradient of this norm down to <paramref name="limit"/>; 1 if it is below, or if the limit is 0.</summary>
    public static float ClipScale(double norm, double limit) => limit > 0 && norm > limit ? (float)(limit / (norm + 1e-6)) : 1;
}
