using System.Text;
using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>Tokens of a text that goes on behind another: without the space that a sentencepiece model puts before every text.</summary>
internal static class TextContinuation
{
    public static int[] Encode(Tokenizer tokenizer, string text, SpecialTokens special)
    {
        int[] ids = tokenizer.Encode(text, special);
        if (tokenizer.Pipeline.Decoder.IsPerToken || ids.Length == 0) return ids;
        ConstraintVocabulary vocabulary = ConstraintVocabulary.Of(tokenizer);
        if (vocabulary.BytesOf(ids[0], first: false).SequenceEqual(vocabulary.BytesOf(ids[0], first: true))) return ids;
        // Behind a line end, which no token joins with what follows, the text stands as it does behind any other.
        int[] behind = tokenizer.Encode("\n" + text, special);
        List<byte> before = [];
        for (int i = 0; i < behind.Length && before.Count < 2; i++)
        {
            before.AddRange(vocabulary.BytesOf(behind[i], first: before.Count == 0));
            if (before is [(byte)'\n']) return behind[(i + 1)..];
        }
        return ids;
    }

    /// <summary>The text that tokens add behind other text; half characters become U+FFFD.</summary>
    public static string Decode(Tokenizer tokenizer, IEnumerable<int> ids)
    {
        ConstraintVocabulary vocabulary = ConstraintVocabulary.Of(tokenizer);
        List<byte> bytes = [];
        foreach (int id in ids) bytes.AddRange(vocabulary.BytesOf(id, first: false));
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
