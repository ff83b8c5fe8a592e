using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// The vocabularies of older models: the pair vocab.json {token: id} and merges.txt with one "left right" a line (GPT-2 and its
/// kin), and vocab.txt with one token a line (BERT). What they do not say, tokenizer_config.json beside them says.
/// </summary>
internal static class VocabularyFiles
{
    private const string EndOfText = "<|endoftext|>";

    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static Tokenizer LoadMerges(string vocabularyPath, string mergesPath)
    {
        TokenizerConfigFiles config = TokenizerConfigFiles.Read(Path.GetDirectoryName(Path.GetFullPath(vocabularyPath))!);
        string?[] tokens = TokenizerJson.ReadFile(vocabularyPath, root => TokenizerJson.ReadVocabulary(root, "The vocabulary"));
        return TokenizerJson.ReadBytes(mergesPath, bytes =>
        {
            Dictionary<string, int> ids = TokenizerJson.Ids(tokens);
            var merges = new List<(int, int)>();
            int number = 0;
            using var reader = new StreamReader(new MemoryStream(bytes), Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                number++;
                // The first line is a version; "#" begins ordinary merges elsewhere.
                if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
                merges.Add(TokenizerJson.MergeIds(line.Split(' '), ids, $"Line {number}"));
            }
            return MakeMerges(tokens, merges, ids, config);
        });
    }

    private static Tokenizer MakeMerges(string?[] tokens, List<(int, int)> merges, Dictionary<string, int> ids, TokenizerConfigFiles config)
    {
        string kind = (config.Class ?? "").Replace("Fast", "", StringComparison.Ordinal);
        var pipeline = TokenizerPipeline.Gpt2;
        List<AddedToken> added = ids.ContainsKey(EndOfText) ? [new AddedToken(EndOfText)] : [];
        if (kind == "Qwen2Tokenizer")
            pipeline = pipeline with
            {
                Normalizer = new UnicodeNormalizer(UnicodeForm.Nfc),
                PreTokenizer = new SequencePreTokenizer([SplitPreTokenizer.AtRegex(SplitScanner.Qwen2, SplitBehavior.Isolated), new ByteLevelPreTokenizer { SplitWords = false }]),
            };
        else if (kind is "RobertaTokenizer" or "BartTokenizer" or "LongformerTokenizer" or "LEDTokenizer")
        {
            (string, int) Token(string text) => ids.TryGetValue(text, out int id) ? (text, id) : throw new FormatException($"A {kind} needs the token '{text}', which the vocabulary lacks.");
            pipeline = pipeline with { PostProcessor = new RobertaPostProcessor(Token("<s>"), Token("</s>")) };
            added = [.. new[] { "<s>", "<pad>", "</s>", "<unk>" }.Where(ids.ContainsKey).Select(t => new AddedToken(t)),
                .. ids.ContainsKey("<mask>") ? (AddedToken[])[new AddedToken("<mask>") { StripLeft = true }] : []];
        }
        return new Tokenizer(new BpeModel(tokens, merges, byteLevel: true), pipeline, config.AddTo(added));
    }

    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static Tokenizer LoadWordPiece(string path)
    {
        TokenizerConfigFiles config = TokenizerConfigFiles.Read(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return TokenizerJson.ReadBytes(path, bytes =>
        {
            string[] tokens = [.. Encoding.UTF8.GetString(bytes).TrimEnd('\n').Split('\n').Select(line => line.TrimEnd('\r'))];
            var model = new WordPieceModel(tokens);
            (string, int) Token(string text) => model.IdOf(text) is { } id ? (text, id) : throw new FormatException($"The vocabulary has no token '{text}'.");
            var pipeline = new TokenizerPipeline
            {
                // Without a configuration: a vocabulary that has capital letters is a cased one.
                Normalizer = new BertNormalizer { Lower = config.LowerCase ?? !tokens.Any(t => !t.StartsWith('[') && t.Any(char.IsAsciiLetterUpper)) },
                PreTokenizer = new BertPreTokenizer(),
                PostProcessor = new BertPostProcessor(Token("[CLS]"), Token("[SEP]")),
                Decoder = new WordPieceDecoder(),
            };
            string[] special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
            return new Tokenizer(model, pipeline, config.AddTo([.. special.Where(t => model.IdOf(t) is not null).Select(t => new AddedToken(t))]));
        });
    }
}
