namespace Heed.Tokenization;

public sealed partial class Tokenizer
{
    private static readonly string[] SentencePieceNames = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

    /// <summary>
    /// Loads a tokenizer from a file or folder: a Hugging Face tokenizer.json; a sentencepiece .model; a .tiktoken file with a well-known
    /// name; the vocab.json of a pair with merges.txt; or a BERT vocab.txt.
    /// </summary>
    /// <remarks>
    /// From a tokenizer.json given as a file come exactly the ids of Hugging Face tokenizers. In a folder the files beside it
    /// (tokenizer_config.json, special_tokens_map.json, added_tokens.json) may add tokens, as in Hugging Face transformers.
    /// A .model gives exactly the ids of sentencepiece, which adds no tokens to a text and finds no control tokens in it.
    /// </remarks>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or has a component which is not known; the message names file and place.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) return LoadFolder(path);
        string name = Path.GetFileName(path), extension = Path.GetExtension(path);
        if (name.Equals("vocab.json", StringComparison.OrdinalIgnoreCase))
            return VocabularyFiles.LoadMerges(path, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "merges.txt"));
        if (extension.Equals(".txt", StringComparison.OrdinalIgnoreCase)) return VocabularyFiles.LoadWordPiece(path);
        if (extension.Equals(".tiktoken", StringComparison.OrdinalIgnoreCase)) return LoadTiktoken(path);
        if (extension.Equals(".model", StringComparison.OrdinalIgnoreCase)) return LoadSentencePiece(path);
        return TokenizerJson.Load(path);
    }

    private static Tokenizer LoadFolder(string folder)
    {
        string json = Path.Combine(folder, "tokenizer.json"), vocabulary = Path.Combine(folder, "vocab.json"), text = Path.Combine(folder, "vocab.txt");
        if (File.Exists(json)) return TokenizerJson.ReadFile(json, root => TokenizerJson.Parse(root, TokenizerConfigFiles.Read(folder)));
        if (SentencePieceNames.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } model) return LoadSentencePiece(model);
        if (File.Exists(vocabulary)) return VocabularyFiles.LoadMerges(vocabulary, Path.Combine(folder, "merges.txt"));
        if (File.Exists(text)) return VocabularyFiles.LoadWordPiece(text);
        if (Directory.GetFiles(folder, "*.tiktoken") is [var only]) return LoadTiktoken(only);
        throw new FileNotFoundException($"The folder '{folder}' has no tokenizer.json, tokenizer.model, vocab.json, vocab.txt or .tiktoken file.", json);
    }

    /// <summary>Loads a sentencepiece model (BPE or unigram): the ids are exactly those of sentencepiece.</summary>
    /// <inheritdoc cref="Load"/>
    public static Tokenizer LoadSentencePiece(string path) => TokenizerJson.ReadBytes(path, bytes => SentencePieceFile.Parse(bytes));

    /// <summary>Loads a vocabulary of tiktoken: lines of a token in base64 and its rank.</summary>
    /// <param name="path">The file; gpt2, r50k_base, p50k_base, p50k_edit, cl100k_base and o200k_base are known by their names.</param>
    /// <param name="pattern">The regular expression that cuts text into words; null = that of the name.</param>
    /// <param name="specialTokens">Special tokens with their ids; null = those of the name.</param>
    /// <inheritdoc cref="Load"/>
    public static Tokenizer LoadTiktoken(string path, string? pattern = null, IReadOnlyList<(string Text, int Id)>? specialTokens = null) =>
        TokenizerJson.ReadBytes(path, bytes => TiktokenFile.Parse(bytes, Path.GetFileNameWithoutExtension(path), pattern, specialTokens));

    /// <summary>
    /// Writes a tokenizer.json which Hugging Face tokenizers can read. The file is complete or not there:
    /// it is written under another name beside its place and then renamed.
    /// </summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        byte[] json = ToJson(indented: true);
        string whole = Path.GetFullPath(path);
        string temporary = $"{whole}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(json);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, whole, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>The tokenizer.json as UTF-8.</summary>
    internal byte[] ToJson(bool indented) => TokenizerJson.Write(this, indented);
}
