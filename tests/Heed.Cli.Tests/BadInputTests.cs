using System.Text;

namespace Heed.Cli.Tests;

[Collection("tiny model")]
public sealed class BadInputTests(TinyModel tiny) : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Missing_files()
    {
        Cli.Run("train", folder["none.json"]).Failed("none.json");
        Cli.Run("generate", folder["none"], "a").Failed("none");
        Cli.Run("next", folder.Path, "a").Failed("config.json");
        Cli.Run("tokenizer", "train", folder["none.txt"], "--vocab", "300").Failed("none.txt");
        Cli.Run("tokenizer", "encode", folder["none.json"], "a").Failed("none.json");
        Cli.Run("train", folder.Recipe(data: "\"tokenizer\": \"none.json\"")).Failed("none.json");
    }

    [Fact]
    public void Bad_texts()
    {
        string recipe = folder.Recipe();
        folder.Write("text.txt", "");
        Cli.Run("train", recipe, "--output", folder["run"]).Failed("empty");
        folder.Write("text.txt", "too short");
        Cli.Run("train", recipe, "--output", folder["run"]).Failed("text");
        File.WriteAllBytes(folder["text.txt"], [.. Encoding.UTF8.GetBytes(new string('a', 500)), 0xFF, .. "b"u8]);
        Cli.Run("train", recipe, "--output", folder["run"]).Failed("UTF-8");
        Cli.Run("tokenizer", "train", folder["text.txt"], "--vocab", "300").Failed("UTF-8");
        Cli.RunWith([0xC3], "tokenizer", "encode", tiny.Model).Failed("UTF-8");
        Cli.Run("tokenizer", "train", folder.Path, "--vocab", "300").Failed("folder");
    }

    [Theory]
    [InlineData("unknown key", "algorithm.dept=2")]
    [InlineData("algorithm.depth", "algorithm.depth=deep")]
    [InlineData("algorithm.heads", "algorithm.heads=3")]
    [InlineData("data.vocabulary", "data.vocabulary=3")]
    [InlineData("context", "algorithm.context=100000")]
    public void Bad_recipes(string words, string setting) => Cli.Run("train", folder.Recipe(), "--output", folder["run"], "--set", setting).Failed(words);

    [Fact]
    public void A_recipe_that_is_no_json() => Cli.Run("train", folder.Write("bad.json", "{ \"data\": ")).Failed("bad.json");

    [Fact]
    public void A_vocabulary_too_small() => Cli.Run("tokenizer", "train", folder.Write("a.txt", "some text, some text"), "--vocab", "100", "--output", folder["t.json"]).Failed("257");

    [Fact]
    public void A_training_that_diverges()
    {
        Cli.Run("train", folder.Recipe("\"steps\": 20, \"optimizer\": { \"learning_rate\": 1e30, \"clip_norm\": 0 }"), "--output", folder["run"]).Failed("learning_rate");
        Outcome outcome = Cli.Run("train", folder.Recipe("\"steps\": 300, \"optimizer\": { \"learning_rate\": 10, \"clip_norm\": 0, \"weight_decay\": 10 }"), "--output", folder["run"], "--quiet", "--set", "algorithm.schedule.warmup_steps=0");
        outcome.Failed("learning rate");
        Assert.Contains("clip_norm", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_model()
    {
        foreach (string file in Directory.GetFiles(tiny.Model)) File.Copy(file, folder[Path.GetFileName(file)]);
        string weights = folder["model.safetensors"];
        byte[] whole = File.ReadAllBytes(weights);
        File.WriteAllBytes(weights, whole[..^100]);
        Cli.Run("generate", folder.Path, "a").Failed("model.safetensors");
        File.WriteAllBytes(weights, [.. Enumerable.Repeat((byte)0xFF, 8), .. whole[8..]]);
        Cli.Run("next", folder.Path, "a").Failed("model.safetensors");
        byte[] nan = [.. whole];
        for (int i = nan.Length - 4000; i < nan.Length; i++) nan[i] = 0xFF; // every float a NaN
        File.WriteAllBytes(weights, nan);
        Cli.Run("generate", folder.Path, "1").Failed("not finite");
        Cli.Run("next", folder.Path, "1").Failed("not finite");
        File.WriteAllBytes(weights, whole);
        File.WriteAllText(folder["tokenizer.json"], "{}");
        Cli.Run("next", folder.Path, "1").Failed("tokenizer.json");
    }

    [Fact]
    public void Bad_prompts()
    {
        Cli.Run("next", tiny.Model, "\u00e9").Failed("vocabulary");
        Cli.Run("generate", tiny.Model).Failed("empty");
        Cli.Run("next", tiny.Model, "1", "--start").Failed("--start");
        Cli.Run("generate", tiny.Model, new string('1', 17)).Failed("context is 16");
        Cli.Run("tokenizer", "decode", tiny.Model, "99999").Failed("99999");
        Cli.Run("tokenizer", "decode", tiny.Model, "one").Failed("one");
    }

    [Fact]
    public void Lone_surrogates_do_not_crash() => Cli.Run("generate", tiny.Model, "1 \uD800").Failed("vocabulary");

    [Fact]
    public void Folders_of_others_are_left_alone()
    {
        folder.Write("precious.txt", "mine");
        Cli.Run("quickstart", "--steps", "1", "--output", folder.Path).Failed("something else");
        Cli.Run("quickstart", "--steps", "1", "--output", folder["precious.txt"]).Failed("file");
        Assert.Equal(["precious.txt"], Directory.GetFileSystemEntries(folder.Path).Select(Path.GetFileName));
    }
}
