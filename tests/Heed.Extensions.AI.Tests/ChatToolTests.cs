using System.Text.Json;
using System.Text.Json.Serialization;
using Heed.Generation;
using Heed.Tokenization;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using Turn = Heed.Tokenization.ChatMessage;

namespace Heed.Extensions.AI.Tests;

/// <summary>Tools in real loops of function invocation: with models that follow a script, and with random weights that must call.</summary>
public sealed class ChatToolTests
{
    private const string Weather = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Oslo\"}}\n</tool_call>";
    private const string Rome = "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Rome\"}}\n</tool_call>";

    private readonly List<City> asked = [];

    [JsonConverter(typeof(JsonStringEnumConverter<City>))]
    public enum City
    {
        Oslo,
        Rome,
    }

    private AIFunction Tool => AIFunctionFactory.Create((City city) =>
    {
        asked.Add(city);
        return city == City.Oslo ? "snow" : "sun";
    }, "weather", "Tells the weather.");

    private static ToolDeclaration Declared(AIFunction tool) => new(tool.Name, tool.Description, tool.JsonSchema);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AModelCallsReadsTheResultsAndAnswers(bool streaming)
    {
        ToolDeclaration declared = Declared(Tool);
        TemplateValue question = new Turn("user", "Weather?");
        ToolCall oslo = new("1", "weather", """{"city": "Oslo"}"""), rome = new("2", "weather", """{"city": "Rome"}""");
        int first = TestModels.Length([question], declared), second = TestModels.Length([question, ToolMessages.Assistant("Let me see.", [oslo, rome]), ToolMessages.Result("1", "weather", "snow"), ToolMessages.Result("2", "weather", "sun")], declared);
        using IChatClient client = TestModels.Client(TestModels.Scripted((first, $"Let me see.\n{Weather}\n{Rome}"), (second, "Snow in Oslo, sun in Rome."))).AsBuilder().UseFunctionInvocation().Build();
        ChatOptions options = new() { Tools = [Tool], Temperature = 0 };
        ChatResponse response = streaming ? await client.GetStreamingResponseAsync("Weather?", options).ToChatResponseAsync() : await client.GetResponseAsync("Weather?", options);
        Assert.Equal([City.Oslo, City.Rome], asked);
        Assert.Equal("Snow in Oslo, sun in Rome.", response.Messages[^1].Text);
        Assert.Equal("Let me see.", response.Messages[0].Text);
        FunctionCallContent[] calls = [.. response.Messages[0].Contents.OfType<FunctionCallContent>()];
        Assert.Equal(["Oslo", "Rome"], calls.Select(c => c.Arguments!["city"]?.ToString()));
        Assert.Equal(calls.Select(c => c.CallId), response.Messages.SelectMany(m => m.Contents).OfType<FunctionResultContent>().Select(r => r.CallId));
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(first + second, response.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task CallsAreReportedAndOneAloneWhereOneIsAllowed()
    {
        LanguageModel model = TestModels.Scripted((TestModels.Length([new Turn("user", "Weather?")], Declared(Tool)), $"{Weather}\n{Rome} and more"));
        using HeedChatClient client = TestModels.Client(model);
        ChatResponse both = await client.GetResponseAsync("Weather?", new() { Tools = [Tool], Temperature = 0 });
        Assert.Equal(2, both.Messages[0].Contents.OfType<FunctionCallContent>().Count());
        Assert.Equal(("and more", ChatFinishReason.ToolCalls), (both.Text, both.FinishReason));
        ChatResponse one = await client.GetResponseAsync("Weather?", new() { Tools = [Tool], Temperature = 0, AllowMultipleToolCalls = false });
        Assert.Equal("Oslo", Assert.Single(one.Messages[0].Contents.OfType<FunctionCallContent>()).Arguments!["city"]?.ToString());
        Assert.Equal(("", ChatFinishReason.ToolCalls), (one.Text, one.FinishReason));
        Assert.Equal(Weather.Length, one.Usage!.OutputTokenCount);
        Assert.Empty(asked);
    }

    [Fact]
    public async Task WithoutPermissionNoToolIsShownAndWhatLooksLikeACallIsText()
    {
        LanguageModel model = TestModels.Scripted((TestModels.Length([new Turn("user", "Weather?")]), Weather));
        using IChatClient client = TestModels.Client(model).AsBuilder().UseFunctionInvocation().Build();
        ChatResponse response = await client.GetResponseAsync("Weather?", new() { Tools = [Tool], ToolMode = ChatToolMode.None, Temperature = 0 });
        Assert.Equal((Weather, ChatFinishReason.Stop), (response.Text, response.FinishReason));
        Assert.Empty(asked);
    }

    [Theory]
    [InlineData("hermes")]
    [InlineData("llama")]
    [InlineData("mistral")]
    public async Task ARequiredCallIsMadeEvenByRandomWeights(string name)
    {
        ToolCallFormat format = new[] { ToolCallFormat.Hermes, ToolCallFormat.Llama, ToolCallFormat.Mistral }.Single(f => f.Name == name);
        using IChatClient client = TestModels.Client(TestModels.Random, new() { ToolFormat = format }).AsBuilder().UseFunctionInvocation().Build();
        AIFunction other = AIFunctionFactory.Create(() => "never", "other");
        ChatOptions options = new() { Tools = [other, Tool], ToolMode = ChatToolMode.RequireSpecific("weather"), AllowMultipleToolCalls = false, MaxOutputTokens = 200 };
        for (int seed = 0; seed < 3; seed++)
        {
            options.Seed = seed;
            ChatResponse response = await client.GetResponseAsync("Weather?", options);
            Assert.Equal(seed + 1, asked.Count);
            FunctionCallContent call = Assert.Single(response.Messages[0].Contents.OfType<FunctionCallContent>());
            Assert.Equal(("weather", asked[^1].ToString()), (call.Name, call.Arguments!["city"]?.ToString()));
            Assert.Equal("", response.Messages[0].Text);
            Assert.Equal(asked[^1] == City.Oslo ? "snow" : "sun", Assert.Single(response.Messages[1].Contents.OfType<FunctionResultContent>()).Result?.ToString());
            Assert.Equal(3, response.Messages.Count);
        }
    }

    [Fact]
    public async Task AnAnswerInJsonMayBeACallInstead()
    {
        ChatOptions options = new() { Tools = [Tool], ResponseFormat = ChatResponseFormat.ForJsonSchema(JsonDocument.Parse("""{"const": "yes"}""").RootElement), MaxOutputTokens = 300 };
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        HashSet<string> answers = [];
        for (int seed = 0; seed < 12; seed++)
        {
            options.Seed = seed;
            ChatResponse response = await client.GetResponseAsync("Weather?", options);
            if (response.FinishReason != ChatFinishReason.Length) answers.Add(response.Text.Length > 0 ? response.Text : Assert.IsType<FunctionCallContent>(response.Messages[0].Contents[0]).Name);
        }
        Assert.Equal(["\"yes\"", "weather"], answers.Order());
    }

    [Fact]
    public async Task ResultsReachTheModelAsText()
    {
        // The last token of the prompt decides what a scripted model says, so its place tells the length of what the model read.
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        async Task<long?> Tokens(object? result, Exception? error = null) => (await client.GetResponseAsync(
            [new(ChatRole.User, "?"), new(ChatRole.Assistant, [new FunctionCallContent("1", "f")]), new(ChatRole.Tool, [new FunctionResultContent("1", result) { Exception = error }])],
            new() { MaxOutputTokens = 1 })).Usage!.InputTokenCount;
        long empty = (await Tokens(""))!.Value;
        Assert.Equal(empty + 3, await Tokens("sun"));
        Assert.Equal(empty + 3, await Tokens(JsonDocument.Parse("\"sun\"").RootElement));
        Assert.Equal(empty + 7, await Tokens(JsonDocument.Parse("""{"a":1}""").RootElement));
        Assert.Equal(empty + 2, await Tokens(42));
        Assert.Equal(empty + 4, await Tokens(null));
        Assert.Equal(empty + "Error: bad".Length, await Tokens(null, new InvalidOperationException("bad")));
        Assert.Equal(empty + 3, await Tokens(new TextContent("sun")));
    }
}
