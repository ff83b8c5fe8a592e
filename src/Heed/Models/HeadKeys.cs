using System.Text.Json;

namespace Heed.Models;

/// <summary>Where the weights of a head stand in a family's file: the names without their last part.</summary>
/// <param name="Output">The output projection.</param>
/// <param name="Dense">The layer before it.</param>
/// <param name="Norm">The norm of that layer.</param>
/// <param name="Bias">The whole name of the output's bias where it stands apart; files that have it with the projection load too.</param>
internal sealed record HeadPlace(string Output, string Dense = "", string Norm = "", string? Bias = null);

/// <summary>What configuration and weight files say of the head: the class under <c>architectures</c>, the labels, the weights.</summary>
internal static class HeadKeys
{
    /// <summary>The head of an encoder, from the class that the file names.</summary>
    /// <param name="c">The file.</param>
    /// <param name="family">The family.</param>
    /// <param name="transforms">The layer before the output projection, for each kind of head that has one.</param>
    public static HeadConfig Read(ConfigReader c, ModelFamily family, params (HeadKind Kind, HeadTransform Transform)[] transforms)
    {
        HeadKind kind = Kind(c, family);
        HeadTransform? transform = transforms.FirstOrDefault(t => t.Kind == kind).Transform;
        return new HeadConfig
        {
            Kind = kind,
            Pooling = kind == HeadKind.Sequence ? Pooled(c) : Pooling.First,
            Bias = kind != HeadKind.None,
            Transform = kind != HeadKind.None || c.Bool("add_pooling_layer", true) ? transform : null,
            Labels = kind is HeadKind.Sequence or HeadKind.Tokens ? Labels(c) : [],
            Problem = kind == HeadKind.Sequence ? Problem(c) : null,
        };
    }

    /// <summary>The lines of a head in the table of weights.</summary>
    public static IEnumerable<WeightName> Names(HeadPlace place) =>
    [
        .. new[] { "weight", "bias" }.SelectMany<string, WeightName>(kind =>
        [
            new("head.dense." + kind, $"{place.Dense}.{kind}"),
            new("head.norm." + kind, $"{place.Norm}.{kind}"),
        ]),
        new("head.weight", place.Output + ".weight"),
        new("head.bias", place.Bias ?? place.Output + ".bias") { OtherNames = [place.Output + ".bias"] },
    ];

    /// <summary>The kind of head that was asked for, else that of the class that the file names; where it names none, the family's usual one.</summary>
    /// <exception cref="InvalidDataException">The class has a head that is not known, or the family has none of the kind that was asked for.</exception>
    public static HeadKind Kind(ConfigReader c, ModelFamily family)
    {
        if (c.Head is { } asked) return family.Architectures.Any(a => a.Head == asked) ? asked : throw c.Unsupported("architectures", $"a {family.ModelType} model has no head of kind {asked}");
        string? name = c.Texts("architectures").FirstOrDefault();
        return family.Architectures.Where(a => a.Class == name).Select(a => (HeadKind?)a.Head).FirstOrDefault() ?? Kind(c, family.Architectures[0].Head);
    }

    /// <summary>The kind of head of the class that the file names; the family's own where it names none.</summary>
    /// <exception cref="InvalidDataException">The class has a head that is not known.</exception>
    public static HeadKind Kind(ConfigReader c, HeadKind otherwise)
    {
        IReadOnlyList<string> classes = c.Texts("architectures");
        if (classes.Count == 0) return otherwise;
        string name = classes[0];
        (string End, HeadKind Kind)[] known =
        [
            ("ForMaskedLM", HeadKind.Vocabulary), ("LMHeadModel", HeadKind.Vocabulary), ("ForCausalLM", HeadKind.Vocabulary), ("ForConditionalGeneration", HeadKind.Vocabulary),
            ("MTModel", HeadKind.Vocabulary), ("ForPreTraining", HeadKind.Vocabulary),
            ("ForSequenceClassification", HeadKind.Sequence), ("ForImageClassification", HeadKind.Sequence),
            ("ForTokenClassification", HeadKind.Tokens), ("ForQuestionAnswering", HeadKind.Span),
            ("Model", HeadKind.None),
        ];
        foreach ((string end, HeadKind kind) in known)
            if (name.EndsWith(end, StringComparison.Ordinal)) return kind;
        throw c.Unsupported("architectures", $"\"{name}\" has a head that is not known; known are classes that end in {string.Join(", ", known.Select(k => k.End))}");
    }

    /// <summary>The labels: <c>id2label</c>, else <c>num_labels</c> numbered ones, else the two that Hugging Face assumes.</summary>
    public static IReadOnlyList<string> Labels(ConfigReader c)
    {
        IReadOnlyDictionary<string, string> named = c.TextMap("id2label");
        if (named.Count == 0) return Numbered(c.Int("num_labels", 2));
        string[] labels = new string[named.Count];
        foreach ((string id, string label) in named)
            labels[int.TryParse(id, out int i) && i >= 0 && i < labels.Length ? i : throw c.Unsupported("id2label", $"\"{id}\" is not one of the numbers 0 to {labels.Length - 1}")] = label;
        return labels;
    }

    /// <summary>What the labels mean to the loss.</summary>
    public static ProblemKind? Problem(ConfigReader c) => c.Text("problem_type", "") switch
    {
        "" => null,
        "single_label_classification" => ProblemKind.SingleLabel,
        "multi_label_classification" => ProblemKind.MultiLabel,
        "regression" => ProblemKind.Regression,
        string other => throw c.Unsupported("problem_type", $"\"{other}\" is not known; known are single_label_classification, multi_label_classification, regression"),
    };

    // ModernBERT's key; the classes of older encoders know the first token alone, and leave it out.
    private static Pooling Pooled(ConfigReader c) => c.Text("classifier_pooling", "cls") switch
    {
        "cls" => Pooling.First,
        "mean" => Pooling.Mean,
        string other => throw c.Unsupported("classifier_pooling", $"\"{other}\" is not known; known are cls, mean"),
    };

    /// <summary>Writes labels and problem of a classification head.</summary>
    public static void Write(Utf8JsonWriter w, HeadConfig head)
    {
        if (head is { Kind: HeadKind.None, Transform: null }) w.WriteBoolean("add_pooling_layer", false);
        if (head.Kind is not (HeadKind.Sequence or HeadKind.Tokens)) return;
        w.WriteStartObject("id2label");
        for (int i = 0; i < head.Labels.Count; i++) w.WriteString($"{i}", head.Labels[i]);
        w.WriteEndObject();
        w.WriteStartObject("label2id");
        for (int i = 0; i < head.Labels.Count; i++) w.WriteNumber(head.Labels[i], i);
        w.WriteEndObject();
        if (head.Pooling == Pooling.Mean) w.WriteString("classifier_pooling", "mean");
        if (head.Problem is { } problem)
            w.WriteString("problem_type", problem switch { ProblemKind.SingleLabel => "single_label_classification", ProblemKind.MultiLabel => "multi_label_classification", _ => "regression" });
    }

    private static string[] Numbered(int count) => count is > 0 and <= 1 << 20
        ? [.. Enumerable.Range(0, count).Select(i => $"LABEL_{i}")]
        : throw new InvalidDataException($"num_labels must be 1 to {1 << 20}, given {count}");
}
