using System.Text;
using Heed.Tokenization;

namespace Heed.Studio.Pages.Tokenizer;

/// <summary>A token of a text, as it is shown.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Token">As the vocabulary spells it.</param>
/// <param name="Shown">Its part of the text; of a token that is no whole character its bytes, in hexadecimal.</param>
/// <param name="IsBytes">Whether bytes are shown.</param>
/// <param name="IsSpecial">Whether it was put around the text.</param>
internal readonly record struct CutToken(int Id, string Token, string Shown, bool IsBytes, bool IsSpecial);

/// <summary>A text cut into tokens.</summary>
internal sealed class CutText
{
    private CutText(IReadOnlyList<CutToken> tokens, int characters, int bytes) => (Tokens, Characters, Bytes) = (tokens, characters, bytes);

    /// <summary>The tokens, those around the text too.</summary>
    public IReadOnlyList<CutToken> Tokens { get; }

    /// <summary>Characters of the text.</summary>
    public int Characters { get; }

    /// <summary>Bytes of the text in UTF-8.</summary>
    public int Bytes { get; }

    /// <summary>Tokens of the text itself.</summary>
    public int Count => Tokens.Count(t => !t.IsSpecial);

    /// <summary>Characters a token.</summary>
    public double PerToken => Count == 0 ? 0 : (double)Characters / Count;

    /// <summary>Bytes a token, by which tokenizers compare over languages.</summary>
    public double BytesPerToken => Count == 0 ? 0 : (double)Bytes / Count;

    /// <summary>Cuts a text; special tokens that are written in it are text.</summary>
    public static CutText Of(string text, Heed.Tokenization.Tokenizer tokenizer)
    {
        TokenEncoding encoding = tokenizer.EncodeDetailed(text, options: new EncodeOptions { Special = SpecialTokens.Add });
        (int Start, int End)[] places = encoding.OffsetsInUtf16(text);
        List<CutToken> tokens = [];
        for (int i = 0; i < encoding.Count; i++)
        {
            int id = encoding.Ids[i];
            bool special = encoding.SpecialTokensMask[i] == 1;
            bool shared = !special && (i > 0 && places[i - 1].End > places[i].Start && places[i - 1].End > 0 || i + 1 < places.Length && encoding.SpecialTokensMask[i + 1] == 0 && places[i + 1].Start < places[i].End);
            string shown = special ? encoding.Tokens[i] : shared ? Convert.ToHexString(tokenizer.DecodeMiddle(id)) : text[places[i].Start..places[i].End];
            tokens.Add(new CutToken(id, encoding.Tokens[i], shown, shared, special));
        }
        return new CutText(tokens, text.EnumerateRunes().Count(), Encoding.UTF8.GetByteCount(text));
    }
}
