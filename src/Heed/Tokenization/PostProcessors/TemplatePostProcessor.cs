using System.Text.Json;

namespace Heed.Tokenization;

/// <summary>A special token of a template: a name, and the tokens that stand for it.</summary>
/// <param name="Name">What the template calls it.</param>
/// <param name="Tokens">The tokens with their ids.</param>
public sealed record TemplateToken(string Name, IReadOnlyList<(string Token, int Id)> Tokens);

/// <summary>A piece of a template: a text ("A", "B") or the name of a special token, and its type id.</summary>
/// <param name="Sequence">0 for A, 1 for B, null for a special token.</param>
/// <param name="Name">The name of the special token.</param>
/// <param name="TypeId">The type id of its tokens.</param>
public sealed record TemplatePiece(int? Sequence, string? Name, int TypeId);

/// <summary>Frames texts by templates ("TemplateProcessing" in tokenizer.json).</summary>
public sealed class TemplatePostProcessor : IPostProcessor
{
    private readonly TemplatePiece[] single, pair;
    private readonly TemplateToken[] tokens;
    private readonly TokenFrame singleFrame, pairFrame;

    /// <summary>Takes the templates.</summary>
    /// <param name="single">For one text.</param>
    /// <param name="pair">For two.</param>
    /// <param name="tokens">The special tokens that they name.</param>
    /// <exception cref="FormatException">A template names a special token that is not given, lacks a text, or has B where there is one text.</exception>
    public TemplatePostProcessor(IEnumerable<TemplatePiece> single, IEnumerable<TemplatePiece> pair, IEnumerable<TemplateToken> tokens)
    {
        this.single = [.. single];
        this.pair = [.. pair];
        this.tokens = [.. tokens];
        var byName = new Dictionary<string, TemplateToken>(StringComparer.Ordinal);
        foreach (TemplateToken token in this.tokens)
            if (!byName.TryAdd(token.Name, token))
                throw new FormatException($"The template has the special token '{token.Name}' twice.");
        singleFrame = MakeFrame(this.single, byName, "single", 1);
        pairFrame = MakeFrame(this.pair, byName, "pair", 2);
    }

    /// <summary>A template that puts tokens before and after each text.</summary>
    public static TemplatePostProcessor Around((string Token, int Id)? begin, (string Token, int Id)? end)
    {
        TemplatePiece[] Around(int sequence) =>
        [
            .. begin is { } b ? (TemplatePiece[])[new(null, b.Token, sequence)] : [],
            new(sequence, null, sequence),
            .. end is { } e ? (TemplatePiece[])[new(null, e.Token, sequence)] : [],
        ];
        TemplateToken[] named = [.. new[] { begin, end }.Where(t => t is not null).Select(t => t!.Value).Distinct().Select(t => new TemplateToken(t.Token, [t]))];
        return new TemplatePostProcessor(Around(0), [.. Around(0), .. Around(1)], named);
    }

    private static TokenFrame MakeFrame(TemplatePiece[] pieces, Dictionary<string, TemplateToken> tokens, string name, int texts)
    {
        var parts = new List<FramePart>();
        foreach (TemplatePiece piece in pieces)
        {
            if (piece.Sequence is { } sequence)
            {
                if (sequence >= texts) throw new FormatException($"The template '{name}' has a second text, but is for one.");
                parts.Add(FramePart.Text(sequence, piece.TypeId));
            }
            else
            {
                TemplateToken token = tokens.GetValueOrDefault(piece.Name!)
                    ?? throw new FormatException($"The template '{name}' names the special token '{piece.Name}', which special_tokens does not have.");
                parts.Add(new FramePart(null, token.Tokens, piece.TypeId));
            }
        }
        return new TokenFrame(parts);
    }

    /// <inheritdoc/>
    public TokenFrame? Frame(bool pair) => pair ? pairFrame : singleFrame;

    /// <inheritdoc/>
    public void Write(Utf8JsonWriter writer) => ComponentJson.Write(writer, "TemplateProcessing", w =>
    {
        WritePieces(w, "single", single);
        WritePieces(w, "pair", pair);
        w.WriteStartObject("special_tokens");
        foreach (TemplateToken token in tokens)
        {
            w.WriteStartObject(token.Name);
            w.WriteString("id", token.Name);
            w.WriteStartArray("ids");
            foreach ((_, int id) in token.Tokens) w.WriteNumberValue(id);
            w.WriteEndArray();
            w.WriteStartArray("tokens");
            foreach ((string text, _) in token.Tokens) w.WriteStringValue(text);
            w.WriteEndArray();
            w.WriteEndObject();
        }
        w.WriteEndObject();
    });

    private static void WritePieces(Utf8JsonWriter writer, string name, TemplatePiece[] pieces)
    {
        writer.WriteStartArray(name);
        foreach (TemplatePiece piece in pieces)
        {
            writer.WriteStartObject();
            writer.WriteStartObject(piece.Sequence is null ? "SpecialToken" : "Sequence");
            writer.WriteString("id", piece.Sequence switch { 0 => "A", 1 => "B", _ => piece.Name });
            writer.WriteNumber("type_id", piece.TypeId);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }
}
