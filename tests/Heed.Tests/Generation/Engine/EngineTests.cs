using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tests.Models;

namespace Heed.Tests.Generation;

/// <summary>The engine on its own thread.</summary>
public sealed class EngineTests
{
    private static readonly EngineOptions Small = new() { MaxSequences = 4, MaxTokensPerStep = 40, Cache = new PageOptions { Tokens = 4, Bytes = 1 << 20 } };

    private static GenerationRequest Request(int i) => new()
    {
        Prompt = TinyModels.Tokens(4 + i, 61, (ulong)i),
        Options = new GenerationOptions { Sampling = new SamplingOptions { Seed = (ulong)i, MaxTokens = 12, StopAtEnd = false } },
    };

    [Fact]
    public async Task RequestsFromManyThreadsGetWhatTheyGetAloneAndThenItSleeps()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        using Engine engine = new(model, Small);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(
            async () =>
            {
                List<int> ids = [];
                await foreach (GeneratedToken token in engine.Submit(Request(i), cancellation).Tokens) ids.Add(token.Id);
                Assert.Equal(new Generator(model).Generate(Request(i).Prompt, Request(i).Options.Sampling).Select(t => t.Id), ids);
            },
            cancellation)));
        SpinWait.SpinUntil(() => engine.Statistics.Finished == 12, TimeSpan.FromSeconds(10));
        EngineStatistics before = engine.Statistics;
        Assert.Equal((12, 0, 0, 144), (before.Finished, before.Running, before.Waiting, before.TokensWritten));
        Assert.InRange(before.MeanTimeToFirstToken, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
        await Task.Delay(30, cancellation);
        Assert.Equal(before.Steps, engine.Statistics.Steps);
    }

    [Fact]
    public async Task DisposeEndsWhatRunsAndWhatWaits()
    {
        Engine engine = new(TinyModels.Random(TinyModels.Config("llama", context: 4000)), Small with { Cache = Small.Cache with { Bytes = 64 << 20 } });
        GenerationRequest endless = Request(1) with { Options = new GenerationOptions { Sampling = new SamplingOptions { Temperature = 0, MaxTokens = 3900, StopAtEnd = false } } };
        GenerationHandle[] handles = [.. Enumerable.Range(0, 6).Select(_ => engine.Submit(endless))];
        await foreach (GeneratedToken _ in handles[0].Tokens) break; // it runs
        engine.Dispose();
        foreach (GenerationHandle handle in handles[1..])
        {
            Assert.True(handle.Tokens.IsCompleted);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            {
                await foreach (GeneratedToken _ in handle.Tokens) { }
            });
        }
        Assert.Equal((6, 0, 0, 0), (engine.Statistics.Cancelled, engine.Statistics.Running, engine.Statistics.Waiting, engine.Statistics.PagesInUse));
        Assert.Throws<ObjectDisposedException>(() => engine.Submit(endless));
        engine.Dispose();
    }
}
