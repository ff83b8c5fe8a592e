using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Learns the vocabulary of a tokenizer from text: <see cref="BpeTrainer"/>, <see cref="WordPieceTrainer"/>, <see cref="UnigramTrainer"/>.
/// The same text and options give the same vocabulary on any machine and for any number of threads.
/// </summary>
public abstract record TokenizerTrainer
{
    /// <summary>Most tokens that the vocabulary may have, special tokens and alphabet included; fewer if the text does not yield as many.</summary>
    public int VocabularySize { get; init; } = 32_000;

    /// <summary>Tokens which get the first ids and never occur in text except as themselves.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = [];

    /// <summary>Characters which are in the vocabulary whether or not the text has them. Not for byte-level pipelines, which have all 256 bytes.</summary>
    public string InitialAlphabet { get; init; } = "";

    /// <summary>
    /// Most characters in the alphabet; the most frequent ones are kept, of equally frequent ones those with the smaller code point.
    /// Null: all. Not for byte-level pipelines.
    /// </summary>
    public int? AlphabetLimit { get; init; }

    /// <summary>
    /// Share of the text's characters that the alphabet must cover, in (0, 1]: rare characters beyond it are left out.
    /// sentencepiece's default is 0.9995. Not for byte-level pipelines.
    /// </summary>
    public double CharacterCoverage { get; init; } = 1;

    /// <summary>What stands for characters outside the vocabulary; null = no such token. It takes the first free id if it is not a special token.</summary>
    public string? UnknownToken { get; init; }

    /// <summary>Characters outside the vocabulary become the tokens <c>&lt;0x00&gt;</c> .. <c>&lt;0xFF&gt;</c> of their bytes, so that any text can be encoded.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>Threads to work with, at least 1; the result does not depend on it. Default: all processors.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Trains on counted words.</summary>
    internal abstract ITokenModel Train(WordCounts words, TokenizerPipeline pipeline, TrainingWatch watch);

    /// <summary>Counts the words of a text and trains on them.</summary>
    internal ITokenModel Train(TextCorpus corpus, TokenizerPipeline pipeline, TrainingWatch watch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(VocabularySize, 1);
        if (!(CharacterCoverage is > 0 and <= 1))
            throw new ArgumentException($"CharacterCoverage {CharacterCoverage} given; a share above 0 and at most 1 is expected.");
        if (pipeline.IsByteLevel)
        {
            if (AlphabetLimit is not null || InitialAlphabet.Length > 0 || CharacterCoverage < 1)
                throw new ArgumentException("AlphabetLimit, InitialAlphabet and CharacterCoverage are for characters; the alphabet of a byte-level pipeline is the 256 bytes.");
            CheckSize("256 bytes", 256);   // before the text is read
        }
        foreach (IGrouping<string, string> same in SpecialTokens.GroupBy(t => t))
            if (same.Count() > 1)
                throw new ArgumentException($"The special token '{same.Key}' is given twice.");
        WordCounts words = WordCounts.Of(corpus, pipeline, Threads, watch);
        if (words.Count == 0) throw new ArgumentException("The text to train on is empty: at least one character is needed.");
        return Train(words, pipeline, watch);
    }

    /// <summary>Special tokens, the unknown token if it is none of them, and the byte tokens: the first ids of a vocabulary.</summary>
    private protected List<string> FirstTokens()
    {
        List<string> tokens = [.. SpecialTokens];
        if (UnknownToken is not null && !tokens.Contains(UnknownToken)) tokens.Add(UnknownToken);
        if (ByteFallback) tokens.AddRange(Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>").Where(t => !SpecialTokens.Contains(t)));
        return tokens;
    }

    private protected void CheckSize(string alphabet, int size)
    {
        int first = FirstTokens().Count, least = checked(first + size);
        if (VocabularySize < least)
            throw new ArgumentException($"VocabularySize {VocabularySize} given; at least {least} expected: {alphabet} and {first} special tokens.");
    }

    /// <summary>
    /// The characters of the words that the vocabulary shall have, with their counts: those of <see cref="InitialAlphabet"/> and
    /// <paramref name="more"/>, then the most frequent, then by code point.
    /// </summary>
    private protected List<(Rune Character, long Count)> Alphabet(WordCounts words, string more = "")
    {
        var counts = new Dictionary<Rune, long>();
        long[] ascii = new long[128];
        long total = 0;
        for (int i = 0; i < words.Count; i++)
        {
            long times = words.Counts[i];
            for (ReadOnlySpan<byte> rest = words[i]; !rest.IsEmpty;)
            {
                int length = 1;
                if (rest[0] < 128) ascii[rest[0]] += times;
                else
                {
                    Rune.DecodeFromUtf8(rest, out Rune rune, out length);
                    counts[rune] = counts.GetValueOrDefault(rune) + times;
                }
                total += times;
                rest = rest[length..];
            }
        }
        for (int c = 0; c < 128; c++)
            if (ascii[c] > 0)
                counts[new Rune(c)] = ascii[c];

        var initial = (InitialAlphabet + more).EnumerateRunes().ToHashSet();
        foreach (Rune rune in initial) counts.TryAdd(rune, 0);
        var kept = new List<(Rune, long)>();
        long covered = 0;
        foreach ((Rune rune, long count) in counts
            .OrderByDescending(c => initial.Contains(c.Key)).ThenByDescending(c => c.Value).ThenBy(c => c.Key.Value))
        {
            bool wanted = initial.Contains(rune) || (CharacterCoverage == 1 || covered < CharacterCoverage * total);
            if (!wanted || kept.Count >= (AlphabetLimit ?? int.MaxValue)) break;
            covered += count;
            kept.Add((rune, count));
        }
        CheckSize($"{kept.Count} different characters of the text", kept.Count);
        return kept;
    }
}
