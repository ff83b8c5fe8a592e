using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>Objectives through the real command line: a recipe is trained, and the verb of its kind answers with the folder that it leaves.</summary>
[Collection("tiny model")]
public sealed class ObjectiveVerbTests(TinyModel tiny) : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    private string Train(string data, string algorithm)
    {
        File.WriteAllText(folder["recipe.json"], $$"""
            { "data": { "source": "data.jsonl", "vocabulary": 300, {{data}} },
              "algorithm": { "depth": 1, "width": 32, "heads": 2, "context": 32, "batch": 16, "initial_deviation": 0.1, "optimizer": { "learning_rate": 5e-3 }, "schedule": { "warmup_steps": 3 }, {{algorithm}} },
              "compute": { "sample_every": 0 } }
            """);
        Cli.Run("train", folder["recipe.json"], "--output", folder["run"], "--quiet", "--threads", "2").Good();
        return folder["run"];
    }

    [Fact]
    public void A_gap_is_filled_by_a_model_that_learned_it_and_by_no_other()
    {
        string[] names = ["one", "two", "three", "four"];
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 240).Select(i => $$"""{"text": "set {{names[i % 4]}} to {{i % 4 + 1}};"}"""));
        string run = Train("\"tokenizer\": \"bpe\"", "\"family\": \"gpt2\", \"fim\": { \"rate\": 1, \"suffix_first\": 0 }, \"steps\": 60");
        JsonElement answer = JsonDocument.Parse(Cli.Run("generate", run, "--prefix", "set ", "--suffix", " to 2;", "--greedy", "--max-tokens", "8", "--json").Good().Out).RootElement;
        Assert.DoesNotContain("fim", answer.GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.True(answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32() > 6);
        Cli.Run("generate", run, "a prompt", "--prefix", "set ").Failed("--prefix and --suffix stand in the place of PROMPT");
        Cli.Run("generate", tiny.Model, "--suffix", ";").Failed("not trained to fill gaps");
    }

    [Fact]
    public void A_folder_is_fine_tuned_to_tag_words()
    {
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 80).Select(i => $$"""{"text": "He sees {{(i % 2 == 0 ? "Rome" : "Oslo")}} {{(i % 3 == 0 ? "today" : "again")}}"}"""));
        string body = Train("\"tokenizer\": \"wordpiece\"", "\"objective\": \"masked\", \"family\": \"bert\", \"masking\": { \"unit\": \"span\" }, \"steps\": 5");
        Directory.Move(body, folder["body"]);
        File.WriteAllLines(folder["data.jsonl"], Enumerable.Range(0, 80).Select(i => $$"""{"words": ["He", "sees", "{{(i % 2 == 0 ? "Rome" : "Oslo")}}"], "tags": ["O", "O", "B-LOC"]}"""));
        string run = Train("\"tokenizer\": \"bpe\"", "\"objective\": \"tag\", \"family\": \"from\", \"start_from\": \"body\", \"steps\": 40");
        Assert.Contains("Rome", Cli.Run("tag", run, "He sees Rome").Good().Out, StringComparison.Ordinal);
    }
}
