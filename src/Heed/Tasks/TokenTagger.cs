using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Tasks;

/// <summary>A word and its label.</summary>
/// <param name="Label">The most probable label, such as <c>B-PER</c>.</param>
/// <param name="Text">The word.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Score">The label's probability.</param>
public sealed record TaggedWord(string Label, string Text, int Start, int End, double Score);

/// <summary>Words that are one thing: a name, a place.</summary>
/// <param name="Label">What it is, without <c>B-</c> or <c>I-</c>.</param>
/// <param name="Text">Its part of the text.</param>
/// <param name="Start">Where it begins in the text, in UTF-16 units.</param>
/// <param name="End">Where it ends.</param>
/// <param name="Score">Mean probability of its words' labels.</param>
public sealed record TaggedEntity(string Label, string Text, int Start, int End, double Score);

/// <summary>
/// Finds the names, places, ... of a text with a model for token classification.
/// <code>
/// foreach (TaggedEntity e in TokenTagger.Load("models/ner").Tag("Ada Lovelace lived in London.")) Console.WriteLine($"{e.Label}: {e.Text}");
/// </code>
/// </summary>
public sealed class TokenTagger
{
    private readonly EncoderModel model;

    /// <summary>Joins a model for token classification and its tokenizer.</summary>
    /// <exception cref="ArgumentException">The model is of another kind.</exception>
    public TokenTagger(Transformer transformer, Tokenizer tokenizer)
    {
        Accept(transformer.Config);
        model = new EncoderModel(transformer, tokenizer);
    }

    /// <summary>The labels in the order of the model's scores.</summary>
    public IReadOnlyList<string> Labels => model.Transformer.Config.Head.Labels;

    /// <summary>Loads a folder in the layout of Hugging Face.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or the model is of another kind.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TokenTagger Load(string folder)
    {
        (Transformer transformer, Tokenizer tokenizer) = EncoderModel.Load(folder, Accept);
        return new TokenTagger(transformer, tokenizer);
    }

    /// <summary>
    /// The entities of a text in its order: words labelled <c>B-X</c>, then <c>I-X</c>, are one; so are neighbours with the same label
    /// where labels have no such prefix. <c>O</c> is no entity.
    /// </summary>
    public IReadOnlyList<TaggedEntity> Tag(string text) => Merge(text, Words(text));

    /// <summary>The words of a text with their labels. A word has the label of its first token, which is the one that training teaches.</summary>
    /// <remarks>A text beyond the model's context is read in overlapping parts; a word's label is that of the part in which it stands farther from the ends.</remarks>
    public IReadOnlyList<TaggedWord> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        TokenEncoding tokens = model.Tokens(text);
        if (tokens.Count == 0) return [];
        (int Start, int End)[] spans = tokens.OffsetsInUtf16(text);
        int room = model.Room(pair: false);
        if (room < 1) throw new ArgumentException($"the model reads {model.MaximumTokens} tokens at most, which leaves none for the text");
        (int From, int Count)[] windows = [.. EncoderModel.Windows(tokens.Count, room, room / 4)];
        int[] starts = new int[windows.Length], margins = [.. Enumerable.Repeat(-1, tokens.Count)];
        double[][] probabilities = new double[tokens.Count][];
        ModelText[] framed = [.. windows.Select((w, i) => model.Frame(tokens, null, w.From, w.Count, out starts[i]))];
        model.Run(framed, model.Transformer.Forward, (window, logits, row) =>
        {
            (int from, int count) = windows[window];
            for (int t = 0; t < count; t++)
            {
                int margin = Math.Min(t, count - 1 - t);
                if (margin <= margins[from + t]) continue;
                (margins[from + t], probabilities[from + t]) = (margin, Scores.Softmax(Scores.Finite(logits.Row(row * logits.Shape[1] + starts[window] + t))));
            }
        });
        List<TaggedWord> words = [];
        for (int first = 0, next; first < tokens.Count; first = next)
        {
            next = first + 1;
            while (next < tokens.Count && tokens.WordIds[next] is { } word && word == tokens.WordIds[first]) next++;
            int best = Array.IndexOf(probabilities[first], probabilities[first].Max());
            words.Add(new TaggedWord(Labels[best], text[spans[first].Start..spans[next - 1].End], spans[first].Start, spans[next - 1].End, probabilities[first][best]));
        }
        return words;
    }

    /// <summary>Entities of labelled words.</summary>
    internal static IReadOnlyList<TaggedEntity> Merge(string text, IReadOnlyList<TaggedWord> words)
    {
        List<TaggedEntity> entities = [];
        for (int first = 0, next; first < words.Count; first = next)
        {
            next = first + 1;
            (char _, string kind) = Parts(words[first].Label);
            if (kind == "O") continue;
            while (next < words.Count && Parts(words[next].Label) is ('I', var same) && same == kind) next++;
            (int start, int end) = (words[first].Start, words[next - 1].End);
            entities.Add(new TaggedEntity(kind, text[start..end], start, end, words.Skip(first).Take(next - first).Average(w => w.Score)));
        }
        return entities;
    }

    // A label without a prefix goes on with its kind, as I- does.
    private static (char Prefix, string Kind) Parts(string label) => label is [var prefix and ('B' or 'I'), '-', ..] ? (prefix, label[2..]) : ('I', label);

    private static void Accept(TransformerConfig config) => EncoderModel.Expect(config, HeadKind.Tokens, "tagging words", "a model for token classification (...ForTokenClassification)");
}
