using System.Runtime.InteropServices;

namespace Heed.Tokenization;

/// <summary>
/// Encodes text with a unigram model word by word and keeps the ids of the words it has met. The best way to cover a text is that
/// of each of its words, as no token reaches over a cut, but for ties: sums over a long text are rounded otherwise than those of a
/// word. So a word is taken for itself only when its best way is better than any other by more than rounding can do at its place;
/// else the text is searched as a whole. The ids are always those of the model. One thread at a time uses it.
/// </summary>
internal sealed class UnigramEncoder(UnigramModel model) : WordEncoder
{
    private const int MaxKept = 128, MaxWords = 1 << 17;   // bytes of a word, words

    private readonly record struct Word(int End, float Score, float Margin);

    private readonly bool cuts = model.SuitsWords;
    private readonly double rounding = model.SinglePrecision ? Math.ScaleB(1, -24) : Math.ScaleB(1, -53);
    private readonly ByteMap places = new();
    private readonly List<Word> words = [];
    private readonly List<int> ids = [];

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> text, List<int> output)
    {
        if (!cuts && text.Length > MaxKept)
        {
            model.Encode(text, output);
            return;
        }
        int first = output.Count;
        double sum = 0;
        for (int start = 0; start < text.Length;)
        {
            int end = cuts ? default(SpaceWords).NextEnd(text, start) : text.Length;
            ReadOnlySpan<byte> word = text[start..end];
            (double score, double margin) = Add(word, output);
            sum += Math.Abs(score);
            // A cut text has other sums than one word: each of up to word.Length additions on two ways may be off by a rounding.
            if (word.Length < text.Length && margin < 8 * word.Length * rounding * (2 * sum + 100))
            {
                output.RemoveRange(first, output.Count - first);
                model.Encode(text, output);
                return;
            }
            start = end;
        }
    }

    private (double Score, double Margin) Add(ReadOnlySpan<byte> word, List<int> output)
    {
        int place = word.Length <= MaxKept ? places.Find(word) : -1;
        if (place >= 0)
        {
            Word known = CollectionsMarshal.AsSpan(words)[place];
            int start = place == 0 ? 0 : CollectionsMarshal.AsSpan(words)[place - 1].End;
            ReadOnlySpan<int> found = CollectionsMarshal.AsSpan(ids)[start..known.End];
            if (found.Length == 1) output.Add(found[0]);
            else output.AddRange(found);
            return (known.Score, known.Margin);
        }
        int first = output.Count;
        (double score, double margin) = model.EncodeWord(word, output);
        if (word.Length > MaxKept) return (score, margin);
        if (words.Count >= MaxWords)
        {
            places.Clear();
            words.Clear();
            ids.Clear();
        }
        places.GetOrAdd(word, out _);
        ids.AddRange(CollectionsMarshal.AsSpan(output)[first..]);
        words.Add(new Word(ids.Count, (float)score, (float)margin));
        return (score, margin);
    }
}
