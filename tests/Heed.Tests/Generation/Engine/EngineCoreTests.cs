using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>The engine step by step, on one thread: what each request gets is what it gets alone, whatever happens around it.</summary>
public sealed class EngineCoreTests
{
    private static readonly EngineOptions Small = new() { MaxSequences = 6, MaxTokensPerStep = 40, Cache = new PageOptions { Tokens = 4, Bytes = 4 << 20 } };

    private static Transformer Model(string family = "llama", int context = 160) => TinyModels.Random(TinyModels.Config(family, context: context));

    private static EngineOptions Pages(int pages, Transformer model, EngineOptions? options = null)
    {
        options ??= Small;
        return options with { Cache = options.Cache with { Bytes = pages * new PagePool(model.Config.Main, options.Cache).Shape.Bytes } };
    }

    private static GenerationOptions Greedy(int tokens) => new() { Sampling = new SamplingOptions { Temperature = 0, MaxTokens = tokens, StopAtEnd = false } };

    private static GeneratedToken[] Alone(Transformer model, GenerationRequest request) => [.. new Generator(model).Write([request.Prompt], request.Options).Select(step => step[0])];

    private static async Task<List<GeneratedToken>> Read(IAsyncEnumerable<GeneratedToken> stream)
    {
        List<GeneratedToken> tokens = [];
        await foreach (GeneratedToken token in stream) tokens.Add(token);
        return tokens;
    }

    private static void Drain(EngineCore core)
    {
        for (int steps = 0; core.HasWork; steps++)
        {
            Assert.InRange(steps, 0, 10000);
            core.Step();
            Assert.InRange(core.Statistics.Running, 0, 100);
        }
        Assert.Equal(core.Statistics.PagesKept, core.Statistics.PagesInUse); // nobody holds a page but the tree
    }

    private static void Same(IReadOnlyList<GeneratedToken> expected, IReadOnlyList<GeneratedToken> given)
    {
        Assert.Equal(expected.Select(t => (t.Id, t.Finish)), given.Select(t => (t.Id, t.Finish)));
        Assert.All(expected.Zip(given), pair => Assert.Equal(pair.First.LogProb, pair.Second.LogProb, 1e-3));
    }

    private static GenerationRequest[] RandomRequests(int count, int vocabulary, ulong seed)
    {
        RandomSource random = new(seed);
        int[] system = TinyModels.Tokens(21, vocabulary, 99); // half of them begin alike
        return [.. Enumerable.Range(0, count).Select(i => new GenerationRequest
        {
            Prompt = [.. random.Next(2) == 0 ? system : [], .. TinyModels.Tokens(1 + random.Next(50), vocabulary, (ulong)i + 1000)],
            Priority = random.Next(3) / 2,
            Options = new GenerationOptions
            {
                Sampling = new SamplingOptions
                {
                    Temperature = random.Next(3) * 0.6f,
                    TopK = random.Next(2) * 20,
                    TopP = random.Next(2) == 0 ? 1 : 0.9f,
                    RepetitionPenalty = random.Next(2) == 0 ? 1 : 1.2f,
                    Seed = (ulong)i,
                    MaxTokens = random.Next(30),
                    LogProbs = random.Next(2) * 3,
                },
            },
        })];
    }

    [Theory]
    [InlineData("llama", 2000, 6)]
    [InlineData("llama", 60, 6)]
    [InlineData("llama", 2000, 20)]
    [InlineData("gpt2", 70, 5)]
    [InlineData("mistral", 60, 6)]
    [InlineData("gemma2", 60, 6)]
    [InlineData("mixtral", 200, 8)]
    public async Task ThirtyTwoRandomRequestsGetWhatTheyGetAlone(string family, int pages, int sequences)
    {
        Transformer model = Model(family);
        GenerationRequest[] requests = RandomRequests(32, model.Config.Vocabulary, 5);
        using EngineCore core = new(model, Pages(pages, model, Small with { MaxSequences = sequences }));
        RandomSource random = new(6);
        GenerationHandle[] handles = new GenerationHandle[requests.Length];
        for (int sent = 0; sent < requests.Length;)
        {
            if (random.Next(2) == 0) handles[sent] = core.Submit(requests[sent++], default);
            else core.Step();
        }
        Drain(core);
        EngineStatistics s = core.Statistics;
        for (int i = 0; i < requests.Length; i++) Same(Alone(model, requests[i]), await Read(handles[i].Tokens));
        Assert.Equal(requests.Count(r => r.Options.Sampling.MaxTokens > 0), s.Finished);
        Assert.Equal((0, 0), (s.Failed, s.Cancelled));
        Assert.True(s.TokensReused > 0);
        if (pages <= 70 && family is "llama" or "gpt2") Assert.InRange(s.Preemptions, 1, 1000);
    }

    [Fact]
    public async Task APrefixThatManyShareIsComputedOnce()
    {
        Transformer model = Model();
        int[] system = TinyModels.Tokens(40, model.Config.Vocabulary, 1);
        GenerationRequest[] requests = [.. Enumerable.Range(0, 5).Select(i => new GenerationRequest { Prompt = [.. system, .. TinyModels.Tokens(5 + i, model.Config.Vocabulary, (ulong)i + 10)], Options = Greedy(4) })];
        using EngineCore core = new(model, Small);
        GenerationHandle[] handles = [.. requests.Select(r => core.Submit(r, default))];
        Drain(core);
        int own = requests.Sum(r => r.Prompt.Length - 40);
        Assert.Equal((40 + own, 4 * 40), (core.Statistics.TokensRead, core.Statistics.TokensReused));
        Assert.Equal([0, 40, 40, 40, 40], handles.Select(h => h.Tokens.ReusedTokens));

        // What it wrote is known too: a conversation goes on.
        GeneratedToken[] answer = Alone(model, requests[0]);
        GenerationRequest next = new() { Prompt = [.. requests[0].Prompt, .. answer.Select(t => t.Id), 7], Options = Greedy(4) };
        GenerationHandle more = core.Submit(next, default);
        Drain(core);
        Assert.Equal(48, more.Tokens.ReusedTokens);
        Same(Alone(model, next), await Read(more.Tokens));
        for (int i = 0; i < 5; i++) Same(Alone(model, requests[i]), await Read(handles[i].Tokens));

        using EngineCore forgetful = new(model, Small with { ReusePrefixes = false });
        foreach (GenerationRequest r in requests) forgetful.Submit(r, default);
        Drain(forgetful);
        Assert.Equal((5 * 40 + own, 0, 0), (forgetful.Statistics.TokensRead, forgetful.Statistics.TokensReused, forgetful.Statistics.PagesInUse));
    }

    [Theory]
    [InlineData(true, 6)]
    [InlineData(false, 6)]
    [InlineData(true, 2)]
    public async Task SeveralSequencesOfARequestReadThePromptOnce(bool reuse, int atATime)
    {
        Transformer model = Model();
        int[] prompt = TinyModels.Tokens(30, model.Config.Vocabulary, 1);
        GenerationRequest request = new() { Prompt = prompt, Count = 4, Options = new GenerationOptions { Sampling = new SamplingOptions { Seed = 3, MaxTokens = 9, StopAtEnd = false } } };
        using EngineCore core = new(model, Small with { ReusePrefixes = reuse, MaxSequences = atATime });
        GenerationHandle handle = core.Submit(request, default);
        Drain(core);
        // Who does not find a place at once finds the prompt's whole pages in the tree.
        Assert.Equal(atATime == 6 ? 30 : 30 + 2 * 2, core.Statistics.TokensRead);
        GeneratedToken[][] alone = [.. new Generator(model).GenerateBatch([.. Enumerable.Repeat(prompt, 4)], request.Options.Sampling)];
        for (int i = 0; i < 4; i++) Same([.. alone.Select(step => step[i])], await Read(handle.Sequences[i]));
        Assert.NotEqual(alone.Select(step => step[0].Id), alone.Select(step => step[1].Id));
    }

    [Fact]
    public async Task OldTextsMakeRoomUnderATinyLimit()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Pages(14, model));
        GenerationRequest[] requests = [.. Enumerable.Range(0, 6).Select(i => new GenerationRequest { Prompt = TinyModels.Tokens(25, model.Config.Vocabulary, (ulong)i), Options = Greedy(6) })];
        foreach (GenerationRequest r in requests)
        {
            GenerationHandle handle = core.Submit(r, default);
            Drain(core);
            Assert.InRange(core.Statistics.PagesInUse, 1, 14);
            Same(Alone(model, r), await Read(handle.Tokens));
        }
        Assert.Equal((6 * 25, 0), (core.Statistics.TokensRead, core.Statistics.Preemptions));
        Assert.Equal((24, 0), (Again(requests[5]), Again(requests[0]))); // the last text is known, the first is not

        int Again(GenerationRequest r)
        {
            GenerationHandle handle = core.Submit(r, default);
            Drain(core);
            return handle.Tokens.ReusedTokens;
        }
    }

    [Fact]
    public async Task WhenPagesRunOutTheYoungestOfTheLowestPriorityIsPutBack()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Pages(20, model, Small with { ReusePrefixes = false }));
        // Each ends with 12 pages; all begin with 4 or less.
        (int Priority, ulong Seed)[] order = [(0, 1), (1, 2), (0, 3), (1, 4)];
        GenerationRequest[] requests = [.. order.Select(o => new GenerationRequest { Prompt = TinyModels.Tokens(10, model.Config.Vocabulary, o.Seed), Priority = o.Priority, Options = Greedy(37) })];
        GenerationHandle[] handles = [.. requests.Select(r => core.Submit(r, default))];
        List<int> ended = [];
        while (core.HasWork)
        {
            core.Step();
            for (int i = 0; i < 4; i++)
                if (handles[i].Tokens.IsCompleted && !ended.Contains(i)) ended.Add(i);
        }
        Assert.Equal([1, 3, 0, 2], ended);
        Assert.InRange(core.Statistics.Preemptions, 2, 20);
        Assert.Equal(0, core.Statistics.PagesInUse);
        for (int i = 0; i < 4; i++) Same(Alone(model, requests[i]), await Read(handles[i].Tokens));
    }

    [Fact]
    public async Task AHigherPriorityTakesThePlaceOfALowerOne()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Small with { MaxSequences = 1 });
        GenerationRequest[] requests = [.. new[] { 0, 0, 5 }.Select((p, i) => new GenerationRequest { Prompt = TinyModels.Tokens(6, model.Config.Vocabulary, (ulong)i), Priority = p, Options = Greedy(12) })];
        GenerationHandle first = core.Submit(requests[0], default);
        for (int i = 0; i < 4; i++) core.Step();
        GenerationHandle second = core.Submit(requests[1], default), third = core.Submit(requests[2], default);
        core.Step();
        Assert.Equal((1, 2, 1), (core.Statistics.Running, core.Statistics.Waiting, core.Statistics.Preemptions));
        while (!third.Tokens.IsCompleted) core.Step();
        Assert.False(first.Tokens.IsCompleted);
        while (!first.Tokens.IsCompleted) core.Step();
        Assert.False(second.Tokens.IsCompleted);
        Drain(core);
        Same(Alone(model, requests[0]), await Read(first.Tokens));
        Same(Alone(model, requests[1]), await Read(second.Tokens));
        Same(Alone(model, requests[2]), await Read(third.Tokens));
    }

    [Fact]
    public async Task ALongPromptDoesNotStallTheOthersAndReadsTheSame()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Small with { MaxTokensPerStep = 20 });
        GenerationRequest writes = new() { Prompt = [5, 6], Options = Greedy(40) }, reads = new() { Prompt = TinyModels.Tokens(120, model.Config.Vocabulary, 2), Options = Greedy(10) };
        GenerationRequest other = reads with { Prompt = TinyModels.Tokens(118, model.Config.Vocabulary, 3) }, small = new() { Prompt = TinyModels.Tokens(8, model.Config.Vocabulary, 4), Options = Greedy(2) };
        GenerationHandle writing = core.Submit(writes, default);
        core.Step();
        GenerationHandle reading = core.Submit(reads, default), beside = core.Submit(other, default), last = core.Submit(small, default);
        long written = core.Statistics.TokensWritten;
        for (int step = 1; reading.Tokens.TimeToFirstToken is null; step++)
        {
            core.Step();
            Assert.True(core.Statistics.TokensWritten >= written + step, $"step {step}"); // one token a step
            if (step == 3) Assert.NotNull(last.Tokens.TimeToFirstToken); // readers take turns: a short prompt does not wait for the long ones
        }
        Assert.InRange(core.Statistics.Steps, 12, 18);
        Drain(core);
        Same(Alone(model, writes), await Read(writing.Tokens));
        Same(Alone(model, reads), await Read(reading.Tokens));
        Same(Alone(model, other), await Read(beside.Tokens));
        Same(Alone(model, small), await Read(last.Tokens));
    }

    [Fact]
    public async Task CancellationFreesThePagesAtOnce()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Small with { MaxSequences = 4, ReusePrefixes = false });
        using CancellationTokenSource source = new();
        GenerationRequest request = new() { Prompt = TinyModels.Tokens(20, model.Config.Vocabulary, 1), Options = Greedy(30) };
        GenerationHandle byToken = core.Submit(request with { Count = 2 }, source.Token), byHandle = core.Submit(request, default), byReader = core.Submit(request, default), waits = core.Submit(request, source.Token), stays = core.Submit(request, default);
        for (int i = 0; i < 5; i++) core.Step();
        Assert.Equal((4, 2), (core.Statistics.Running, core.Statistics.Waiting));
        source.Cancel();
        byHandle.Cancel();
        await foreach (GeneratedToken _ in byReader.Tokens) break;
        core.Step();
        Assert.Equal((5, 1, 5), (core.Statistics.Cancelled, core.Statistics.Running, core.Statistics.PagesInUse)); // 20 tokens
        foreach (GenerationStream stream in (GenerationStream[])[.. byToken.Sequences, byHandle.Tokens, waits.Tokens])
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Read(stream));
            Assert.True(stream.IsCompleted);
        }
        Drain(core);
        Same(Alone(model, request), await Read(stays.Tokens));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Read(stays.Tokens));
        Assert.ThrowsAny<OperationCanceledException>(() => core.Submit(request, source.Token));
    }

    [Fact]
    public void TheQueueIsBounded()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Small with { MaxSequences = 2, QueueLimit = 3 });
        GenerationRequest request = new() { Prompt = [1, 2, 3], Options = Greedy(3) };
        for (int i = 0; i < 3; i++) core.Submit(request, default);
        Assert.Contains("3 requests wait", Assert.Throws<QueueFullException>(() => core.Submit(request, default)).Message);
        core.Step(); // two begin
        core.Submit(request with { Count = 5 }, default);
        core.Submit(request, default);
        Assert.Throws<QueueFullException>(() => core.Submit(request, default));
        Drain(core);
        core.Submit(request, default);
        Drain(core);
        Assert.Equal(3 + 5 + 1 + 1, core.Statistics.Finished);
    }

    [Fact]
    public async Task ErrorsOfOneRequestDoNotBreakTheOthers()
    {
        Transformer model = Model();
        model.Weights.Single(w => w.Key == "embedding.weight").Value.Row(13).Fill(float.NaN);
        using EngineCore core = new(model, Small);
        GenerationRequest good = new() { Prompt = [1, 2, 3, 4], Options = new GenerationOptions { Sampling = new SamplingOptions { Temperature = 0, MaxTokens = 9, StopAtEnd = false, Rules = new TokenRules { Suppressed = [13] } } } };
        GenerationRequest impossible = good with { Options = good.Options with { Sampling = good.Options.Sampling with { Temperature = 1, Seed = 1 } } };
        GenerationHandle a = core.Submit(good, default), bad = core.Submit(good with { Prompt = [1, 2, 13, 4] }, default), b = core.Submit(impossible with { Prompt = [9, 8] }, default);
        Drain(core);
        Assert.Equal((2, 1), (core.Statistics.Finished, core.Statistics.Failed));
        Assert.Contains("not finite", (await Assert.ThrowsAsync<InvalidDataException>(() => Read(bad.Tokens))).Message);
        Same(Alone(model, good), await Read(a.Tokens));
        Assert.Equal(9, (await Read(b.Tokens)).Count);
    }

    [Fact]
    public async Task AWindowBoundsTheMemoryOfAnEndlessText()
    {
        TransformerConfig config = TinyModels.Config("llama", context: 400);
        Transformer model = TinyModels.Random(config), windowed = TinyModels.Random(config with { Decoder = config.Decoder! with { Window = 16 } });
        EngineOptions options = Pages(18, model, Small with { MaxTokensPerStep = 20, Cache = Small.Cache with { Window = 16 } });
        using EngineCore core = new(model, options);
        GenerationRequest request = new() { Prompt = TinyModels.Tokens(100, config.Vocabulary, 1), Options = Greedy(300) };
        GenerationHandle handle = core.Submit(request, default);
        Drain(core);
        Assert.Equal(0, core.Statistics.Preemptions);
        Same(Alone(windowed, request), await Read(handle.Tokens));
    }

    [Fact]
    public async Task ASequenceEndsWhereTheCacheEnds()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Pages(5, model));
        GenerationHandle handle = core.Submit(new GenerationRequest { Prompt = [1, 2, 3], Options = Greedy(100) }, default);
        Drain(core);
        List<GeneratedToken> tokens = await Read(handle.Tokens);
        Assert.Equal((18, FinishReason.Length), (tokens.Count, tokens[^1].Finish)); // 20 places, and the last token needs none
        Same([.. Alone(model, new GenerationRequest { Prompt = [1, 2, 3], Options = Greedy(18) })], tokens);
    }

    [Fact]
    public async Task BadRequestsSayWhatWasGiven()
    {
        Transformer model = Model();
        using EngineCore core = new(model, Pages(30, model));
        GenerationRequest request = new() { Prompt = [1], Options = Greedy(3) };
        void Bad(string part, GenerationRequest r) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => core.Submit(r, default)).Message);
        Bad("at least one token", request with { Prompt = [] });
        Bad("token id 61 is outside", request with { Prompt = [61] });
        Bad("121 tokens; the model and the engine's cache have room for 120", request with { Prompt = new int[121] });
        Bad("1 sequence or more, given 0", request with { Count = 0 });
        Bad("beam search", request with { Options = request.Options with { Beams = new BeamOptions { Count = 2 } } });
        Bad("temperature", request with { Options = new GenerationOptions { Sampling = new SamplingOptions { Temperature = -1 } } });
        Bad("outside the vocabulary", request with { Options = new GenerationOptions { Sampling = new SamplingOptions { Rules = new TokenRules { Suppressed = [99] } } } });
        Assert.Empty(await Read(core.Submit(request with { Options = Greedy(0) }, default).Tokens));
        Assert.Contains("more tokens than sequences", Assert.Throws<ArgumentException>(() => new EngineCore(model, new EngineOptions { MaxTokensPerStep = 16 })).Message);
        Assert.Contains("BeamSearch", Assert.Throws<ArgumentException>(() => new EngineCore(new Transformer(TinyRewriters.Config("marian"), 1), new EngineOptions())).Message);
        core.Dispose();
        Assert.Throws<ObjectDisposedException>(() => core.Submit(request, default));
    }
}
