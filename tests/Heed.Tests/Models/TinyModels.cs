using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Tests.Models;

/// <summary>Small models of every decoder family with odd sizes.</summary>
internal static class TinyModels
{
    public static readonly string[] Families = ["gemma", "gemma2", "glm", "glm4", "gpt2", "gpt_neox", "llama", "mistral", "mixtral", "phi", "qwen2", "qwen3"];

    private static readonly string[] untied = ["glm", "glm4", "gpt_neox", "llama", "mistral", "mixtral", "phi", "qwen3"];

    public static TransformerConfig Config(string family, bool? tied = null, int vocabulary = 61, int width = 24, int depth = 2, int context = 40) => new()
    {
        ModelType = family,
        Vocabulary = vocabulary,
        Context = context,
        TieEmbeddings = tied ?? !untied.Contains(family),
        BeginToken = 1,
        EndTokens = [2],
        Head = family switch
        {
            "gemma2" => new HeadConfig { SoftCap = 4 },
            "phi" => new HeadConfig { Bias = true },
            _ => new HeadConfig(),
        },
        Decoder = Stack(family, width, depth, context),
    };

    /// <summary>A stack with all that makes the family another than LLaMA.</summary>
    public static StackConfig Stack(string family, int width = 24, int depth = 2, int context = 40)
    {
        FeedForwardConfig plain = new(4 * width + 1, ActivationKind.GeluTanh), gated = new(2 * width + 3, ActivationKind.Silu, Gated: true, Bias: false);
        StackConfig llama = new()
        {
            Depth = depth,
            Width = width,
            Heads = 4,
            KeyValueHeads = 2,
            Positions = new PositionConfig.Rotary(10000, context),
            Norm = new NormConfig.RmsNorm(1e-6f),
            FeedForward = gated,
            QueryKeyValueBias = false,
            OutputBias = false,
            InitialDeviation = 0.2f,
        };
        StackConfig gemma = llama with
        {
            HeadDim = 10,
            KeyValueHeads = 1,
            Norm = new NormConfig.RmsNorm(1e-6f, WeightOffset: 1),
            Embedding = new EmbeddingConfig(Scale: MathF.Sqrt(width)),
            FeedForward = gated with { Activation = ActivationKind.GeluTanh },
        };
        StackConfig glm = llama with { HeadDim = 8, Positions = new PositionConfig.Rotary(10000, context, Dimension: 4, Interleaved: true), QueryKeyValueBias = true };
        StackConfig biased = llama with { Norm = new NormConfig.LayerNorm(1e-5f), FeedForward = plain, QueryKeyValueBias = true, OutputBias = true };
        return family switch
        {
            "gemma" => gemma,
            "gemma2" => gemma with { Placement = Placement.Sandwich, Window = 5, WindowedBlocks = Alternating(depth), Scores = new ScoreConfig((float)(1 / Math.Sqrt(24)), SoftCap: 3) },
            "glm" => glm,
            "glm4" => glm with { Placement = Placement.Sandwich },
            "gpt2" => biased with { KeyValueHeads = null, Positions = new PositionConfig.Learned(context) },
            "gpt_neox" => biased with { KeyValueHeads = null, Placement = Placement.Parallel, Positions = new PositionConfig.Rotary(10000, context, Dimension: 2) },
            "llama" => llama,
            "mistral" => llama with { Window = 5 },
            "mixtral" => llama with { FeedForward = gated with { Experts = new ExpertConfig(5, 2) } },
            "phi" => biased with { HeadDim = 8, Placement = Placement.ParallelOneNorm, Scores = new ScoreConfig(Normalised: true), Positions = new PositionConfig.Rotary(10000, context, Dimension: 4) },
            "qwen2" => llama with { QueryKeyValueBias = true, Window = 5, WindowedBlocks = Alternating(depth) },
            "qwen3" => llama with { HeadDim = 10, Scores = new ScoreConfig(Normalised: true) },
            _ => throw new ArgumentException(family),
        };
    }

    private static IReadOnlyList<bool>? Alternating(int depth) => depth == 1 ? null : [.. Enumerable.Range(0, depth).Select(i => i % 2 == 0)];

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
