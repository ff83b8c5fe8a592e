using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>
/// Fills the blanks of a template from data and by a model. What stands outside of them is never changed, and is read by the model in one pass between two
/// blanks; records with the same beginning read it once. A blank ends where its grammar does, where the text behind it begins, or at its stop text.
/// Not for several threads at once.
/// </summary>
public sealed class TemplateFiller
{
    private readonly LanguageModel? model;
    private readonly FillTemplate template;
    private readonly TokenFeed? feed;
    private readonly Dictionary<(TemplateBlank, string), TokenConstraint> constraints = [];

    /// <summary>A filler of a template.</summary>
    /// <param name="template">The template.</param>
    /// <param name="model">A model that continues texts; null = all blanks are filled from data.</param>
    public TemplateFiller(FillTemplate template, LanguageModel? model = null)
    {
        (this.template, this.model) = (template, model);
        if (model is not null) feed = new TokenFeed(model.Transformer);
    }

    /// <summary>Tokens that the model has read so far, and in how many passes.</summary>
    public (long Tokens, long Passes) Work => feed is null ? (0, 0) : (feed.Read, feed.Passes);

    /// <summary>Fills the blanks once.</summary>
    /// <param name="data">Values by name; they stand as they are.</param>
    /// <param name="options">How the model chooses; its most tokens count for each blank. Null = the defaults.</param>
    /// <param name="cancellation">Ends the work between two tokens.</param>
    /// <exception cref="FormatException">A value is missing or does not fit its blank; the message says where.</exception>
    /// <exception cref="ArgumentException">The text is longer than the model's context.</exception>
    public FilledTemplate Fill(IReadOnlyDictionary<string, string> data, SamplingOptions? options = null, CancellationToken cancellation = default)
    {
        options = (options ?? new SamplingOptions()) with { Constraint = null, Rules = new TokenRules(), Stop = [] };
        Dictionary<string, string> known = new(data);
        List<FilledBlank> values = [];
        StringBuilder text = new();
        Draft? draft = null;
        for (int i = 0; i < template.Parts.Count; i++)
        {
            switch (template.Parts[i])
            {
                case TemplateText plain:
                    text.Append(plain.Text);
                    break;
                case TemplateBlank blank when known.TryGetValue(blank.Name, out string? value):
                    if (blank.Grammar is not null && data.ContainsKey(blank.Name)) Check(blank, value);
                    text.Append(value);
                    values.Add(new FilledBlank(blank.Name, value, false, null, 0, false));
                    break;
                case TemplateBlank { Grammar: not null } blank:
                    if (model is null) throw new FormatException($"{blank.Place} is not in the data, and there is no model to fill it");
                    draft ??= new Draft(model, Special(data));
                    FilledBlank filled = Written(draft, text.ToString(), blank, Following(i, known), options with { Seed = options.Seed + (ulong)i, MaxTokens = Math.Min(options.MaxTokens, blank.MaxTokens ?? int.MaxValue) }, cancellation);
                    known[blank.Name] = filled.Value;
                    text.Append(filled.Value);
                    values.Add(filled);
                    break;
                case TemplateBlank blank:
                    throw new FormatException($"{blank.Place} is not in the data, and does not say what a model may write");
            }
        }
        return new FilledTemplate(text.ToString(), values);
    }

    // The text behind a blank, as far as it is known; null = the end.
    private string? Following(int at, Dictionary<string, string> known)
    {
        StringBuilder text = new();
        TemplateBlank own = (TemplateBlank)template.Parts[at];
        foreach (TemplatePart part in template.Parts.Skip(at + 1))
        {
            if (part is TemplateText plain) text.Append(plain.Text);
            else if (part is TemplateBlank blank && known.TryGetValue(blank.Name, out string? value)) text.Append(value);
            else if (text.Length > 0) break;
            else throw new FormatException($"{own.Place} and '{((TemplateBlank)part).Name}' behind it need text between them, so that it is known where the first ends");
        }
        return text.Length > 0 ? text.ToString() : null;
    }

    // Text of strangers is plain text: where data spells a special token, none is parsed.
    private SpecialTokens Special(IReadOnlyDictionary<string, string> data) =>
        data.Values.Any(v => model!.Tokenizer.AddedTokens.Any(t => t.Special && v.Contains(t.Content, StringComparison.Ordinal))) ? SpecialTokens.None : SpecialTokens.Parse;

    private static void Check(TemplateBlank blank, string value)
    {
        Automaton automaton = new(GrammarCompiler.Compile(blank.Grammar!, null));
        if (!automaton.Read(automaton.Start, Encoding.UTF8.GetBytes(value)).Ends) throw new FormatException($"{blank.Place} does not allow the value '{value}' of the data");
    }

    private FilledBlank Written(Draft draft, string before, TemplateBlank blank, string? following, SamplingOptions options, CancellationToken cancellation)
    {
        // A model writes a word with the space before it: that space is left to it.
        string space = before.EndsWith(' ') ? " " : "";
        draft.Extend(before[..^space.Length]);
        if (!constraints.TryGetValue((blank, space), out TokenConstraint? constraint)) constraints[(blank, space)] = constraint = Compile(blank, space);
        BlankWriter writer = new(model!, feed!, constraint, new BlankEnds(model!, following, blank.Stop), blank.Stop, options);
        string value = writer.Write(draft.Ids, cancellation);
        draft.Wrote(value);
        return new FilledBlank(blank.Name, value[space.Length..], true, Math.Exp(writer.LogProb), writer.Tokens, writer.IsCut);
    }

    private TokenConstraint Compile(TemplateBlank blank, string space)
    {
        try
        {
            return new TokenConstraint(blank.Grammar!.Behind(space), model!.Tokenizer);
        }
        catch (FormatException e)
        {
            throw new FormatException($"{blank.Place}: {e.Message}", e);
        }
    }

    /// <summary>The text so far as tokens.</summary>
    private sealed class Draft(LanguageModel model, SpecialTokens special)
    {
        private string text = "";

        public List<int> Ids { get; } = [];

        /// <summary>Adds what a whole text has behind that so far.</summary>
        public void Extend(string whole)
        {
            string added = whole[text.Length..];
            if (text.Length == 0 && Ids.Count == 0) Ids.AddRange(model.Tokenizer.Encode(added, special | SpecialTokens.Add));
            else Ids.AddRange(TextContinuation.Encode(model.Tokenizer, added, special));
            if (Ids.Count == 0) Ids.Add(model.Transformer.Config.BeginToken ?? throw new FormatException("the template begins with a blank, and the model has no token that starts a text: put some text before it"));
            text = whole;
        }

        /// <summary>Text whose tokens were added.</summary>
        public void Wrote(string value) => text += value;
    }
}
