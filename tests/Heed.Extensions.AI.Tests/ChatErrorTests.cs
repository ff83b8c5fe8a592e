using Heed.Generation;
using Heed.Layers;
using Heed.Tokenization;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Heed.Extensions.AI.Tests;

/// <summary>What cannot be done is said, with what was given and what to do.</summary>
public sealed class ChatErrorTests
{
    private static async Task Says<T>(string expected, IChatClient client, ChatOptions? options = null, params ChatMessage[] messages) where T : Exception =>
        Assert.Contains(expected, (await Assert.ThrowsAnyAsync<T>(() => client.GetResponseAsync(messages.Length > 0 ? messages : [new(ChatRole.User, "Hello?")], options))).Message, StringComparison.Ordinal);

    [Fact]
    public void AModelWithoutATemplateNeedsOne()
    {
        string folder = Directory.CreateTempSubdirectory("heed-ai-").FullName;
        try
        {
            TestModels.Random.Save(folder);
            ArgumentException e = Assert.Throws<ArgumentException>(() => HeedChatClient.Load(folder));
            foreach (string part in (string[])[folder, "no chat template", "chat_template.jinja", "HeedChatClientOptions.Template", "chatml"]) Assert.Contains(part, e.Message, StringComparison.Ordinal);
            HeedChatClient.Load(folder, new() { Template = TestModels.Template }).Dispose();
            Assert.Throws<ArgumentException>(() => new HeedChatClient(TestModels.Random));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        Assert.Contains("no model 'no-such-model'", Assert.Throws<FileNotFoundException>(() => HeedChatClient.Load("no-such-model")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RequestsThatCannotBeServed()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { ModelId = "letters" });
        AIFunction tool = AIFunctionFactory.Create(() => 1, "f");
        await Says<ArgumentException>("'other' is asked for", client, new() { ModelId = "other" });
        await Says<ArgumentException>("send all messages", client, new() { ConversationId = "c" });
        await Says<ArgumentException>("temperature must be 0 or more", client, new() { Temperature = -1 });
        await Says<ArgumentException>("min_p must be a number, given much", client, new() { AdditionalProperties = new() { ["min_p"] = "much" } });
        await Says<ArgumentException>("there are no tools", client, new() { ToolMode = ChatToolMode.RequireAny });
        await Says<ArgumentException>("not among the tools f", client, new() { ToolMode = ChatToolMode.RequireSpecific("g"), Tools = [tool] });
        await Says<NotSupportedException>("HostedWebSearchTool", client, new() { Tools = [new HostedWebSearchTool()] });
        await Says<NotSupportedException>("DataContent", client, null, new ChatMessage(ChatRole.User, [new DataContent(new byte[] { 1 }, "image/png")]));
        await Says<ArgumentException>("have room for", client, null, new ChatMessage(ChatRole.User, new string('a', 2000)));
        Assert.Contains("no messages", (await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync([]))).Message, StringComparison.Ordinal);
        using HeedChatClient plain = new(TestModels.Random, new() { Template = ChatTemplate.Parse("{% for m in messages %}{{ m.content }}{% endfor %}{{ raise_exception('no') if messages | length > 1 }}") });
        await Says<NotSupportedException>("no place for tools", plain, new() { Tools = [tool] });
        await Says<ChatTemplateException>("no", plain, new() { Instructions = "Be short." });
    }

    [Fact]
    public async Task AFullQueueRefuses()
    {
        EngineOptions engine = new() { MaxSequences = 1, MaxTokensPerStep = 32, QueueLimit = 1, Cache = new PageOptions { Tokens = 8, Bytes = 1 << 20 } };
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = engine });
        ChatOptions endless = new() { RawRepresentationFactory = _ => new SamplingOptions { StopAtEnd = false, MaxTokens = 900 } };
        using CancellationTokenSource source = new();
        await using IAsyncEnumerator<ChatResponseUpdate> running = client.GetStreamingResponseAsync("a", endless, source.Token).GetAsyncEnumerator();
        Assert.True(await running.MoveNextAsync());
        Task waiting = client.GetResponseAsync("b", endless, source.Token);
        await Says<QueueFullException>("1 requests wait", client, endless);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
