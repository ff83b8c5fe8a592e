using System.Text.Json;

namespace Heed.Models;

/// <summary>How the files of a family are named, whatever its models are made of.</summary>
/// <param name="ModelType">The Hugging Face <c>model_type</c>.</param>
/// <param name="Architectures">The class named under <c>architectures</c> in a saved configuration, for each kind of head that the family has; the first is its usual one.</param>
/// <param name="Prefix">What stands before the names of the base model; files without it load too.</param>
/// <param name="Ignored">Tensors in files that the model does not need (buffers, other heads): the ends of their names, or with <c>*</c> at the end their beginnings without the prefix.</param>
public abstract record Family(string ModelType, IReadOnlyList<(HeadKind Head, string Class)> Architectures, string Prefix, IReadOnlyList<string> Ignored)
{
    /// <summary>The class of a head.</summary>
    /// <exception cref="ArgumentException">The family has none for it.</exception>
    public string Architecture(HeadKind head) =>
        Architectures.FirstOrDefault(a => a.Head == head).Class ?? throw new ArgumentException($"the {ModelType} family has no class for a head of kind {head}");

    /// <summary>Whether a tensor of a file may be left unread.</summary>
    public bool Ignores(string name)
    {
        string bare = name.StartsWith(Prefix, StringComparison.Ordinal) ? name[Prefix.Length..] : name;
        return Ignored.Any(i => i.EndsWith('*') ? bare.StartsWith(i.AsSpan(0, i.Length - 1), StringComparison.Ordinal) : name.EndsWith(i, StringComparison.Ordinal));
    }
}

/// <summary>
/// What a family of models is: a map of its configuration file and a table of its weight names. There is no forward here:
/// every family runs the one <see cref="Transformer"/>.
/// </summary>
/// <param name="ModelType">The Hugging Face <c>model_type</c>.</param>
/// <param name="Architectures">The class named under <c>architectures</c> in a saved configuration, for each kind of head that the family has; the first is its usual one.</param>
/// <param name="Prefix">What stands before the names of the base model; files without it load too.</param>
/// <param name="Read">Configuration file to configuration.</param>
/// <param name="Write">Configuration to the keys of its file.</param>
/// <param name="Names">The table of weights of a configuration, Heed's name to the file's.</param>
/// <param name="Ignored">Tensors in files that the model does not need (buffers, other heads): the ends of their names, or with <c>*</c> at the end their beginnings without the prefix.</param>
public sealed record ModelFamily(
    string ModelType,
    IReadOnlyList<(HeadKind Head, string Class)> Architectures,
    string Prefix,
    Func<ConfigReader, TransformerConfig> Read,
    Action<Utf8JsonWriter, TransformerConfig> Write,
    Func<TransformerConfig, IEnumerable<WeightName>> Names,
    IReadOnlyList<string> Ignored) : Family(ModelType, Architectures, Prefix, Ignored)
{
    /// <summary>A family that only predicts tokens.</summary>
    public ModelFamily(string modelType, string architecture, string prefix, Func<ConfigReader, TransformerConfig> read, Action<Utf8JsonWriter, TransformerConfig> write, Func<TransformerConfig, IEnumerable<WeightName>> names, IReadOnlyList<string> ignored)
        : this(modelType, [(HeadKind.Vocabulary, architecture)], prefix, read, write, names, ignored)
    {
    }
}
