using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Models;

/// <summary>Small models of every family with odd sizes.</summary>
internal static class TinyModels
{
    public static readonly string[] Families = ["gpt2", "llama", "qwen2"];

    public static TransformerConfig Config(string family, bool? tied = null, int vocabulary = 61, int width = 24, int depth = 2, int context = 40) => new()
    {
        ModelType = family,
        Vocabulary = vocabulary,
        Context = context,
        TieEmbeddings = tied ?? family != "llama",
        BeginToken = 1,
        EndTokens = [2],
        Decoder = family == "gpt2"
            ? new StackConfig
            {
                Depth = depth,
                Width = width,
                Heads = 4,
                Positions = new PositionConfig.Learned(context),
                Norm = new NormConfig.LayerNorm(1e-5f),
                FeedForward = new FeedForwardConfig(4 * width + 1, ActivationKind.GeluTanh),
                InitialDeviation = 0.2f,
            }
            : new StackConfig
            {
                Depth = depth,
                Width = width,
                Heads = 4,
                KeyValueHeads = 2,
                Positions = new PositionConfig.Rotary(10000, context),
                Norm = new NormConfig.RmsNorm(1e-6f),
                FeedForward = new FeedForwardConfig(2 * width + 3, ActivationKind.Silu, Gated: true, Bias: false),
                QueryKeyValueBias = family == "qwen2",
                OutputBias = false,
                InitialDeviation = 0.2f,
            },
    };

    /// <summary>A model all of whose weights are random, biases and norms too, so that none can be lost unseen.</summary>
    public static Transformer Random(TransformerConfig config, ulong seed = 5)
    {
        Transformer model = new(config, seed);
        RandomSource random = new(seed + 1);
        foreach ((string name, Tensor weight) in model.Weights)
        {
            if (weight.Shape.Rank > 1) continue;
            RandomSource own = random.Split(name);
            for (int i = 0; i < weight.Count; i++) weight.Span[i] += 0.3f * ((float)own.NextDouble() - 0.5f);
        }
        return model;
    }

    /// <summary>SHA-256 of all weights, in order.</summary>
    public static string Hash(Transformer model)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((_, Tensor weight) in model.Weights) hash.AppendData(MemoryMarshal.AsBytes(weight.Span));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static int[] Tokens(int count, int vocabulary, ulong seed)
    {
        RandomSource random = new(seed);
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) ids[i] = random.Next(vocabulary);
        return ids;
    }

    /// <summary>The logits (length, vocabulary) of a whole text in one pass.</summary>
    public static float[] Logits(Transformer model, int[] ids)
    {
        using MemoryScope scope = new();
        return model.Forward(Tensor.From(new Shape(1, ids.Length), ids)).ToArray();
    }
}
