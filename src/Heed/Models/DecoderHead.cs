using System.Text.Json;

namespace Heed.Models;

/// <summary>The heads of decoder-only families: the next token, labels of the text or of each token, none.</summary>
internal static class DecoderHead
{
    /// <summary>The classes of a family.</summary>
    /// <param name="name">What its classes begin with.</param>
    /// <param name="language">What the class that predicts tokens ends with.</param>
    public static IReadOnlyList<(HeadKind Head, string Class)> Classes(string name, string language = "ForCausalLM") =>
    [
        (HeadKind.Vocabulary, name + language),
        (HeadKind.Sequence, name + "ForSequenceClassification"),
        (HeadKind.Tokens, name + "ForTokenClassification"),
        (HeadKind.None, name + "Model"),
    ];

    /// <summary>The head that the caller wants, else the one that the file names.</summary>
    /// <exception cref="InvalidDataException">These families have none of its kind.</exception>
    public static HeadConfig Read(ConfigReader c) => (c.Head is { } asked && Has(asked) ? asked : HeadKeys.Kind(c, HeadKind.Vocabulary)) switch
    {
        HeadKind.Vocabulary => new HeadConfig(),
        HeadKind.None => new HeadConfig { Kind = HeadKind.None },
        HeadKind.Sequence => new HeadConfig { Kind = HeadKind.Sequence, Pooling = Pooling.Last, Labels = HeadKeys.Labels(c), Problem = HeadKeys.Problem(c) },
        HeadKind.Tokens => new HeadConfig { Kind = HeadKind.Tokens, Bias = true, Labels = HeadKeys.Labels(c) },
        HeadKind kind => throw c.Unsupported("architectures", $"a decoder has no head of kind {kind}"),
    };

    private static bool Has(HeadKind kind) => Classes("").Any(c => c.Head == kind);

    /// <summary>Writes the head's keys and the padding id.</summary>
    public static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        if (config.PadToken is { } pad) w.WriteNumber("pad_token_id", pad);
        else w.WriteNull("pad_token_id");
        HeadKeys.Write(w, config.Head);
    }

    /// <summary>The names of the head's weights.</summary>
    /// <param name="config">The model.</param>
    /// <param name="language">The name of the output projection to the vocabulary.</param>
    /// <param name="tokens">The name of the one to the labels of each token.</param>
    public static IEnumerable<WeightName> Names(TransformerConfig config, string language = "lm_head", string tokens = "score")
    {
        string name = config.Head.Kind switch { HeadKind.Vocabulary => language, HeadKind.Tokens => tokens, _ => "score" };
        return [new("head.weight", name + ".weight"), new("head.bias", name + ".bias")];
    }
}
