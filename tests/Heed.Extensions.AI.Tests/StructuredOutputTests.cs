using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Heed.Generation;
using Microsoft.Extensions.AI;

namespace Heed.Extensions.AI.Tests;

/// <summary>Random weights, whose answers fit nevertheless.</summary>
public sealed class StructuredOutputTests
{
    [JsonConverter(typeof(JsonStringEnumConverter<Mood>))]
    public enum Mood
    {
        Glad,
        Sad,
    }

    public sealed record Verdict(Mood Mood, bool Sure, long Points);

    [Fact]
    public async Task AnAnswerIsAValueOfItsType()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        HashSet<Verdict> verdicts = [];
        for (int seed = 0; seed < 4; seed++)
        {
            ChatResponse<Verdict> response = await client.GetResponseAsync<Verdict>("Well?", new ChatOptions { Seed = seed });
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            Assert.Equal(["mood", "sure", "points"], JsonDocument.Parse(response.Text).RootElement.EnumerateObject().Select(p => p.Name));
            verdicts.Add(response.Result);
        }
        Assert.NotEqual(1, verdicts.Count);
    }

    [Fact]
    public async Task ManyCallersShareAConstraint()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random), alone = TestModels.Client(TestModels.Random);
        string[] together = await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () => (await client.GetResponseAsync<Verdict>("Well?", new ChatOptions { Seed = seed })).Text)));
        for (int seed = 0; seed < 8; seed++) Assert.Equal((await alone.GetResponseAsync<Verdict>("Well?", new ChatOptions { Seed = seed })).Text, together[seed]);
    }

    [Fact]
    public async Task JsonIsAnObject()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        // Quotes and brackets are made likely, so that the object ends.
        SequenceBias[] biases = [.. "\"}".Select(c => new SequenceBias([TestModels.Letters.TokenToId(c.ToString())!.Value], 6))];
        ChatOptions options = new() { ResponseFormat = ChatResponseFormat.Json, Seed = 1, RawRepresentationFactory = _ => new SamplingOptions { Rules = new() { Biases = biases } } };
        ChatResponse response = await client.GetResponseAsync("Well?", options);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(response.Text).RootElement.ValueKind);
    }

    [Fact]
    public async Task AGrammarOrARegexHoldsTheAnswer()
    {
        using HeedChatClient client = TestModels.Client(TestModels.Random);
        ChatOptions With(string key, object value) => new() { Seed = 2, AdditionalProperties = new() { [key] = value } };
        Assert.Matches(new Regex("^[0-9]{3}-[a-f]$"), (await client.GetResponseAsync("Well?", With("regex", "[0-9]{3}-[a-f]"))).Text);
        Assert.Contains((await client.GetResponseAsync("Well?", With("grammar", "root ::= \"yes\" | \"no\""))).Text, (string[])["yes", "no"]);
        ChatOptions two = With("regex", "a");
        two.ResponseFormat = ChatResponseFormat.Json;
        Assert.Contains("one form", (await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync("Well?", two))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<FormatException>(() => client.GetResponseAsync("Well?", With("regex", "(")));
    }
}
