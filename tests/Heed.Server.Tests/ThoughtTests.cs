using System.Globalization;
using System.Text.Json;
using Heed.Generation;

namespace Heed.Server.Tests;

/// <summary>Answers of models that think first. The model is a random one, to which the token that ends thoughts is made likely.</summary>
[Collection("server")]
public sealed class ThoughtTests(SmallModels models)
{
    private const int Tokens = 60, Seed = 4;
    private readonly TestServer server = models.Server;

    [Fact]
    public async Task A_chat_tells_thoughts_from_the_answer()
    {
        (string thoughts, string answer, int thought, Dictionary<string, int> bias) = Expected();
        object Body(bool stream) => new { model = "thinker", messages = new[] { new { role = "user", content = "Hello" } }, seed = Seed, max_tokens = Tokens, logit_bias = bias, stream, stream_options = stream ? new { include_usage = true } : null };
        JsonElement whole = await server.Post("/v1/chat/completions", Body(false));
        JsonElement message = whole.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal((thoughts, answer), (message.GetProperty("reasoning_content").GetString(), message.GetProperty("content").GetString()));
        List<JsonElement> events = await server.Events("/v1/chat/completions", Body(true));
        foreach (JsonElement usage in (JsonElement[])[whole.GetProperty("usage"), events[^1].GetProperty("usage")])
            Assert.Equal((Tokens, thought), (usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32()));
        string Streamed(string part) => string.Concat(events.Where(e => e.GetProperty("choices").GetArrayLength() > 0).Select(e => e.GetProperty("choices")[0].GetProperty("delta").TryGetProperty(part, out JsonElement text) ? text.GetString() : ""));
        Assert.Equal((thoughts, answer), (Streamed("reasoning_content"), Streamed("content")));
    }

    [Fact]
    public async Task A_response_has_an_item_of_thoughts()
    {
        (string thoughts, string answer, int thought, Dictionary<string, int> bias) = Expected();
        JsonElement response = await server.Post("/v1/responses", new { model = "thinker", input = "Hello", seed = Seed, max_output_tokens = Tokens, logit_bias = bias });
        Assert.Equal([("reasoning", "completed", thoughts), ("message", "incomplete", answer)], response.GetProperty("output").EnumerateArray().Select(i => (i.GetProperty("type").GetString()!, i.GetProperty("status").GetString()!, i.GetProperty("content")[0].GetProperty("text").GetString()!)));
        Assert.Equal(thought, response.GetProperty("usage").GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32());
    }

    [Fact]
    public async Task Earlier_thoughts_are_the_templates()
    {
        int expected = "u:a".Length + 1 + "a:thoughtb".Length + 1 + "u:c".Length + 1 + "a:<think> ".Length;
        object[] messages = [new { role = "user", content = "a" }, new { role = "assistant", content = "b", reasoning_content = "thought" }, new { role = "user", content = "c" }];
        Assert.Equal(expected, (await server.Post("/v1/chat/completions", new { model = "thinker", messages, max_tokens = 1 })).GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        object[] input = [messages[0], new { type = "reasoning", summary = Array.Empty<object>(), content = new[] { new { type = "reasoning_text", text = "thought" } } }, new { role = "assistant", content = "b" }, messages[2]];
        Assert.Equal(expected, (await server.Post("/v1/responses", new { model = "thinker", input, max_output_tokens = 1 })).GetProperty("usage").GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task A_form_leaves_no_room_for_thoughts()
    {
        JsonElement answer = await server.Post("/v1/chat/completions", new { model = "thinker", messages = new[] { new { role = "user", content = "a" } }, response_format = new { type = "json_schema", json_schema = new { name = "x", schema = new { @enum = new[] { "ada" } } } } });
        Assert.Equal("\"ada\"", answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
    }

    // What the library writes, parted by hand.
    private (string Thoughts, string Answer, int Count, Dictionary<string, int> Bias) Expected()
    {
        LanguageModel model = LanguageModel.Load(models.Thinker);
        int end = model.Tokenizer.TokenToId("</think>")!.Value;
        SamplingOptions sampling = new() { Seed = Seed, MaxTokens = Tokens, Rules = new TokenRules { Biases = [new SequenceBias([2], -100), new SequenceBias([end], 3)] } };
        int[] ids = [.. model.StartChat().Send("Hello", sampling).Select(p => p.Token).OfType<GeneratedToken>().Select(t => t.Id)];
        int at = Array.IndexOf(ids, end);
        Assert.InRange(at, 2, Tokens - 2);
        string answer = string.Concat(ids[(at + 1)..].Select(id => id == end ? "</think>" : model.Tokenizer.Decode([id], skipSpecialTokens: true)));
        return (model.Tokenizer.Decode(ids[..at]).Trim(), answer.TrimStart(), at + 1, new() { ["2"] = -100, [end.ToString(CultureInfo.InvariantCulture)] = 3 });
    }
}
