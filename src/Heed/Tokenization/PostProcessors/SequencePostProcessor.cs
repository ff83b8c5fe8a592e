using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>Several post-processors, one after another, of which one may add tokens ("Sequence" in tokenizer.json).</summary>
public sealed class SequencePostProcessor : IPostProcessor
{
    private readonly IPostProcessor[] processors;

    /// <summary>Takes the post-processors in order.</summary>
    /// <exception cref="FormatException">More than one of them adds tokens.</exception>
    public SequencePostProcessor(IEnumerable<IPostProcessor> processors)
    {
        ArgumentNullException.ThrowIfNull(processors);
        this.processors = [.. processors];
        if (this.processors.Count(p => p.Frame(false) is not null) > 1)
            throw new FormatException("A sequence of post-processors has more than one that adds tokens; one is supported.");
    }

    /// <summary>The post-processors in order.</summary>
    public IReadOnlyList<IPostProcessor> Processors => processors;

    /// <inheritdoc/>
    public OffsetTrim? Trim => processors.Select(p => p.Trim).FirstOrDefault(t => t is not null);

    /// <inheritdoc/>
    public TokenFrame? Frame(bool pair) => processors.Select(p => p.Frame(pair)).FirstOrDefault(f => f is not null);

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "Sequence", w =>
    {
        w.WriteStartArray("processors");
        foreach (IPostProcessor processor in processors) processor.Write(w);
        w.WriteEndArray();
    });
}
