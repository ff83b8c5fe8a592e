using Heed.Autograd;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Data;

/// <summary>A document that gaps are cut into.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="Starts">Where each token begins in the text, in UTF-16 units.</param>
public sealed record GapDocument(string Text, int[] Ids, int[] Starts)
{
    /// <summary>A text with its tokens.</summary>
    public static GapDocument Of(string text, Tokenizer tokenizer)
    {
        TokenEncoding encoding = tokenizer.EncodeDetailed(text, options: new EncodeOptions { Special = SpecialTokens.None });
        return new GapDocument(text, [.. encoding.Ids], Array.ConvertAll(encoding.OffsetsInUtf16(text), o => o.Start));
    }
}

/// <summary>How often and how gaps are cut.</summary>
/// <param name="Rate">Share of the pieces that have a gap; the others stay as they are.</param>
/// <param name="SuffixFirst">Share of those with a gap whose suffix comes first ("SPM").</param>
/// <param name="Characters">Whether a gap may begin and end within a token, as it does where somebody types; else between two.</param>
public sealed record GapOptions(double Rate = 0.5, double SuffixFirst = 0.5, bool Characters = true);

/// <summary>
/// Batches for filling gaps (Bavarian et al. 2022, https://arxiv.org/abs/2207.14255): a part of a document, cut at two random places, is
/// written as prefix, suffix, middle, so that a decoder learns to write the middle knowing both sides. Parts fill a row of the context's length;
/// every token is predicted.
/// </summary>
public sealed class GapBatches
{
    private const int Frame = 4; // the three tokens of a gap and the end of the text
    private const int Smallest = 16; // tokens for which a further part is worth beginning

    private readonly GapDocument[] documents;
    private readonly long[] first; // of each document, the tokens before it
    private readonly Tokenizer tokenizer;
    private readonly GapTokens tokens;
    private readonly GapOptions options;
    private readonly int batch, context, end;
    private readonly RandomSource fixedRandom;

    /// <summary>Batches over documents.</summary>
    /// <param name="documents">The documents; those without tokens are left out.</param>
    /// <param name="tokenizer">The tokenizer that they were encoded with.</param>
    /// <param name="end">Id that ends a document.</param>
    /// <param name="batch">Rows of a batch.</param>
    /// <param name="context">Tokens of a row, 16 or more.</param>
    /// <param name="options">Rate and kind of the gaps.</param>
    /// <param name="seed">Seed of the gaps of <see cref="InOrder"/>.</param>
    /// <param name="what">Name of the documents in errors, such as "training text".</param>
    /// <exception cref="InvalidDataException">There is no token, or the tokenizer has none of the tokens for gaps.</exception>
    public GapBatches(IEnumerable<GapDocument> documents, Tokenizer tokenizer, int end, int batch, int context, GapOptions options, ulong seed, string what)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batch, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, Smallest);
        this.documents = [.. documents.Where(d => d.Ids.Length > 0)];
        if (this.documents.Length == 0) throw new InvalidDataException($"the {what} has no token");
        tokens = GapTokens.Find(tokenizer) ?? throw new InvalidDataException($"the tokenizer has no tokens for gaps, such as {string.Join(", ", GapTokens.Names)}");
        (this.tokenizer, this.end, this.batch, this.context, this.options) = (tokenizer, end, batch, context, options);
        first = new long[this.documents.Length + 1];
        for (int i = 0; i < this.documents.Length; i++) first[i + 1] = first[i] + this.documents[i].Ids.Length;
        fixedRandom = new RandomSource(seed).Split("gaps");
    }

    /// <summary>Rows that go through the documents once.</summary>
    public int Windows => (int)Math.Max(1, first[^1] / context);

    /// <summary>A batch of rows at random places, drawn from <paramref name="random"/>: inputs and targets, both (batch, context).</summary>
    public (Tensor Inputs, Tensor Targets) Random(RandomSource random) => Rows(batch, r =>
    {
        RandomSource own = random.Split(r);
        return Row((long)(own.NextDouble() * first[^1]), own, scattered: true);
    });

    /// <summary>Rows <paramref name="from"/> .. <paramref name="from"/> + <paramref name="count"/> - 1 of <see cref="Windows"/>; their gaps are always the same.</summary>
    public (Tensor Inputs, Tensor Targets) InOrder(int from, int count) => Rows(count, r => Row((long)(from + r) * context % first[^1], fixedRandom.Split(from + r), scattered: false));

    private (Tensor, Tensor) Rows(int count, Func<int, List<int>> row)
    {
        Tensor inputs = Tensor.Empty(new Shape(count, context), DType.I32), targets = Tensor.Empty(inputs.Shape, DType.I32);
        inputs.Ints.Fill(end);
        targets.Ints.Fill(LossOps.IgnoreIndex);
        for (int r = 0; r < count; r++)
        {
            List<int> ids = row(r);
            for (int i = 0; i + 1 < ids.Count; i++) (inputs.Ints[r * context + i], targets.Ints[r * context + i]) = (ids[i], ids[i + 1]);
        }
        return (inputs, targets);
    }

    // At most context + 1 tokens: parts of documents from a place on, then of the next ones or of others.
    private List<int> Row(long place, RandomSource random, bool scattered)
    {
        List<int> row = new(context + 1);
        int document = DocumentAt(place), from = (int)(place - first[document]);
        while (true)
        {
            int room = context + 1 - row.Count;
            GapDocument d = documents[document];
            bool gap = random.NextDouble() < options.Rate;
            int count = Math.Min(d.Ids.Length - from, gap ? room - Frame : room);
            if (gap && count > 0) row.AddRange(WithGap(d, from, count, room, ref random));
            else row.AddRange(d.Ids.AsSpan(from, count));
            if (!gap && from + count == d.Ids.Length && row.Count <= context) row.Add(end);
            if (context + 1 - row.Count < Smallest) return row;
            document = scattered ? DocumentAt((long)(random.NextDouble() * first[^1])) : (document + 1) % documents.Length;
            from = 0;
        }
    }

    private int DocumentAt(long place)
    {
        int found = Array.BinarySearch(first, place);
        return Math.Min(found >= 0 ? found : ~found - 1, documents.Length - 1);
    }

    private int[] WithGap(GapDocument d, int from, int count, int room, ref RandomSource random)
    {
        (int[] prefix, int[] middle, int[] suffix) = options.Characters ? AtCharacters(d, from, count, ref random) : BetweenTokens(d, from, count, ref random);
        // Words that were cut have more tokens: what is too much is taken from both ends of the part.
        int tooMuch = Math.Max(0, prefix.Length + middle.Length + suffix.Length + Frame - room), ofPrefix = Math.Min(tooMuch, prefix.Length), ofSuffix = Math.Min(tooMuch - ofPrefix, suffix.Length);
        (prefix, suffix, middle) = (prefix[ofPrefix..], suffix[..^ofSuffix], middle[..^(tooMuch - ofPrefix - ofSuffix)]);
        return [.. random.NextDouble() < options.SuffixFirst ? tokens.AskSuffixFirst(prefix, suffix) : tokens.Ask(prefix, suffix), .. middle, end];
    }

    private static (int[], int[], int[]) BetweenTokens(GapDocument d, int from, int count, ref RandomSource random)
    {
        int a = random.Next(count + 1), b = random.Next(count + 1), low = from + Math.Min(a, b), high = from + Math.Max(a, b);
        return (d.Ids[from..low], d.Ids[low..high], d.Ids[high..(from + count)]);
    }

    private (int[], int[], int[]) AtCharacters(GapDocument d, int from, int count, ref RandomSource random)
    {
        int start = d.Starts[from], stop = from + count < d.Ids.Length ? d.Starts[from + count] : d.Text.Length;
        string text = d.Text[Whole(d.Text, start)..Whole(d.Text, stop)];
        int a = Whole(text, random.Next(text.Length + 1)), b = Whole(text, random.Next(text.Length + 1));
        return (Encode(text.AsSpan(0, Math.Min(a, b))), Encode(text.AsSpan(Math.Min(a, b), Math.Abs(a - b))), Encode(text.AsSpan(Math.Max(a, b))));
    }

    private int[] Encode(ReadOnlySpan<char> text) => tokenizer.Encode(text, SpecialTokens.None);

    // Never between the halves of a surrogate pair.
    private static int Whole(string text, int place) => place > 0 && place < text.Length && char.IsLowSurrogate(text[place]) ? place - 1 : place;
}
