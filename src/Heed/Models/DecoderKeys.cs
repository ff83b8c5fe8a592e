using System.Text.Json;
using Heed.Layers;

namespace Heed.Models;

/// <summary>The keys and names that LLaMA and the families of its kind share; the values are what Hugging Face takes where a file names none.</summary>
internal sealed record DecoderKeys(string ModelType)
{
    public int Vocabulary { get; init; } = 32000;
    public int Width { get; init; } = 4096;
    public int FeedForward { get; init; } = 11008;
    public int Depth { get; init; } = 32;
    public int Heads { get; init; } = 32;
    public int? KeyValueHeads { get; init; } // null = as many as heads
    public int? HeadDim { get; init; }       // null = width / heads
    public int Context { get; init; } = 2048;
    public string EpsilonKey { get; init; } = "rms_norm_eps";
    public double Epsilon { get; init; } = 1e-6;
    public string Activation { get; init; } = "silu";
    public bool Tied { get; init; }
    public int? BeginToken { get; init; }
    public IReadOnlyList<int> EndTokens { get; init; } = [];
    public int? PadToken { get; init; }
    public RotaryKeys Rotary { get; init; } = new();

    /// <summary>What a file says in keys that these families share: pre-norm by RMS, grouped heads, rotary positions, a gated feed-forward part, no biases.</summary>
    public TransformerConfig Read(ConfigReader c)
    {
        int width = c.Int("hidden_size", Width), heads = c.Int("num_attention_heads", Heads), context = c.Int("max_position_embeddings", Context);
        int? headDim = c.OptionalInt("head_dim", HeadDim);
        return new TransformerConfig
        {
            ModelType = ModelType,
            Vocabulary = c.Int("vocab_size", Vocabulary),
            Context = context,
            TieEmbeddings = c.Bool("tie_word_embeddings", Tied),
            BeginToken = c.OptionalInt("bos_token_id", BeginToken),
            EndTokens = c.Ints("eos_token_id", EndTokens),
            PadToken = c.OptionalInt("pad_token_id", PadToken),
            Head = DecoderHead.Read(c),
            Decoder = new StackConfig
            {
                Depth = c.Int("num_hidden_layers", Depth),
                Width = width,
                Heads = heads,
                KeyValueHeads = c.OptionalInt("num_key_value_heads", KeyValueHeads) ?? heads,
                HeadDim = headDim,
                Positions = Rotary.Read(c, context, headDim ?? (heads > 0 ? width / heads : 0)),
                Norm = new NormConfig.RmsNorm((float)c.Number(EpsilonKey, Epsilon)),
                FeedForward = new FeedForwardConfig(c.Int("intermediate_size", FeedForward), c.Activation("hidden_act", Activation), Gated: true, Bias: false),
                QueryKeyValueBias = false,
                OutputBias = false,
                InitialDeviation = (float)c.Number("initializer_range", 0.02),
            },
        };
    }

    /// <summary>Writes those keys.</summary>
    public void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        StackConfig s = config.Main;
        w.WriteNumber("hidden_size", s.Width);
        w.WriteNumber("intermediate_size", s.FeedForward.Width);
        w.WriteNumber("num_hidden_layers", s.Depth);
        w.WriteNumber("num_attention_heads", s.Heads);
        w.WriteNumber("num_key_value_heads", s.KeyHeads);
        w.WriteNumber("head_dim", s.HeadColumns);
        w.WriteString("hidden_act", Registry.ActivationName(s.FeedForward.Activation));
        w.WriteNumber("max_position_embeddings", config.Context);
        w.WriteNumber(EpsilonKey, Registry.Short(s.Norm.Epsilon));
        Rotary.Write(w, s, ModelType);
        DecoderHead.Write(w, config);
    }

    /// <summary>The window of every block, of some blocks (<c>layer_types</c>), or none.</summary>
    /// <param name="c">The file.</param>
    /// <param name="stack">The stack without windows.</param>
    /// <param name="window">The window that the file names; null or 0 = none.</param>
    /// <param name="usual">Which blocks have it where the file does not say.</param>
    public static StackConfig Windowed(ConfigReader c, StackConfig stack, int? window, Func<int, bool> usual)
    {
        IReadOnlyList<string> types = c.Texts("layer_types");
        bool[] windowed = types.Count > 0 ? [.. types.Select(IsWindowed)] : window is > 0 && stack.Depth is > 0 and < 1 << 16 ? [.. Enumerable.Range(0, stack.Depth).Select(usual)] : [];
        if (!windowed.Contains(true)) return stack;
        if (window is null or 0) throw c.Unsupported("layer_types", "some blocks have a sliding window, and the file names none");
        return stack with { Window = window.Value, WindowedBlocks = windowed.All(b => b) ? null : windowed };

        bool IsWindowed(string type) => type switch
        {
            "sliding_attention" => true,
            "full_attention" => false,
            _ => throw c.Unsupported("layer_types", $"\"{type}\" is not known; known are full_attention, sliding_attention"),
        };
    }

    /// <summary>Writes which blocks have the window.</summary>
    public static void WriteWindows(Utf8JsonWriter w, StackConfig s)
    {
        if (s.Window > 0) w.WriteNumber("sliding_window", s.Window);
        else w.WriteNull("sliding_window");
        w.WriteStartArray("layer_types");
        for (int i = 0; i < s.Depth; i++) w.WriteStringValue(s.WindowOf(i) > 0 ? "sliding_attention" : "full_attention");
        w.WriteEndArray();
    }
}
