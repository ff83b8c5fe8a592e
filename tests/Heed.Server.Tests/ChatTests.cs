using System.Text.Json;
using Heed.Generation;

namespace Heed.Server.Tests;

/// <summary>/v1/chat/completions.</summary>
[Collection("server")]
public sealed class ChatTests(SmallModels models)
{
    private const string Route = "/v1/chat/completions";
    private readonly TestServer server = models.Server;

    [Fact]
    public async Task An_answer_is_that_of_a_chat_of_the_library()
    {
        Chat chat = LanguageModel.Load(models.Writer).StartChat("Be brief.");
        string[] expected = [.. new[] { "Hello", "Who?" }.Select(m => string.Concat(chat.Send(m, new() { Temperature = 0, MaxTokens = 12 }).Select(p => p.Text)))];
        object[] messages =
        [
            new { role = "developer", content = "Be brief." }, new { role = "user", content = "Hello" }, new { role = "assistant", content = expected[0] },
            new { role = "user", content = new[] { new { type = "text", text = "Wh" }, new { type = "text", text = "o?" } } },
        ];
        JsonElement answer = await server.Post(Route, new { model = "chat", messages, temperature = 0, max_completion_tokens = 12 });
        JsonElement message = answer.GetProperty("choices")[0].GetProperty("message");
        Assert.Equal(("assistant", expected[1]), (message.GetProperty("role").GetString(), message.GetProperty("content").GetString()));
        Assert.Equal(chat.PromptTokens, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        List<JsonElement> events = await server.Events(Route, new { model = "chat", messages, temperature = 0, max_tokens = 12, stream = true, stream_options = new { include_usage = true } });
        Assert.Equal("assistant", Delta(events[0]).GetProperty("role").GetString());
        Assert.Equal(expected[1], string.Concat(events.Where(e => e.GetProperty("choices").GetArrayLength() > 0).Select(e => Delta(e).TryGetProperty("content", out JsonElement c) ? c.GetString() : "")));
        Assert.Equal("length", events[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(12, events[^1].GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task The_second_turn_does_not_read_the_first_again()
    {
        string long1 = new('q', 80);
        await server.Post(Route, new { model = "chat", messages = new[] { new { role = "user", content = long1 } }, max_tokens = 4 });
        JsonElement again = await server.Post(Route, new { model = "chat", messages = new[] { new { role = "user", content = long1 } }, max_tokens = 4 });
        Assert.InRange(again.GetProperty("usage").GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32(), 64, 84);
    }

    [Fact]
    public async Task What_people_write_ends_no_turn()
    {
        object[] plain = [new { role = "user", content = "a" }], typed = [new { role = "user", content = "a<|e|></s>" }];
        int Tokens(JsonElement answer) => answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        int before = Tokens(await server.Post(Route, new { model = "chat", messages = plain, max_tokens = 1 }));
        Assert.Equal(before + "<|e|></s>".Length, Tokens(await server.Post(Route, new { model = "chat", messages = typed, max_tokens = 1 })));
    }

    [Fact]
    public async Task Probabilities_come_with_bytes_and_alternatives()
    {
        JsonElement choice = (await server.Post(Route, new { model = "chat", messages = new[] { new { role = "user", content = "a" } }, max_tokens = 5, temperature = 0, logprobs = true, top_logprobs = 2 })).GetProperty("choices")[0];
        JsonElement[] tokens = [.. choice.GetProperty("logprobs").GetProperty("content").EnumerateArray()];
        string text = choice.GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(text, string.Concat(tokens.Select(t => t.GetProperty("token").GetString())));
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(text), tokens.SelectMany(t => t.GetProperty("bytes").EnumerateArray().Select(b => b.GetByte())));
        Assert.All(tokens, t =>
        {
            JsonElement[] top = [.. t.GetProperty("top_logprobs").EnumerateArray()];
            Assert.Equal(2, top.Length);
            Assert.Equal(t.GetProperty("logprob").GetDouble(), top[0].GetProperty("logprob").GetDouble()); // greedy takes the best
        });
    }

    [Fact]
    public async Task A_schema_is_obeyed()
    {
        object schema = new { type = "object", properties = new { name = new { @enum = new[] { "ada", "alan" } }, age = new { type = "integer", minimum = 0, maximum = 99 } }, required = new[] { "name", "age" } };
        object[] messages = [new { role = "user", content = "who" }];
        JsonElement answer = await server.Post(Route, new { model = "chat", messages, seed = 2, max_tokens = 60, response_format = new { type = "json_schema", json_schema = new { name = "person", schema } } });
        JsonElement person = JsonDocument.Parse(answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!).RootElement;
        Assert.Contains(person.GetProperty("name").GetString(), (string[])["ada", "alan"]);
        Assert.InRange(person.GetProperty("age").GetInt32(), 0, 99);
        Assert.Equal("stop", answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        // An object may be empty: with the sign that ends it made likely it is.
        string end = LanguageModel.Load(models.Writer).Tokenizer.Encode("}")[0].ToString(System.Globalization.CultureInfo.InvariantCulture);
        JsonElement any = await server.Post(Route, new { model = "chat", messages, max_tokens = 20, logit_bias = new Dictionary<string, int> { [end] = 100 }, response_format = new { type = "json_object" } });
        Assert.Equal("{}", any.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString());
        await server.Refused(Route, new { model = "chat", messages, response_format = new { type = "json_schema", json_schema = new { name = "x", schema = new { type = "nonsense" } } } }, 400, "response_format");
        await server.Refused(Route, new { model = "chat", messages, response_format = new { type = "json_schema" } }, 400, "response_format.json_schema.schema");
    }

    [Fact]
    public async Task An_encoder_decoder_rewrites_the_last_thing_that_the_user_said()
    {
        TextRewriter rewriter = TextRewriter.Load(models.Rewriter);
        GenerationOptions options = rewriter.Defaults with { MaxLength = null, Sampling = rewriter.Defaults.Sampling with { MaxTokens = 6 } };
        object[] messages = [new { role = "user", content = "a cat" }, new { role = "assistant", content = "x" }, new { role = "user", content = "the dog runs" }];
        List<JsonElement> events = await server.Events(Route, new { model = "bart", messages, max_tokens = 6, stream = true });
        Assert.Equal(rewriter.Run("the dog runs", options), string.Concat(events.Select(e => Delta(e).TryGetProperty("content", out JsonElement c) ? c.GetString() : "")));
        await server.Refused(Route, new { model = "bart", messages = messages[1..2] }, 400, "messages");
    }

    [Theory]
    [InlineData("""{"model":"chat"}""", "messages")]
    [InlineData("""{"model":"chat","messages":[]}""", "messages")]
    [InlineData("""{"model":"chat","messages":"hi"}""", "messages")]
    [InlineData("""{"model":"chat","messages":[null]}""", "messages[0]")]
    [InlineData("""{"model":"chat","messages":[{"role":"user","content":"a"},{"role":"king","content":"a"}]}""", "messages[1].role")]
    [InlineData("""{"model":"chat","messages":[{"role":"user"}]}""", "messages[0].content")]
    [InlineData("""{"model":"chat","messages":[{"role":"user","content":7}]}""", "messages[0].content")]
    [InlineData("""{"model":"chat","messages":[{"role":7,"content":"a"}]}""", "messages[0].role")]
    [InlineData("""{"model":"chat","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]}]}""", "messages[0].content[0]")]
    [InlineData("""{"model":"chat","messages":[{"role":"user","content":"a"}],"top_logprobs":1}""", "top_logprobs")]
    [InlineData("""{"model":"chat","messages":[{"role":"user","content":"a"}],"max_completion_tokens":-1}""", "max_completion_tokens")]
    public async Task What_is_wrong_is_told_by_parameter(string body, string parameter) => await server.Refused(Route, body, 400, parameter);

    private static JsonElement Delta(JsonElement e) => e.GetProperty("choices")[0].GetProperty("delta");
}
