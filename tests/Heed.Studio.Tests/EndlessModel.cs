using Heed.Tokenization;

namespace Heed.Studio.Tests;

/// <summary>A small model that converses in nonsense, letter by letter, and never comes to an end.</summary>
internal sealed class EndlessModel : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("heed-endless");

    public EndlessModel()
    {
        Directory.CreateDirectory(Folder);
        foreach (string file in Directory.GetFiles(Path.Combine(Studio.Root, "tests", "Heed.Tests", "Fixtures", "llama-gqa")).Where(f => !f.EndsWith("reference.json", StringComparison.Ordinal)))
            File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)));
        string config = File.ReadAllText(Path.Combine(Folder, "config.json"));
        Assert.Contains("\"max_position_embeddings\": 128", config, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Folder, "config.json"), config.Replace("\"max_position_embeddings\": 128", "\"max_position_embeddings\": 60000", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(Folder, "generation_config.json"), """{ "suppress_tokens": [0, 1, 2] }""");
        // 197: with three special tokens the model's whole vocabulary.
        string letters = string.Concat(Enumerable.Range(32, 95).Concat(Enumerable.Range(0x4E00, 101)).Select(c => (char)c)) + "\n";
        Tokenizer.Train([letters], new CharacterTrainer { SpecialTokens = ["<s>", "<|e|>", "</s>"] }).Save(Path.Combine(Folder, "tokenizer.json"));
        File.WriteAllText(Path.Combine(Folder, "chat_template.jinja"), "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}<|e|>{% endfor %}{% if add_generation_prompt %}a:{% endif %}");
    }

    /// <summary>Where it lies.</summary>
    public string Folder => Path.Combine(root.FullName, "endless");

    public void Dispose() => root.Delete(recursive: true);
}
