using Heed.Generation;
using Heed.Layers;
using Microsoft.Extensions.AI;
using Chat = Heed.Generation.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Heed.Extensions.AI.Tests;

/// <summary>Answers against those of the same model in a conversation of its own (<see cref="Chat"/>), which knows no engine.</summary>
public sealed class ChatAnswerTests
{
    private static readonly EngineOptions Small = new() { MaxSequences = 4, MaxTokensPerStep = 64, ReusePrefixes = false, Cache = new PageOptions { Tokens = 8, Bytes = 1 << 20 } };

    private static ChatOptions Options(int seed) => new()
    {
        Instructions = "Be short.",
        Temperature = 0.9f,
        TopP = 0.95f,
        TopK = 40,
        FrequencyPenalty = 0.3f,
        PresencePenalty = 0.2f,
        Seed = seed,
        MaxOutputTokens = 30,
        AdditionalProperties = new() { ["min_p"] = 0.02, ["repetition_penalty"] = "1.1", ["typical_p"] = 0.97f },
    };

    private static SamplingOptions Sampling(int seed) => new()
    {
        Temperature = 0.9f,
        TopP = 0.95f,
        TopK = 40,
        FrequencyPenalty = 0.3f,
        PresencePenalty = 0.2f,
        Seed = (ulong)seed,
        MaxTokens = 30,
        MinP = 0.02f,
        RepetitionPenalty = 1.1f,
        Cutoffs = new() { Typical = 0.97f },
    };

    private static (string Text, GeneratedText[] Pieces, int Prompt) Alone(string question, SamplingOptions options)
    {
        Chat chat = TestModels.Random.StartChat("Be short.", TestModels.Template);
        GeneratedText[] pieces = [.. chat.Send(question, options)];
        return (string.Concat(pieces.Select(p => p.Text)), pieces, chat.PromptTokens);
    }

    [Fact]
    public async Task AnAnswerIsThatOfTheModelAloneWholeAndStreamed()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small, ModelId = "letters" });
        HashSet<ChatFinishReason?> reasons = [];
        for (int seed = 1; seed <= 8; seed++)
        {
            TokenRules ends = new() { Biases = [new([TestModels.End], seed)] }; // so that some answers end by themselves
            (string text, GeneratedText[] pieces, int prompt) = Alone("Hello?", Sampling(seed) with { Rules = ends });
            ChatOptions options = Options(seed);
            options.RawRepresentationFactory = _ => new SamplingOptions { Rules = ends };
            ChatResponse whole = await client.GetResponseAsync("Hello?", options);
            Assert.Equal(text, whole.Text);
            Assert.Equal((prompt, pieces.Length, prompt + pieces.Length), ((int)whole.Usage!.InputTokenCount!, (int)whole.Usage.OutputTokenCount!, (int)whole.Usage.TotalTokenCount!));
            Assert.Equal(pieces[^1].Finish == FinishReason.Length ? ChatFinishReason.Length : ChatFinishReason.Stop, whole.FinishReason);
            Assert.Equal(("letters", ChatRole.Assistant), (whole.ModelId, Assert.Single(whole.Messages).Role));
            reasons.Add(whole.FinishReason);
            List<ChatResponseUpdate> updates = [];
            await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync("Hello?", options)) updates.Add(update);
            string[] streamed = [.. updates.Select(u => u.Text).Where(t => t.Length > 0)];
            Assert.Equal(text, string.Concat(streamed));
            Assert.InRange(streamed.Length, pieces.Count(p => p.Text.Length > 0) - 3, 30); // token by token, but for what may be white space before thoughts
            Assert.Single(updates.Select(u => u.ResponseId).Distinct());
            Assert.Equal(whole.FinishReason, Assert.Single(updates, u => u.FinishReason is not null).FinishReason);
        }
        Assert.Equal(2, reasons.Count);
    }

    [Fact]
    public async Task ManyCallersGetWhatEachGetsAlone()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () => Assert.Equal(Alone($"Question {i}?", Sampling(i)).Text, (await client.GetResponseAsync($"Question {i}?", Options(i))).Text))));
        Assert.Equal(16, client.GetService<Engine>()!.Statistics.Finished);
    }

    [Fact]
    public async Task AStopTextEndsTheAnswerAndFreesThePlace()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        string text = Alone("Hello?", Sampling(1)).Text, stop = text[4..6];
        ChatOptions options = Options(1);
        options.StopSequences = ["never", stop];
        options.MaxOutputTokens = 900;
        ChatResponse response = await client.GetResponseAsync("Hello?", options);
        Assert.Equal(text[..text.IndexOf(stop, StringComparison.Ordinal)], response.Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Free(client);
    }

    [Fact]
    public async Task WhoCancelsOrStopsReadingFreesThePages()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        ChatOptions endless = new() { RawRepresentationFactory = _ => new SamplingOptions { StopAtEnd = false, MaxTokens = 900 } };
        using CancellationTokenSource source = new();
        int updates = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync("Hello?", endless, source.Token))
                if (++updates == 3) source.Cancel();
        });
        Free(client);
        await foreach (ChatResponseUpdate _ in client.GetStreamingResponseAsync("Hello?", endless)) break;
        Free(client);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Hello?", endless, new CancellationToken(true)));
        EngineStatistics statistics = client.GetService<Engine>()!.Statistics;
        Assert.Equal((2, 0), (statistics.Cancelled, statistics.Finished));
        Assert.InRange(statistics.TokensWritten, 4, 1700); // it did not go on to the end
    }

    [Fact]
    public async Task DisposingEndsAnswersUnlessTheEngineBelongsToOthers()
    {
        using Engine engine = new(TestModels.Random.Transformer, Small);
        HeedChatClient guest = new(TestModels.Random, engine, new() { Template = TestModels.Template });
        string text = (await guest.GetResponseAsync("Hello?", Options(1))).Text;
        guest.Dispose();
        Assert.Equal(text, (await guest.GetResponseAsync("Hello?", Options(1))).Text);
        HeedChatClient owner = TestModels.Client(TestModels.Random, new() { Engine = Small });
        owner.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => owner.GetResponseAsync("Hello?"));
        owner.Dispose();
    }

    [Fact]
    public async Task WhatPeopleWriteIsNeverASpecialToken()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        async Task<long?> Tokens(string text) => (await client.GetResponseAsync(text, new() { MaxOutputTokens = 1 })).Usage!.InputTokenCount;
        // As many letters as the special token has, where the token itself would be one.
        Assert.Equal(await Tokens("a.....b"), await Tokens("a<|e|>b"));
        Assert.Equal(Alone("a<|e|>b", Sampling(2)).Text, (await client.GetResponseAsync("a<|e|>b", Options(2))).Text);
    }

    [Fact]
    public async Task AConversationIsWhatTheTemplateIsGiven()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        ChatMessage[] messages = [new(ChatRole.System, "In rhymes."), new(ChatRole.User, [new TextContent("How "), new TextContent("are you?")]), new(ChatRole.Assistant, "Fine."), new(ChatRole.User, "On!")];
        Chat chat = TestModels.Random.StartChat(null, TestModels.Template);
        string prompt = TestModels.Template.Render([new("system", "Be short.\n\nIn rhymes."), new("user", "How are you?"), new("assistant", "Fine."), new("user", "On!")], true);
        string expected = TestModels.Random.Complete(prompt, Sampling(4));
        Assert.Equal(expected, (await client.GetResponseAsync(messages, Options(4))).Text);
        // Names that the template alone knows.
        ChatOptions named = Options(4);
        named.AdditionalProperties!["chat_template_kwargs"] = new Dictionary<string, object?> { ["speaker"] = "poet" };
        Assert.Equal(TestModels.Random.Complete(prompt[..^"assistant\n".Length] + "poet\n", Sampling(4)), (await client.GetResponseAsync(messages, named)).Text);
    }

    [Fact]
    public async Task TheStartOfALaterTurnIsNotReadAgain()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small with { ReusePrefixes = true } });
        List<ChatMessage> messages = [new(ChatRole.User, "A first question that is long enough for a page.")];
        ChatResponse first = await client.GetResponseAsync(messages, Options(1));
        Assert.Equal(0, first.Usage!.CachedInputTokenCount);
        messages.AddMessages(first);
        messages.Add(new(ChatRole.User, "And?"));
        Assert.InRange((await client.GetResponseAsync(messages, Options(1))).Usage!.CachedInputTokenCount!.Value, 48, 200);
    }

    [Fact]
    public void ServicesAndMetadata()
    {
        using IChatClient client = TestModels.Client(TestModels.Random, new() { Engine = Small });
        ChatClientMetadata metadata = client.GetService<ChatClientMetadata>()!;
        Assert.Equal(("heed", "llama"), (metadata.ProviderName, metadata.DefaultModelId));
        Assert.Same(client, client.GetService<IChatClient>());
        Assert.Same(TestModels.Random, client.GetService<LanguageModel>());
        Assert.Same(TestModels.Letters, client.GetService<Heed.Tokenization.Tokenizer>());
        Assert.Null(client.GetService(typeof(HeedChatClient), "key"));
        Assert.Null(client.GetService<string>());
    }

    private static void Free(HeedChatClient client)
    {
        Engine engine = client.GetService<Engine>()!;
        Assert.True(SpinWait.SpinUntil(() => engine.Statistics is { Running: 0, Waiting: 0, PagesInUse: 0 }, TimeSpan.FromSeconds(10)), engine.Statistics.ToString());
    }
}
