namespace Heed.Tokenization;

/// <summary>
/// The special tokens with which a model is asked to fill a gap (Bavarian et al. 2022, https://arxiv.org/abs/2207.14255): prefix, suffix and
/// middle of a text each stand behind one of them.
/// </summary>
/// <param name="Prefix">Id before what stands before the gap.</param>
/// <param name="Suffix">Id before what stands behind it.</param>
/// <param name="Middle">Id before what fills it.</param>
public sealed record GapTokens(int Prefix, int Suffix, int Middle)
{
    // As StarCoder, Qwen2.5-Coder and CodeGemma, SantaCoder, Code LLaMA and DeepSeek-Coder name them.
    private static readonly string[][] Known =
    [
        ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"],
        ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"],
        ["<fim-prefix>", "<fim-suffix>", "<fim-middle>"],
        ["▁<PRE>", "▁<SUF>", "▁<MID>"],
        ["<PRE>", "<SUF>", "<MID>"],
        ["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>"],
    ];

    // What such models write behind the middle, beside the end tokens of their configuration.
    private static readonly string[] Ends = ["<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|file_separator|>", "<|repo_name|>", "▁<EOT>", "<EOT>"];

    /// <summary>The names that a tokenizer trained here gives them.</summary>
    public static IReadOnlyList<string> Names => Known[0];

    /// <summary>The tokens of a tokenizer; null where it has none that are known.</summary>
    public static GapTokens? Find(Tokenizer tokenizer) =>
        Known.Select(names => names.Select(tokenizer.TokenToId).ToArray()).FirstOrDefault(ids => ids.All(id => id is not null)) is [int prefix, int suffix, int middle] ? new GapTokens(prefix, suffix, middle) : null;

    /// <summary>Further ids that end a middle.</summary>
    public static IEnumerable<int> EndsOf(Tokenizer tokenizer) => Ends.Select(tokenizer.TokenToId).OfType<int>();

    /// <summary>A text with a gap in the order prefix, suffix, middle ("PSM"); the middle is what a model writes behind it.</summary>
    public int[] Ask(ReadOnlySpan<int> prefix, ReadOnlySpan<int> suffix) => [Prefix, .. prefix, Suffix, .. suffix, Middle];

    /// <summary>The same with the suffix first ("SPM", the second of the paper's two variants): the model continues the prefix.</summary>
    public int[] AskSuffixFirst(ReadOnlySpan<int> prefix, ReadOnlySpan<int> suffix) => [Prefix, Suffix, .. suffix, Middle, .. prefix];
}
