using Heed.Tokenization;

namespace Heed.Studio.Tests;

/// <summary>A small model of BERT's kind that fills masks with a few words.</summary>
internal sealed class FillerModel : IDisposable
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("heed-filler");

    public FillerModel()
    {
        Directory.CreateDirectory(Folder);
        foreach (string file in Directory.GetFiles(Path.Combine(Studio.Root, "tests", "Heed.Tests", "Fixtures", "bert-mlm")).Where(f => !f.EndsWith("reference.json", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        WordPieceModel model = new([.. Special, .. "paris is the of france capital cat sleeps dog runs in tower . ,".Split(' ')]);
        Tokenizer tokenizer = new(model, TokenizerPipeline.Bert with { PostProcessor = new BertPostProcessor(("[CLS]", 2), ("[SEP]", 3)) }, Special.Select(t => new AddedToken(t)));
        tokenizer.Save(Path.Combine(Folder, "tokenizer.json"));
    }

    /// <summary>Where it lies.</summary>
    public string Folder => Path.Combine(root.FullName, "filler");

    public void Dispose() => root.Delete(recursive: true);
}
