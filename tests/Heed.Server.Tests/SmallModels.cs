using Heed.Cli.Tests;
using Heed.Tokenization;

namespace Heed.Server.Tests;

/// <summary>The small models, and one server for all tests that change nothing.</summary>
public sealed class SmallModels : IAsyncLifetime
{
    private readonly TaskModels models = new();
    private TestServer? server;

    /// <summary>A model that continues texts letter by letter and has a chat template.</summary>
    public string Writer => field ??= Spelled(models.Writer());

    /// <summary>The same with room for very long texts.</summary>
    public string Endless => field ??= Copy(Writer, "endless", folder => Replace(Path.Combine(folder, "config.json"), "\"max_position_embeddings\": 128", "\"max_position_embeddings\": 60000"));

    /// <summary>The same with a template that has a place for tools.</summary>
    public string Caller => field ??= Copy(Endless, "caller", folder => File.WriteAllText(Path.Combine(folder, "chat_template.jinja"),
        "{% for t in tools or [] %}{{ t.function.name }} <tool_call>{% endfor %}{% for m in messages %}{{ m.role[0] }}:{{ m.content }}{% for c in m.tool_calls or [] %}({{ c.function.name }} {{ c.function.arguments | tojson }}){% endfor %}<|e|>{% endfor %}{% if add_generation_prompt %}a:{% endif %}"));

    /// <summary>The same with a token that ends thoughts, and a template that begins them.</summary>
    public string Thinker => field ??= Copy(Writer, "thinker", folder =>
    {
        Tokenizer.Train([Letters.Remove(100, 1)], new CharacterTrainer { SpecialTokens = ["<s>", "<|e|>", "</s>", "</think>"] }).Save(Path.Combine(folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder, "chat_template.jinja"), "{% for m in messages %}{{ m.role[0] }}:{{ m.reasoning_content or '' }}{{ m.content }}<|e|>{% endfor %}{% if add_generation_prompt %}a:<think> {% endif %}");
    });

    /// <summary>An encoder-decoder.</summary>
    public string Rewriter => field ??= models.Rewriter("bart", "<s>", "<pad>", "</s>");

    public string Classifier => field ??= models.Reader("bert-classify");

    public string Filler => field ??= models.Reader("bert-mlm");

    /// <summary>A model with tokens for gaps.</summary>
    public string GapFiller => field ??= Copy(Writer, "gaps", folder =>
        Tokenizer.Train([Letters[..^3]], new CharacterTrainer { SpecialTokens = ["<s>", "<|e|>", "</s>", .. GapTokens.Names] }).Save(Path.Combine(folder, "tokenizer.json")));

    internal TestServer Server => server!;

    // 197: with three special tokens the model's whole vocabulary, so that each token is seen.
    private static string Letters => string.Concat(Enumerable.Range(32, 95).Concat(Enumerable.Range(0x4E00, 101)).Select(c => (char)c)) + "\n";

    public async ValueTask InitializeAsync() => server = await TestServer.Start([Writer, Caller, Thinker, Rewriter, Classifier, Filler, GapFiller]);

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        models.Dispose();
    }

    private static string Spelled(string folder)
    {
        Tokenizer.Train([Letters], new CharacterTrainer { SpecialTokens = ["<s>", "<|e|>", "</s>"] }).Save(Path.Combine(folder, "tokenizer.json"));
        return folder;
    }

    private string Copy(string from, string name, Action<string> change)
    {
        string folder = Path.Combine(Path.GetDirectoryName(from)!, name);
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        change(folder);
        return folder;
    }

    private static void Replace(string file, string from, string to)
    {
        string text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }
}

/// <summary>Tests that start other programs, which call a server of their own beside the other tests.</summary>
[CollectionDefinition("clients")]
public sealed class ClientsCollection : ICollectionFixture<SmallModels>
{
}

/// <summary>Tests that share the server.</summary>
[CollectionDefinition("server")]
public sealed class ServerCollection : ICollectionFixture<SmallModels>
{
}
