using Heed.Data;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Cli;

/// <summary>A text file as a model reads it.</summary>
/// <param name="Tokens">Its ids.</param>
/// <param name="Begin">The id with which the tokenizer begins every text; null = none.</param>
internal sealed record ModelText(int[] Tokens, int? Begin)
{
    /// <summary>Reads and encodes a text file.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8 text.</exception>
    public static ModelText Read(Tokenizer tokenizer, string path)
    {
        string text = TextFile.Read(path);
        // The line end of the last line is no part of the text, unless every line end is a word of its own, as published perplexities of words count it.
        bool counts = tokenizer.Encode("\n") is [int only] && only == tokenizer.TokenToId(WordTrainer.EndToken);
        return new ModelText(tokenizer.Encode(text.EndsWith('\n') && !counts ? text[..^1] : text), tokenizer.Encode("") is [int begin, ..] ? begin : null);
    }

    /// <summary>Which predictions count.</summary>
    public PredictionOptions Options(Transformer model, int? context, int? stride) =>
        new() { Context = context ?? Math.Min(512, model.Config.Context), Stride = stride, BeginToken = Begin };
}
