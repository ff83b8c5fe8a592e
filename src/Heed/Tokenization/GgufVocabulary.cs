namespace Heed.Tokenization;

/// <summary>
/// The vocabulary of a GGUF file, as its <c>tokenizer.ggml.*</c> metadata says it (GGUF specification, "Tokenizer"): what a tokenizer is made
/// of, and what one can be written as.
/// </summary>
public sealed record GgufVocabulary
{
    /// <summary>How text becomes tokens: "llama" (sentencepiece byte-pair encoding), "gpt2" (byte-level byte-pair encoding), "bert" (WordPiece) or "t5" (unigram).</summary>
    public required string Model { get; init; }

    /// <summary>For "gpt2": the name of the pattern that cuts text into words (<c>pre</c>); null: "default".</summary>
    public string? Pattern { get; init; }

    /// <summary>The tokens in the order of their ids. Spaces are "▁" for "llama" and "t5"; "gpt2" spells bytes with <see cref="ByteAlphabet"/>; "bert" begins words with "▁" and has no "##".</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>One a token for "llama" (the higher, the earlier a merge) and "t5" (log-probabilities); empty: all 0.</summary>
    public IReadOnlyList<float> Scores { get; init; } = [];

    /// <summary>One a token; empty: all are <see cref="PieceKind.Normal"/>.</summary>
    public IReadOnlyList<PieceKind> Kinds { get; init; } = [];

    /// <summary>For "gpt2": "left right" in the order in which they were learned.</summary>
    public IReadOnlyList<string> Merges { get; init; } = [];

    /// <summary>For "t5": sentencepiece's rules of normalisation (<c>precompiled_charsmap</c>); empty: none.</summary>
    public ReadOnlyMemory<byte> Charsmap { get; init; }

    /// <summary>The token that begins a text.</summary>
    public int? Bos { get; init; }

    /// <summary>The token that ends a text.</summary>
    public int? Eos { get; init; }

    /// <summary>The token that ends a turn of a chat.</summary>
    public int? Eot { get; init; }

    /// <summary>What stands for unknown text.</summary>
    public int? Unk { get; init; }

    /// <summary>What stands between texts.</summary>
    public int? Sep { get; init; }

    /// <summary>What fills up a batch.</summary>
    public int? Pad { get; init; }

    /// <summary>What an encoder's classification reads.</summary>
    public int? Cls { get; init; }

    /// <summary>What stands for a masked token.</summary>
    public int? Mask { get; init; }

    /// <summary>Puts <see cref="Bos"/> before a text; null: as is usual for the model and pattern.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Puts <see cref="Eos"/> behind a text; null: as is usual for the model.</summary>
    public bool? AddEos { get; init; }

    /// <summary>For "llama" and "t5": puts a space before a text; null: as is usual for the model.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary>For "t5": several spaces become one, and those at the ends go; null: they stay.</summary>
    public bool? RemoveExtraSpaces { get; init; }

    /// <summary>Control tokens, other than those of the beginning and of unknown text, take the white space behind them (Phi-3, whose files do not say so).</summary>
    public bool SpecialTokensStripRight { get; init; }

    /// <summary>The template of a chat, or null.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>The names of patterns that are known.</summary>
    public static IReadOnlyCollection<string> KnownPatterns => GgufPattern.Names;

    /// <summary>Puts the tokenizer together.</summary>
    /// <remarks>
    /// Its ids are those of llama.cpp, but for characters where llama.cpp departs from the model's original tokenizer: these are as in the original.
    /// They are the form NFC of "qwen2", "olmo" and "mpt", marks in the words of "tekken" and "gpt-4o", wide spaces in "deepseek-llm", control characters
    /// and single marks in "bert", and texts of nothing but spaces in "t5" when extra spaces stay.
    /// </remarks>
    /// <exception cref="FormatException">The parts do not fit each other, or the model or pattern is not known.</exception>
    public Tokenizer ToTokenizer() => GgufVocabularyReader.Read(this);

    /// <summary>Says a tokenizer as a vocabulary. Ids other than of the tokens around a text, and the chat template, are for the caller to add.</summary>
    /// <exception cref="NotSupportedException">The format cannot say it; the message tells why.</exception>
    public static GgufVocabulary Of(Tokenizer tokenizer) => GgufVocabularyWriter.Write(tokenizer);
}
