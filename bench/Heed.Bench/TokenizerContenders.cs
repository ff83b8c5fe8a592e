using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tokenization;
using Ml = Microsoft.ML.Tokenizers;

namespace Heed.Bench;

/// <summary>One engine with one vocabulary: a pass over the text gives the number of ids.</summary>
internal sealed record TokenizerContender(string Name, Func<string, int> Encode);

/// <summary>Heed and Microsoft.ML.Tokenizers, with the same files.</summary>
internal static class TokenizerContenders
{
    public static Tokenizer Heed(string family, string vocabularies, string folder)
    {
        if (family is "o200k" or "cl100k")
        {
            Dictionary<string, int> ranks = Tiktoken(Path.Combine(vocabularies, family, $"{family}_base.tiktoken.gz"));
            var byBytes = ranks;
            string[] tokens = new string[ranks.Count];
            foreach ((string b, int id) in ranks) tokens[id] = ByteAlphabet.Spell([.. b.Select(c => (byte)c)]);
            var merges = new List<(int, int)>();
            for (int id = 0; id < tokens.Length; id++)
            {
                ByteAlphabet.TryRead(tokens[id], out byte[] bytes);
                if (bytes.Length == 1) continue;
                var parts = bytes.Select(b => ((char)b).ToString()).ToList();
                while (parts.Count > 2)
                {
                    int best = -1, rank = id;
                    for (int i = 0; i + 1 < parts.Count; i++)
                        if (ranks.TryGetValue(parts[i] + parts[i + 1], out int r) && r < rank) (best, rank) = (i, r);
                    if (best < 0) break;
                    parts[best] += parts[best + 1];
                    parts.RemoveAt(best + 1);
                }
                if (parts.Count == 2) merges.Add((ranks[parts[0]], ranks[parts[1]]));
            }
            var model = new BpeModel(tokens, merges, byteLevel: true, ignoreMerges: true);
            return new Tokenizer(model, new TokenizerPipeline { PreTokenizer = new Pre(family == "o200k" ? SplitScanner.O200k : SplitScanner.Cl100k), Decoder = new ByteLevelDecoder() });
        }
        return Tokenizer.Load(Unpack(Path.Combine(vocabularies, family, "tokenizer.json.gz"), folder, family + ".json"));
    }

    private sealed class Pre(string regex) : IPreTokenizer
    {
        SplitScanner? IPreTokenizer.Scanner => scanner;
        private readonly SplitScanner scanner = SplitPattern.Parse(regex).Scanner!;
        public bool IsByteLevel => true;
        public void Split(ReadOnlySpan<byte> utf8, PieceBuffer pieces)
        {
            for (int s = 0; s < utf8.Length;)
            {
                int e = scanner.NextEnd(utf8, s);
                pieces.Add(utf8[s..e]);
                s = e;
            }
        }
        public void Write(Utf8JsonWriter writer) => throw new NotSupportedException();
    }

    private static Dictionary<string, int> Tiktoken(string path)
    {
        using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(gzip);
        var ranks = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.ReadLine() is { } line)
        {
            string[] p = line.Split(' ');
            if (p.Length == 2) ranks[string.Concat(Convert.FromBase64String(p[0]).Select(b => (char)b))] = int.Parse(p[1], CultureInfo.InvariantCulture);
        }
        return ranks;
    }

    public static Ml.Tokenizer Microsoft(string family, string vocabularies, string folder)
    {
        string Open(string name) => Unpack(Path.Combine(vocabularies, family, name + ".gz"), folder, family + "-" + name);
        switch (family)
        {
            case "cl100k" or "o200k":
                string pattern = family == "cl100k" ? SplitScanner.Cl100k : SplitScanner.O200k;
                return Ml.TiktokenTokenizer.Create(Open(family + "_base.tiktoken"), new Ml.RegexPreTokenizer(new Regex(pattern, RegexOptions.Compiled), null), null);
            default:
                var options = new Ml.BpeOptions(Open("vocab.json"), Open("merges.txt"))
                {
                    ByteLevel = true,
                    PreTokenizer = new Ml.RegexPreTokenizer(new Regex(SplitScanner.Gpt2, RegexOptions.Compiled), null),
                };
                return Ml.BpeTokenizer.Create(options);
        }
    }

    /// <summary>A file of the fixtures, unpacked.</summary>
    public static string Unpack(string path, string folder, string name)
    {
        string target = Path.Combine(folder, name);
        using var gzip = new System.IO.Compression.GZipStream(File.OpenRead(path), System.IO.Compression.CompressionMode.Decompress);
        using FileStream file = File.Create(target);
        gzip.CopyTo(file);
        return target;
    }
}
