using System.ClientModel;
using Heed.Generation;
using Heed.Tasks;
using OpenAI;
using OpenAI.Chat;
using OpenAI.Embeddings;
using OpenAI.Models;

namespace Heed.Server.Tests;

/// <summary>The official client for .NET.</summary>
[Collection("server")]
public sealed class ClientTests(SmallModels models)
{
    private readonly OpenAIClient client = new(new ApiKeyCredential("any"), new OpenAIClientOptions { Endpoint = new Uri(models.Server.Url, "/v1") });

    [Fact]
    public async Task It_chats_and_streams()
    {
        string expected = string.Concat(LanguageModel.Load(models.Writer).StartChat().Send("Hello", new() { Temperature = 0, MaxTokens = 16 }).Select(p => p.Text));
        ChatClient chat = client.GetChatClient("chat");
        ChatCompletionOptions options = new() { Temperature = 0, MaxOutputTokenCount = 16, IncludeLogProbabilities = true, TopLogProbabilityCount = 2 };
        ChatCompletion answer = await chat.CompleteChatAsync([new UserChatMessage("Hello")], options);
        Assert.Equal(expected, answer.Content[0].Text);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.Length, answer.FinishReason);
        Assert.Equal(16, answer.Usage.OutputTokenCount);
        Assert.Equal(16, answer.ContentTokenLogProbabilities.Count);
        string streamed = "";
        int used = 0;
        await foreach (StreamingChatCompletionUpdate update in chat.CompleteChatStreamingAsync([new UserChatMessage("Hello")], options))
        {
            streamed += string.Concat(update.ContentUpdate.Select(c => c.Text));
            used = update.Usage?.OutputTokenCount ?? used;
        }
        Assert.Equal(expected, streamed);
        Assert.Equal(16, used);
    }

    [Fact]
    public async Task It_calls_tools()
    {
        ChatCompletionOptions options = new() { MaxOutputTokenCount = 300, Seed = 3, ToolChoice = ChatToolChoice.CreateRequiredChoice(), AllowParallelToolCalls = false };
        options.Tools.Add(ChatTool.CreateFunctionTool("clock", "the time", BinaryData.FromString("""{"type":"object","properties":{"zone":{"enum":["utc","cet"]}},"required":["zone"]}""")));
        ChatCompletion answer = await client.GetChatClient("caller").CompleteChatAsync([new UserChatMessage("when?")], options);
        Assert.Equal(OpenAI.Chat.ChatFinishReason.ToolCalls, answer.FinishReason);
        ChatToolCall call = Assert.Single(answer.ToolCalls);
        Assert.Equal("clock", call.FunctionName);
        Assert.Contains(call.FunctionArguments.ToObjectFromJson<Dictionary<string, string>>()!["zone"], (string[])["utc", "cet"]);
        ChatCompletion after = await client.GetChatClient("caller").CompleteChatAsync([new UserChatMessage("when?"), new AssistantChatMessage(answer), new ToolChatMessage(call.Id, "noon")], new() { MaxOutputTokenCount = 4 });
        Assert.NotEmpty(after.Content[0].Text);
    }

    [Fact]
    public async Task It_embeds_lists_models_and_understands_errors()
    {
        float[] vector = (await client.GetEmbeddingClient("bert-mlm").GenerateEmbeddingAsync("a cat")).Value.ToFloats().ToArray();
        Assert.Equal(TextEmbedder.Load(models.Filler).Embed("a cat"), vector, (a, b) => Math.Abs(a - b) < 1e-5f);
        OpenAIModelCollection listed = await client.GetOpenAIModelClient().GetModelsAsync();
        Assert.Equal(["bart", "bert-classify", "bert-mlm", "caller", "chat", "gaps", "thinker"], listed.Select(m => m.Id));
        Assert.Equal("chat", (await client.GetOpenAIModelClient().GetModelAsync("chat")).Value.Id);
        ClientResultException refused = await Assert.ThrowsAsync<ClientResultException>(() => client.GetChatClient("nobody").CompleteChatAsync([new UserChatMessage("a")]));
        Assert.Equal(404, refused.Status);
        Assert.Contains("model_not_found", refused.Message, StringComparison.Ordinal);
    }
}
