using System.Text.Json;

namespace Heed.Server.Tests;

/// <summary>Tools in /v1/chat/completions. The model is a random one: what it must write it writes, what it may it does not.</summary>
[Collection("server")]
public sealed class ToolTests(SmallModels models)
{
    private const string Route = "/v1/chat/completions";
    private static readonly object[] Question = [new { role = "user", content = "how is it?" }];
    private static readonly object[] Tools =
    [
        new { type = "function", function = new { name = "weather", description = "of a city", parameters = new { type = "object", properties = new { city = new { @enum = new[] { "paris", "rome" } } }, required = new[] { "city" } } } },
        new { type = "function", function = new { name = "clock", parameters = new { type = "object", properties = new { zone = new { type = "integer", minimum = 0, maximum = 9 } }, required = new[] { "zone" } } } },
    ];

    private readonly TestServer server = models.Server;

    [Fact]
    public async Task A_call_that_is_demanded_comes_and_fits_its_schema()
    {
        JsonElement choice = (await server.Post(Route, new { model = "caller", messages = Question, tools = Tools, tool_choice = "required", parallel_tool_calls = false, seed = 1, max_tokens = 200 })).GetProperty("choices")[0];
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        JsonElement message = choice.GetProperty("message");
        Assert.Equal(JsonValueKind.Null, message.GetProperty("content").ValueKind);
        Fits(Assert.Single(message.GetProperty("tool_calls").EnumerateArray()));
        JsonElement named = (await server.Post(Route, new { model = "caller", messages = Question, tools = Tools, tool_choice = new { type = "function", function = new { name = "clock" } }, seed = 2, max_tokens = 200 })).GetProperty("choices")[0];
        Assert.Equal("clock", Assert.Single(named.GetProperty("message").GetProperty("tool_calls").EnumerateArray()).GetProperty("function").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Several_calls_come_at_once_and_in_a_stream()
    {
        // Of many seeds one makes more than one call.
        for (int seed = 0; seed < 40; seed++)
        {
            object body = new { model = "caller", messages = Question, tools = Tools, tool_choice = "required", seed, max_tokens = 400 };
            JsonElement[] calls = [.. (await server.Post(Route, body)).GetProperty("choices")[0].GetProperty("message").GetProperty("tool_calls").EnumerateArray()];
            Assert.All(calls, Fits);
            Assert.Equal(calls.Length, calls.Select(c => c.GetProperty("id").GetString()).Distinct().Count());
            if (calls.Length < 2) continue;
            List<JsonElement> events = await server.Events(Route, new { model = "caller", messages = Question, tools = Tools, tool_choice = "required", seed, max_tokens = 400, stream = true });
            JsonElement[] streamed = [.. events.Select(e => e.GetProperty("choices")[0].GetProperty("delta")).Where(d => d.TryGetProperty("tool_calls", out _)).SelectMany(d => d.GetProperty("tool_calls").EnumerateArray())];
            Assert.Equal(calls.Select(c => c.GetProperty("function").GetRawText()), streamed.Select(c => c.GetProperty("function").GetRawText()));
            Assert.Equal(Enumerable.Range(0, calls.Length), streamed.Select(c => c.GetProperty("index").GetInt32()));
            Assert.Equal("tool_calls", events[^1].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
            return;
        }
        Assert.Fail("no seed made two calls");
    }

    [Fact]
    public async Task The_model_sees_tools_calls_and_results_unless_it_must_not_call()
    {
        object[] messages = [.. Question, new { role = "assistant", tool_calls = new[] { new { id = "c1", type = "function", function = new { name = "weather", arguments = """{"city":"rome"}""" } } } }, new { role = "tool", tool_call_id = "c1", content = "sunny" }];
        async Task<int> Tokens(object body) => (await server.Post(Route, body)).GetProperty("usage").GetProperty("prompt_tokens").GetInt32();
        int bare = "u:how is it?".Length + 1 + "a:".Length + """(weather {"city": "rome"})""".Length + 1 + "t:sunny".Length + 1 + "a:".Length; // letters, and a token at the end of each turn
        Assert.Equal(bare, await Tokens(new { model = "caller", messages, max_tokens = 1 }));
        Assert.Equal(bare, await Tokens(new { model = "caller", messages, tools = Tools, tool_choice = "none", max_tokens = 1 }));
        Assert.Equal(bare + "weather <tool_call>clock <tool_call>".Length, await Tokens(new { model = "caller", messages, tools = Tools, max_tokens = 1 }));
    }

    [Theory]
    [InlineData("""[{"type":"retrieval"}]""", "\"auto\"", "tools[0].type")]
    [InlineData("""[{"type":"function","function":{"name":"a b"}}]""", "\"auto\"", "tools[0].function.name")]
    [InlineData("""[{"type":"function","function":{"name":"a","parameters":7}}]""", "\"auto\"", "tools[0].function.parameters")]
    [InlineData("""[{"type":"function","function":{"name":"a"}},{"type":"function","function":{"name":"a"}}]""", "\"auto\"", "tools")]
    [InlineData("""[{"type":"function","function":{"name":"a"}}]""", "\"maybe\"", "tool_choice")]
    [InlineData("""[{"type":"function","function":{"name":"a"}}]""", """{"type":"function","function":{"name":"b"}}""", "tool_choice")]
    [InlineData("[]", "\"required\"", "tool_choice")]
    [InlineData("{}", "\"auto\"", "tools")]
    public async Task What_is_wrong_is_told_by_parameter(string tools, string choice, string parameter) =>
        await server.Refused(Route, $$"""{"model":"caller","messages":[{"role":"user","content":"a"}],"tools":{{tools}},"tool_choice":{{choice}}}""", 400, parameter);

    [Theory]
    [InlineData("""{"role":"tool","content":"a"}""", "messages[0].tool_call_id")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a"}]}""", "messages[0].tool_calls[0]")]
    [InlineData("""{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"a","arguments":"[]"}}]}""", "messages[0].tool_calls")]
    public async Task Wrong_messages_are_refused(string message, string parameter) => await server.Refused(Route, $$"""{"model":"caller","messages":[{{message}}]}""", 400, parameter);

    [Fact]
    public async Task A_model_without_a_place_for_tools_says_so() => await server.Refused(Route, new { model = "chat", messages = Question, tools = Tools }, 400, "tools");

    private static void Fits(JsonElement call)
    {
        Assert.Equal("function", call.GetProperty("type").GetString());
        JsonElement function = call.GetProperty("function");
        JsonElement arguments = JsonDocument.Parse(function.GetProperty("arguments").GetString()!).RootElement;
        if (function.GetProperty("name").GetString() == "weather") Assert.Contains(arguments.GetProperty("city").GetString(), (string[])["paris", "rome"]);
        else Assert.InRange(arguments.GetProperty("zone").GetInt32(), 0, 9);
    }
}
