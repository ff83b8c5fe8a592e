using System.ClientModel;
using System.Text.Json;
using Heed.Generation;
using OpenAI.Responses;

namespace Heed.Server.Tests;

/// <summary>/v1/responses, also with the official client.</summary>
[Collection("server")]
public sealed class ResponseTests(SmallModels models)
{
    private const string Route = "/v1/responses";
    private readonly TestServer server = models.Server;

    [Fact]
    public async Task A_response_says_what_a_chat_says()
    {
        Dictionary<string, int> noEnd = new() { ["2"] = -100 };
        object[] input = [new { role = "user", content = "Hello" }, new { type = "message", role = "assistant", content = new[] { new { type = "output_text", text = "yes" } } }, new { role = "user", content = new[] { new { type = "input_text", text = "Who?" } } }];
        object[] messages = [new { role = "system", content = "Be brief." }, new { role = "user", content = "Hello" }, new { role = "assistant", content = "yes" }, new { role = "user", content = "Who?" }];
        JsonElement chat = await server.Post("/v1/chat/completions", new { model = "chat", messages, temperature = 0, max_tokens = 12, logit_bias = noEnd });
        JsonElement response = await server.Post(Route, new { model = "chat", instructions = "Be brief.", input, temperature = 0, max_output_tokens = 12, logit_bias = noEnd });
        JsonElement part = response.GetProperty("output")[0].GetProperty("content")[0];
        Assert.Equal(chat.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), part.GetProperty("text").GetString());
        Assert.Equal(("incomplete", "max_output_tokens"), (response.GetProperty("status").GetString(), response.GetProperty("incomplete_details").GetProperty("reason").GetString()));
        Assert.Equal(chat.GetProperty("usage").GetProperty("prompt_tokens").GetInt32(), response.GetProperty("usage").GetProperty("input_tokens").GetInt32());
        Assert.Equal(12, response.GetProperty("usage").GetProperty("output_tokens").GetInt32());
    }

    [Fact]
    public async Task The_official_client_reads_and_streams()
    {
        string expected = string.Concat(LanguageModel.Load(models.Writer).StartChat("Be brief.").Send("Hello", new() { Temperature = 0, MaxTokens = 16 }).Select(p => p.Text));
        ResponsesClient client = new(new ApiKeyCredential("any"), new ResponsesClientOptions { Endpoint = new Uri(server.Url, "/v1") });
        CreateResponseOptions options = new("chat", [OpenAI.Responses.ResponseItem.CreateUserMessageItem("Hello")]) { Instructions = "Be brief.", Temperature = 0, MaxOutputTokenCount = 16 };
        ResponseResult whole = await client.CreateResponseAsync(options);
        Assert.Equal(expected, whole.GetOutputText());
        Assert.Equal(16, whole.Usage.OutputTokenCount);
        string streamed = "";
        List<Type> kinds = [];
        options.StreamingEnabled = true;
        await foreach (StreamingResponseUpdate update in await client.CreateResponseStreamingAsync(options))
        {
            kinds.Add(update.GetType());
            if (update is StreamingResponseOutputTextDeltaUpdate delta) streamed += delta.Delta;
        }
        Assert.Equal(expected, streamed);
        Assert.Equal(typeof(StreamingResponseCreatedUpdate), kinds[0]);
        Assert.Equal(typeof(StreamingResponseIncompleteUpdate), kinds[^1]);
    }

    [Fact]
    public async Task A_schema_is_obeyed()
    {
        JsonElement response = await server.Post(Route, new { model = "chat", input = "who", seed = 1, text = new { format = new { type = "json_schema", name = "word", schema = new { @enum = new[] { "ada", "alan" } } } } });
        Assert.Contains(response.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString(), (string[])["\"ada\"", "\"alan\""]);
        Assert.Equal("completed", response.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("""{"model":"chat"}""", "input")]
    [InlineData("""{"model":"chat","input":[]}""", "input")]
    [InlineData("""{"model":"chat","input":["a"]}""", "input[0]")]
    [InlineData("""{"model":"chat","instructions":"i","input":[{"role":"king","content":"a"}]}""", "input[0].role")]
    [InlineData("""{"model":"chat","input":[{"type":"item_reference","id":"a"}]}""", "input[0].type")]
    [InlineData("""{"model":"caller","input":[{"type":"function_call_output","output":"a"}]}""", "input[0].call_id")]
    [InlineData("""{"model":"caller","input":[{"type":"function_call_output","call_id":"a"}]}""", "input[0].output")]
    [InlineData("""{"model":"caller","input":["a",{"type":"function_call","call_id":"a","name":"b","arguments":"[]"}]}""", "input[0]")]
    [InlineData("""{"model":"caller","input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"a","name":"b","arguments":"[]"}]}""", "input[1].arguments")]
    [InlineData("""{"model":"caller","input":[{"type":"function_call","call_id":"a","arguments":"{}"}]}""", "input[0].name")]
    [InlineData("""{"model":"caller","input":"a","tools":[{"type":"function","name":"a b"}]}""", "tools[0].name")]
    [InlineData("""{"model":"caller","input":"a","tools":[{"type":"function","name":"a"}],"tool_choice":{"type":"function","name":"b"}}""", "tool_choice")]
    [InlineData("""{"model":"chat","input":"a","store":true}""", "store")]
    [InlineData("""{"model":"chat","input":"a","conversation":"c"}""", "conversation")]
    [InlineData("""{"model":"chat","input":"a","background":true}""", "background")]
    [InlineData("""{"model":"chat","input":"a","previous_response_id":"r"}""", "previous_response_id")]
    [InlineData("""{"model":"chat","input":"a","tools":[{"type":"web_search"}]}""", "tools[0].type")]
    [InlineData("""{"model":"chat","input":"a","max_output_tokens":-1}""", "max_output_tokens")]
    [InlineData("""{"model":"chat","input":"a","text":{"format":{"type":"xml"}}}""", "text.format.type")]
    public async Task What_is_wrong_is_told_by_parameter(string body, string parameter) => await server.Refused(Route, body, 400, parameter);
}
