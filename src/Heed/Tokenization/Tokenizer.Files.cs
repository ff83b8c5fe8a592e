namespace Heed.Tokenization;

public sealed partial class Tokenizer
{
    /// <summary>
    /// Loads a tokenizer: a tokenizer.json, a folder that has one, or a folder (or the vocab.json) of a GPT-2 type pair
    /// vocab.json + merges.txt.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or has a component which is not known; the message names file and place.</exception>
    public static Tokenizer Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            string json = Path.Combine(path, "tokenizer.json"), vocabulary = Path.Combine(path, "vocab.json");
            if (File.Exists(json)) return TokenizerJson.Load(json);
            if (File.Exists(vocabulary)) return VocabularyFiles.Load(vocabulary, Path.Combine(path, "merges.txt"));
            throw new FileNotFoundException($"The folder '{path}' has neither tokenizer.json nor vocab.json.", json);
        }
        return Path.GetFileName(path).Equals("vocab.json", StringComparison.OrdinalIgnoreCase)
            ? VocabularyFiles.Load(path, Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, "merges.txt"))
            : TokenizerJson.Load(path);
    }

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
