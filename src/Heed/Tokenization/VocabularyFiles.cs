using System.Text;

namespace Heed.Tokenization;

/// <summary>The pair of files in which GPT-2 was published: vocab.json {token: id}, and merges.txt with one "left right" a line.</summary>
internal static class VocabularyFiles
{
    private const string EndOfText = "<|endoftext|>";
    private const long MaxFileBytes = 512L << 20;

    public static Tokenizer Load(string vocabularyPath, string mergesPath)
    {
        string[] tokens = TokenizerJson.ReadFile(vocabularyPath, root => TokenizerJson.ReadVocabulary(root, "The vocabulary"));
        try
        {
            var ids = new Dictionary<string, int>(tokens.Length, StringComparer.Ordinal);
            for (int id = 0; id < tokens.Length; id++) ids[tokens[id]] = id;

            long size = new FileInfo(mergesPath).Length;
            if (size > MaxFileBytes) throw new FormatException($"The file has {size} bytes; at most {MaxFileBytes} are read.");
            var merges = new List<(int, int)>();
            int number = 0;
            foreach (string line in File.ReadLines(mergesPath, Encoding.UTF8))
            {
                number++;
                // The first line is a version; "#" begins ordinary merges elsewhere.
                if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
                merges.Add(TokenizerJson.MergeIds(line.Split(' '), ids, $"Line {number}"));
            }
            var model = new BpeModel(tokens, merges, byteLevel: true);
            return new Tokenizer(model, TokenizerPipeline.Gpt2, ids.ContainsKey(EndOfText) ? [new AddedToken(EndOfText)] : []);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            throw new InvalidDataException($"{mergesPath}: {e.Message}", e);
        }
    }
}
