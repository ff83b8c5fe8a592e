using System.Text;

namespace Heed.Generation;

/// <summary>The tokens with which a model says that a blank is full: those that begin what follows it.</summary>
internal sealed class BlankEnds
{
    /// <param name="model">The model.</param>
    /// <param name="following">The text behind the blank; null = the end, which is an end token or a new line.</param>
    /// <param name="stop">Another text that ends it.</param>
    public BlankEnds(LanguageModel model, string? following, string? stop)
    {
        ConstraintVocabulary vocabulary = ConstraintVocabulary.Of(model.Tokenizer);
        Mask = new ulong[(model.Transformer.Config.Vocabulary + 63) / 64];
        byte[][] texts = [.. new[] { following ?? "\n", stop }.OfType<string>().Select(Encoding.UTF8.GetBytes)];
        for (int id = 0; id < vocabulary.Size; id++)
        {
            ReadOnlySpan<byte> own = vocabulary.BytesOf(id, first: false);
            if (own.IsEmpty) continue;
            foreach (byte[] text in texts)
                // What comes behind the following text is not yet known, so no token may reach beyond it.
                if (text.AsSpan().StartsWith(own) || ((following is null || text != texts[0]) && own.StartsWith(text))) Set(id);
        }
        if (following is null)
            foreach (int id in model.Transformer.Config.EndTokens) Set(id);

        void Set(int id) => Mask[id >> 6] |= 1UL << (id & 63);
    }

    /// <summary>(vocabulary / 64, rounded up) the tokens as bits.</summary>
    public ulong[] Mask { get; }

    /// <summary>Whether a token ends the blank.</summary>
    public bool Has(int id) => (Mask[id >> 6] >> (id & 63) & 1) != 0;
}
