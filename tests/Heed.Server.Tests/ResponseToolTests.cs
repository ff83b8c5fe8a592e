using System.ClientModel;
using System.Text.Json;
using OpenAI.Responses;

namespace Heed.Server.Tests;

/// <summary>Tools in /v1/responses: what /v1/chat/completions does with the same model and seed, in other words.</summary>
[Collection("server")]
public sealed class ResponseToolTests(SmallModels models)
{
    private const string Route = "/v1/responses";
    private const string Cities = """{"type":"object","properties":{"city":{"enum":["paris","rome"]}},"required":["city"]}""";
    private static readonly object[] Tools =
    [
        new { type = "function", name = "weather", description = "of a city", parameters = JsonDocument.Parse(Cities).RootElement },
        new { type = "function", name = "clock", parameters = new { type = "object", properties = new { zone = new { type = "integer", minimum = 0, maximum = 9 } }, required = new[] { "zone" } } },
    ];

    private readonly TestServer server = models.Server;

    [Fact]
    public async Task Calls_are_those_of_a_chat_whole_and_streamed()
    {
        object[] declared = [.. Tools.Select(t => JsonSerializer.SerializeToElement(t)).Select(t => new { type = "function", function = t })];
        // Of many seeds one makes more than one call.
        for (int seed = 0; seed < 40; seed++)
        {
            object messages = new[] { new { role = "user", content = "how is it?" } };
            JsonElement chat = (await server.Post("/v1/chat/completions", new { model = "caller", messages, tools = declared, tool_choice = "required", seed, max_tokens = 400 })).GetProperty("choices")[0].GetProperty("message");
            (string?, string?)[] expected = [.. chat.GetProperty("tool_calls").EnumerateArray().Select(c => c.GetProperty("function")).Select(f => (f.GetProperty("name").GetString(), f.GetProperty("arguments").GetString()))];
            if (expected.Length < 2) continue;
            JsonElement response = await server.Post(Route, new { model = "caller", input = "how is it?", tools = Tools, tool_choice = "required", seed, max_output_tokens = 400 });
            JsonElement[] output = [.. response.GetProperty("output").EnumerateArray()];
            Assert.All(output, item => Assert.Equal(("function_call", "completed"), (item.GetProperty("type").GetString(), item.GetProperty("status").GetString())));
            Assert.Equal(expected, output.Select(Called));
            Assert.Equal(output.Length, output.Select(i => i.GetProperty("call_id").GetString()).Distinct().Count());
            Assert.Equal(("completed", "required"), (response.GetProperty("status").GetString(), response.GetProperty("tool_choice").GetString()));
            Assert.Equal("weather", response.GetProperty("tools")[0].GetProperty("name").GetString());
            Streamed(expected, await Events(new { model = "caller", input = "how is it?", tools = Tools, tool_choice = "required", seed, max_output_tokens = 400, stream = true }));
            return;
        }
        Assert.Fail("no seed made two calls");
    }

    [Fact]
    public async Task The_model_sees_calls_and_results_as_in_a_chat()
    {
        object[] input =
        [
            new { role = "user", content = "how?" }, new { type = "message", role = "assistant", content = "see" }, new { type = "function_call", id = "fc_1", call_id = "c1", name = "weather", arguments = """{"city":"rome"}""" },
            new { type = "function_call", call_id = "c2", name = "clock", arguments = """{"zone":3}""" }, new { type = "function_call_output", call_id = "c1", output = "sunny" }, new { type = "function_call_output", call_id = "c2", output = new[] { new { type = "input_text", text = "noon" } } },
        ];
        int expected = "u:how?".Length + 1 + """a:see(weather {"city": "rome"})(clock {"zone": 3})""".Length + 1 + "t:sunny".Length + 1 + "t:noon".Length + 1 + "a:".Length;
        async Task<int> Read(object body) => (await server.Post(Route, body)).GetProperty("usage").GetProperty("input_tokens").GetInt32();
        Assert.Equal(expected, await Read(new { model = "caller", input, max_output_tokens = 1 }));
        Assert.Equal(expected, await Read(new { model = "caller", input, tools = Tools, tool_choice = "none", max_output_tokens = 1 }));
        Assert.Equal(expected + "weather <tool_call>clock <tool_call>".Length, await Read(new { model = "caller", input, tools = Tools, max_output_tokens = 1 }));
    }

    [Fact]
    public async Task The_official_client_calls_and_brings_results()
    {
        ResponsesClient client = new(new ApiKeyCredential("any"), new ResponsesClientOptions { Endpoint = new Uri(server.Url, "/v1") });
        CreateResponseOptions options = new("caller", [OpenAI.Responses.ResponseItem.CreateUserMessageItem("how is it?")]) { MaxOutputTokenCount = 300, ToolChoice = ResponseToolChoice.CreateFunctionChoice("weather") };
        options.Tools.Add(OpenAI.Responses.ResponseTool.CreateFunctionTool("weather", BinaryData.FromString(Cities), strictModeEnabled: true, "of a city"));
        ResponseResult whole = await client.CreateResponseAsync(options);
        FunctionCallResponseItem call = Assert.IsType<FunctionCallResponseItem>(Assert.Single(whole.OutputItems));
        Assert.Equal("weather", call.FunctionName);
        Assert.Contains(call.FunctionArguments.ToObjectFromJson<Dictionary<string, string>>()!["city"], (string[])["paris", "rome"]);
        CreateResponseOptions after = new("caller", [.. options.InputItems, call, OpenAI.Responses.ResponseItem.CreateFunctionCallOutputItem(call.CallId, "sunny")]) { MaxOutputTokenCount = 4 };
        Assert.NotEmpty(((ResponseResult)await client.CreateResponseAsync(after)).GetOutputText());
        options.StreamingEnabled = true;
        List<StreamingResponseUpdate> updates = [];
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(options)) updates.Add(update);
        StreamingResponseFunctionCallArgumentsDoneUpdate done = Assert.Single(updates.OfType<StreamingResponseFunctionCallArgumentsDoneUpdate>());
        Assert.Equal(done.FunctionArguments.ToString(), string.Concat(updates.OfType<StreamingResponseFunctionCallArgumentsDeltaUpdate>().Select(d => d.Delta.ToString())));
        Assert.IsType<StreamingResponseCompletedUpdate>(updates[^1]);
    }

    private static (string?, string?) Called(JsonElement item) => (item.GetProperty("name").GetString(), item.GetProperty("arguments").GetString());

    // The order that https://platform.openai.com/docs/api-reference/responses-streaming gives.
    private static void Streamed((string?, string?)[] expected, JsonElement[] events)
    {
        string[] call = ["response.output_item.added", "response.function_call_arguments.delta", "response.function_call_arguments.done", "response.output_item.done"];
        Assert.Equal(["response.created", "response.in_progress", .. expected.SelectMany(_ => call), "response.completed"], events.Select(e => e.GetProperty("type").GetString()!));
        Assert.Equal(Enumerable.Range(0, events.Length), events.Select(e => e.GetProperty("sequence_number").GetInt32()));
        foreach ((int i, JsonElement[] steps) in events[2..^1].Chunk(4).Index())
        {
            Assert.All(steps, e => Assert.Equal(i, e.GetProperty("output_index").GetInt32()));
            JsonElement added = steps[0].GetProperty("item"), done = steps[3].GetProperty("item");
            Assert.Equal(("in_progress", ""), (added.GetProperty("status").GetString(), added.GetProperty("arguments").GetString()));
            Assert.All([done.GetProperty("id"), .. steps[1..3].Select(s => s.GetProperty("item_id"))], id => Assert.Equal(added.GetProperty("id").GetString(), id.GetString()));
            Assert.Equal(expected[i], Called(done));
            Assert.Equal((expected[i].Item2, expected[i].Item2), (steps[1].GetProperty("delta").GetString(), steps[2].GetProperty("arguments").GetString()));
        }
        Assert.Equal(expected, events[^1].GetProperty("response").GetProperty("output").EnumerateArray().Select(Called));
    }

    private async Task<JsonElement[]> Events(object body)
    {
        using HttpResponseMessage response = await server.Client.PostAsync(Route, TestServer.Json(body));
        string[] events = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        return [.. events.Select(e =>
        {
            string[] lines = e.Split('\n');
            JsonElement data = JsonDocument.Parse(lines[1]["data: ".Length..]).RootElement;
            Assert.Equal($"event: {data.GetProperty("type").GetString()}", lines[0]);
            return data;
        })];
    }
}
