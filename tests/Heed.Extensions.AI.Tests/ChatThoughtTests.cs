using Heed.Generation;
using Microsoft.Extensions.AI;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;
using Turn = Heed.Tokenization.ChatMessage;

namespace Heed.Extensions.AI.Tests;

/// <summary>Models that think before they answer.</summary>
public sealed class ChatThoughtTests
{
    private static readonly int Asked = TestModels.Length([new Turn("user", "Well?")]);

    [Fact]
    public async Task ThoughtsAreApartFromTheAnswer()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Scripted((Asked, "<think>\nHm, hm.\n</think>\n\nYes.")));
        ChatResponse response = await client.GetResponseAsync("Well?", new() { Temperature = 0 });
        Assert.Equal("Yes.", response.Text);
        Assert.Equal("Hm, hm.", Assert.IsType<TextReasoningContent>(response.Messages[0].Contents[0]).Text);
        Assert.Equal("\nHm, hm.\n</think>".Length, response.Usage!.ReasoningTokenCount);
    }

    [Fact]
    public async Task APromptMayOpenTheThoughts()
    {
        HeedChatClientOptions options = new() { Template = Heed.Tokenization.ChatTemplate.Parse(TestModels.Source + "<think>\n") };
        using HeedChatClient client = new(TestModels.Scripted((Asked + "<think>\n".Length, "Hm.\n</think>\nYes.")), options);
        ChatResponse response = await client.GetResponseAsync("Well?", new() { Temperature = 0 });
        Assert.Equal("Yes.", response.Text);
        Assert.Equal("Hm.", Assert.IsType<TextReasoningContent>(response.Messages[0].Contents[0]).Text);
    }

    [Fact]
    public async Task ThoughtsCanBeLeftOutAndEarlierOnesReachTheTemplate()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        async Task<long> Tokens(ChatOptions options, params ChatMessage[] messages) => (await client.GetResponseAsync(messages, options)).Usage!.InputTokenCount!.Value;
        ChatMessage user = new(ChatRole.User, "Well?");
        Assert.Equal(Asked, await Tokens(new() { MaxOutputTokens = 1 }, user));
        Assert.Equal(Asked + "<think>\n\n</think>\n\n".Length, await Tokens(new() { MaxOutputTokens = 1, Reasoning = new() { Effort = ReasoningEffort.None } }, user));
        long plain = await Tokens(new() { MaxOutputTokens = 1 }, user, new(ChatRole.Assistant, "Yes."), user);
        Assert.Equal(plain + "(Hm) ".Length, await Tokens(new() { MaxOutputTokens = 1 }, user, new(ChatRole.Assistant, [new TextReasoningContent("Hm"), new TextContent("Yes.")]), user));
    }
}
