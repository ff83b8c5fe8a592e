using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Heed.Tokenization;

/// <summary>Reads tiktoken's vocabularies: lines of a token in base64 and its rank, which is its id. Pattern and special tokens are elsewhere, known by the name.</summary>
internal static class TiktokenFile
{
    private static readonly (string Text, int Id)[] EndOfText50K = [("<|endoftext|>", 50256)];

    private static readonly Dictionary<string, (string Pattern, (string Text, int Id)[] Special)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["gpt2"] = (SplitScanner.Gpt2, EndOfText50K),
        ["r50k_base"] = (SplitScanner.Gpt2, EndOfText50K),
        ["p50k_base"] = (SplitScanner.Gpt2, EndOfText50K),
        ["p50k_edit"] = (SplitScanner.Gpt2, [.. EndOfText50K, ("<|fim_prefix|>", 50281), ("<|fim_middle|>", 50282), ("<|fim_suffix|>", 50283)]),
        ["cl100k_base"] = (SplitScanner.Cl100k,
            [("<|endoftext|>", 100257), ("<|fim_prefix|>", 100258), ("<|fim_middle|>", 100259), ("<|fim_suffix|>", 100260), ("<|endofprompt|>", 100276)]),
        ["o200k_base"] = (SplitScanner.O200k, [("<|endoftext|>", 199999), ("<|endofprompt|>", 200018)]),
    };

    /// <exception cref="FormatException">The file is damaged, or its name says nothing and no pattern is given.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> file, string name, string? pattern, IReadOnlyList<(string Text, int Id)>? special)
    {
        if (Known.TryGetValue(name, out var known)) (pattern, special) = (pattern ?? known.Pattern, special ?? known.Special);
        if (pattern is null)
            throw new FormatException($"A tiktoken file does not say how text is split, and the name '{name}' is not known ({string.Join(", ", Known.Keys)} are): give the pattern and the special tokens to Tokenizer.LoadTiktoken.");

        List<byte[]> tokens = [];
        List<int> ids = [];
        int number = 0, count = file.Count((byte)'\n') + 1, limit = checked(2 * count + 1024);
        while (!file.IsEmpty)
        {
            number++;
            int end = file.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? file : file[..end]).TrimEnd((byte)'\r');
            file = end < 0 ? default : file[(end + 1)..];
            if (line.IsEmpty) continue;
            int space = line.IndexOf((byte)' ');
            var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(Math.Max(space, 0))];
            if (space <= 0 || Base64.DecodeFromUtf8(line[..space], bytes, out _, out int length) != System.Buffers.OperationStatus.Done || length == 0
                || !int.TryParse(line[(space + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
                throw new FormatException($"Line {number} is '{Shown(line)}'; a token in base64 and its rank are expected.");
            if (rank >= limit) throw new FormatException($"Line {number} has the rank {rank}, but there are only {count} tokens: ranks must have no such gaps.");
            tokens.Add(bytes[..length]);
            ids.Add(rank);
        }
        return Make(tokens, ids, pattern, special ?? []);
    }

    private static string Shown(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line.Length <= 60 ? line : line[..60]);

    private static Tokenizer Make(List<byte[]> tokens, List<int> ids, string pattern, IReadOnlyList<(string Text, int Id)> special)
    {
        int count = tokens.Count == 0 ? throw new FormatException("The file has no tokens.") : ids.Max() + 1;
        foreach ((string text, int id) in special)
        {
            if (id < 0 || id > 2L * count + 1024) throw new FormatException($"The special token '{text}' has the id {id}; the file has {count} tokens.");
        }
        int largest = Math.Max(count - 1, special.Count == 0 ? 0 : special.Max(s => s.Id));
        var byId = new byte[largest + 1][];
        var spelled = new string?[largest + 1];
        for (int i = 0; i < tokens.Count; i++)
        {
            if (spelled[ids[i]] is not null) throw new FormatException($"The rank {ids[i]} is given to two tokens.");
            byId[ids[i]] = tokens[i];
            spelled[ids[i]] = ByteAlphabet.Spell(tokens[i]);
        }
        var ranks = new int[largest + 1];
        for (int id = 0; id <= largest; id++) ranks[id] = byId[id] is null ? -1 : id;
        List<(int Left, int Right, int Merged)> merges = MergeFinder.LastMerges(byId, ranks);
        foreach ((string text, int id) in special)
        {
            if (spelled[id] is { } taken && taken != text) throw new FormatException($"The special token '{text}' has the id {id}, which '{taken}' has already.");
            spelled[id] = text;
        }

        var model = new BpeModel(spelled, merges.Select(m => (m.Left, m.Right)), byteLevel: true, ignoreMerges: true);
        IPreTokenizer words = pattern == SplitScanner.Gpt2 ? new ByteLevelPreTokenizer()
            : new SequencePreTokenizer([SplitPreTokenizer.AtRegex(pattern, SplitBehavior.Isolated), new ByteLevelPreTokenizer { SplitWords = false }]);
        return new Tokenizer(model, TokenizerPipeline.Gpt2 with { PreTokenizer = words }, special.Select(s => new AddedToken(s.Text)));
    }
}
