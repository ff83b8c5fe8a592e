using Heed.Tokenization;

namespace Heed.Cli.Tests;

/// <summary>The small models of the library's tests, with tokenizers whose vocabulary they have.</summary>
public sealed class TaskModels : IDisposable
{
    private const string Words = "paris is the of france capital a cat sleeps dog runs in tower stands ada lives london . , ? ! animal street it was too tired did not cross because";

    private readonly Folder folder = new();

    /// <summary>A copy of a fixture with a tokenizer of BERT's kind.</summary>
    public string Reader(string fixture) => Copy(fixture, fixture, ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], t => new BertPostProcessor(("[CLS]", t("[CLS]")), ("[SEP]", t("[SEP]"))));

    /// <summary>A copy of RoBERTa's fixture with its special tokens.</summary>
    public string Roberta() => Copy("roberta-mlm", "roberta", ["<s>", "<pad>", "</s>", "[UNK]", "<mask>"], t => TemplatePostProcessor.Around(("<s>", t("<s>")), ("</s>", t("</s>"))));

    /// <summary>A copy of an encoder-decoder's fixture.</summary>
    /// <param name="fixture">Its name.</param>
    /// <param name="special">Its first special tokens; a text ends with &lt;/s&gt;.</param>
    public string Rewriter(string fixture, params string[] special) => Copy(fixture, fixture, [.. special, "[UNK]"], t => TemplatePostProcessor.Around(null, ("</s>", t("</s>"))));

    /// <summary>A model that continues texts letter by letter, with a chat template.</summary>
    public string Writer()
    {
        string path = Place("llama-gqa", "chat");
        string letters = string.Concat(Enumerable.Range(32, 95).Select(c => (char)c)) + "\n";
        Tokenizer.Train([letters], new CharacterTrainer { SpecialTokens = ["<s>", "<|e|>", "</s>"] }).Save(System.IO.Path.Combine(path, "tokenizer.json"));
        File.WriteAllText(System.IO.Path.Combine(path, "chat_template.jinja"), "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}<|e|>{% endfor %}{% if add_generation_prompt %}a:{% endif %}");
        return path;
    }

    /// <summary>A fixture as it is.</summary>
    public string Plain(string fixture) => Place(fixture, fixture);

    internal string Write(string name, string text) => folder.Write(name, text);

    internal string Path => folder.Path;

    internal string this[string name] => folder[name];

    public void Dispose() => folder.Dispose();

    private string Copy(string fixture, string name, string[] special, Func<Func<string, int>, IPostProcessor> frame)
    {
        string path = Place(fixture, name);
        string[] letters = [.. Enumerable.Range('a', 26).Select(c => ((char)c).ToString())];
        WordPieceModel model = new([.. special, .. Words.Split(' ').Where(w => w != "a"), .. letters, .. letters.Select(l => "##" + l)]);
        Tokenizer tokenizer = new(model, TokenizerPipeline.Bert with { PostProcessor = frame(token => model.IdOf(token)!.Value) }, special.Select(t => new AddedToken(t)));
        Assert.InRange(tokenizer.VocabularySize, 1, 199);
        tokenizer.Save(System.IO.Path.Combine(path, "tokenizer.json"));
        return path;
    }

    private string Place(string fixture, string name)
    {
        string path = folder[name];
        if (Directory.Exists(path)) return path;
        Directory.CreateDirectory(path);
        foreach (string file in Directory.GetFiles(Root(fixture)))
            if (System.IO.Path.GetFileName(file) != "reference.json") File.Copy(file, System.IO.Path.Combine(path, System.IO.Path.GetFileName(file)));
        return path;
    }

    private static string Root(string fixture)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(System.IO.Path.Combine(root.FullName, "Heed.slnx"))) root = root.Parent;
        Assert.NotNull(root);
        return System.IO.Path.Combine(root.FullName, "tests", "Heed.Tests", "Fixtures", fixture);
    }
}
