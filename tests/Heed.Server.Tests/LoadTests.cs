using Heed.Bench.Load;
using Heed.Generation;

namespace Heed.Server.Tests;

/// <summary>Sixty-four clients at once that go away at random; for two minutes of it: bench/Heed.Bench -- load.</summary>
[Collection("server")]
public sealed class LoadTests(SmallModels models)
{
    private const int Clients = 64, Prompts = 32;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task No_answer_is_lost_or_mixed_up_and_all_places_are_free_afterwards()
    {
        LanguageModel alone = LanguageModel.Load(models.Writer);
        LoadPrompt[] prompts = [.. Enumerable.Range(0, Prompts).Select(i =>
        {
            (string text, int most) = ($"text {i}: ", 8 + i);
            return new LoadPrompt(text, i, most, alone.Complete(text, new() { Seed = (ulong)i, MaxTokens = most }));
        })];
        await using TestServer server = await TestServer.Start([models.Writer], o => o with { QueueLimit = 4 * Clients });
        LoadResult result = await new LoadRun(server.Url, "chat", prompts, Clients).Run(Time, seed: 1);
        TestContext.Current.TestOutputHelper!.WriteLine($"{result.Answers} answers, {result.Left} left, fairness {result.Fairness:F3}, pieces of a client {result.Pieces.Min()} to {result.Pieces.Max()}, first piece {result.FirstPieceAt(0.5):F3} s, at most {result.FirstPiece[^1]:F3} s");
        Assert.Empty(result.Wrong);
        Assert.Empty(result.Lost);
        Assert.InRange(result.Answers, Clients, int.MaxValue);
        Assert.InRange(result.Left, Clients / 8, int.MaxValue);
        Assert.InRange(result.Fairness, 0.7, 1);
        await Soon.Holds(() => server.Statistics("chat") is { Running: 0, Waiting: 0, Failed: 0 } s && s.PagesInUse == s.PagesKept, "all places are free");
        await Soon.Holds(() => server.Registry.Loaded.Single().Leases == 0, "the model is given back");
    }
}
