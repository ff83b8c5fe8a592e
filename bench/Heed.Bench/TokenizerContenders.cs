using System.IO.Compression;
using System.Text.RegularExpressions;
using Heed.Tokenization;
using Ml = Microsoft.ML.Tokenizers;

namespace Heed.Bench;

/// <summary>One tokenizer with one vocabulary: a pass over the whole text gives seconds and the number of ids.</summary>
internal sealed record TokenizerContender(string Name, int Threads, Func<(double Seconds, long Ids)> Pass);

/// <summary>Heed and its peers over the same vocabulary files.</summary>
/// <param name="vocabularies">A folder with a folder for each family.</param>
/// <param name="scratch">Where packed files are unpacked.</param>
internal sealed class TokenizerFiles(string vocabularies, string scratch)
{
    /// <summary>Heed's tokenizer from the file of the family which the peer reads too.</summary>
    public Tokenizer Heed(string family) => Tokenizer.Load(family switch
    {
        "o200k" => Unpacked(family, "o200k_base.tiktoken"),
        "llama2" => Unpacked(family, "tokenizer.model"),
        "t5" => Unpacked(family, "spiece.model"),
        _ => Unpacked(family, "tokenizer.json"),
    });

    /// <summary>Microsoft.ML.Tokenizers, or null for a family that it does not load.</summary>
    public Ml.Tokenizer? Microsoft(string family)
    {
        switch (family)
        {
            case "cl100k" or "o200k":
                string pattern = family == "cl100k" ? SplitScanner.Cl100k : SplitScanner.O200k;
                return Ml.TiktokenTokenizer.Create(Unpacked(family, family + "_base.tiktoken"), Words(pattern), null);
            case "gpt2":
                return Ml.BpeTokenizer.Create(new Ml.BpeOptions(Unpacked(family, "vocab.json"), Unpacked(family, "merges.txt")) { ByteLevel = true, PreTokenizer = Words(SplitScanner.Gpt2) });
            case "bert_uncased":
                return Ml.BertTokenizer.Create(Unpacked(family, "vocab.txt"));
            case "llama2":
                using (FileStream model = File.OpenRead(Unpacked(family, "tokenizer.model")))
                    return Ml.LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);
            default:
                return null;
        }
    }

    private static Ml.RegexPreTokenizer Words(string pattern) => new(new Regex(pattern, RegexOptions.Compiled), null);

    /// <summary>A file of a family, unpacked when it is packed.</summary>
    public string Unpacked(string family, string name)
    {
        string path = Path.Combine(vocabularies, family, name), target = Path.Combine(scratch, $"{family}-{name}");
        if (File.Exists(path)) return path;
        if (family == "o200k") target = Path.Combine(scratch, name);
        if (File.Exists(target)) return target;
        using var gzip = new GZipStream(File.OpenRead(path + ".gz"), CompressionMode.Decompress);
        using FileStream file = File.Create(target);
        gzip.CopyTo(file);
        return target;
    }

    /// <summary>True when there is such a file.</summary>
    public bool Has(string family, string name) => File.Exists(Path.Combine(vocabularies, family, name)) || File.Exists(Path.Combine(vocabularies, family, name + ".gz"));
}
