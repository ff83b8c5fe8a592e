using System.Text.Json;
using Heed.Generation;
using Heed.Samples;
using Heed.Tokenization;
using Turn = Heed.Tokenization.ChatMessage;

namespace Heed.Extensions.AI.Tests;

/// <summary>The sample of the Agent Framework, with a model that follows a script.</summary>
public sealed class AgentSampleTests
{
    private sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    }

    [Fact]
    public async Task AnAgentCallsItsToolAndRemembersTheConversation()
    {
        ToolDeclaration time = new("time", "Tells the time in UTC.", JsonDocument.Parse("""{"type": "object", "properties": {}}""").RootElement);
        ToolCall call = new("1", "time", "{}");
        List<TemplateValue> turns = [new Turn("system", "You answer in one sentence."), new Turn("user", "Time?")];
        List<(int, string)> script = [];
        void Says(string text, params TemplateValue[] more)
        {
            script.Add((TestModels.Length(turns, time), text));
            turns.AddRange(more);
        }
        Says("<tool_call>{\"name\": \"time\"}</tool_call>", ToolMessages.Assistant("", [call]), ToolMessages.Result("1", "time", "03:04"));
        Says("It is 03:04.", new Turn("assistant", "It is 03:04."), new Turn("user", "Sure?"));
        Says("As said."); // at a place that only the whole conversation has
        StringWriter output = new();
        using HeedChatClient client = TestModels.Client(TestModels.Scripted([.. script]), new() { Sampling = new SamplingOptions { Temperature = 0 } });
        await ClockAgent.Run(client, new Clock(), new StringReader("Time?\nSure?\n\nnever read"), output);
        Assert.Equal(["It is 03:04.", "As said.", ""], output.ToString().Split(Environment.NewLine));
    }
}
