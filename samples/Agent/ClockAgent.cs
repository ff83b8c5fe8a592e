using System.ComponentModel;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Heed.Samples;

/// <summary>An agent that can tell the time.</summary>
public static class ClockAgent
{
    /// <summary>Answers line by line, up to an empty one.</summary>
    public static async Task Run(IChatClient client, TimeProvider clock, TextReader input, TextWriter output)
    {
        [Description("Tells the time in UTC.")] string Time() => clock.GetUtcNow().ToString("HH:mm", null);

        ChatClientAgent agent = new(client, instructions: "You answer in one sentence.", name: "clock", tools: [AIFunctionFactory.Create(Time, "time")]);
        AgentSession session = await agent.CreateSessionAsync();
        while (await input.ReadLineAsync() is { Length: > 0 } line)
        {
            await foreach (AgentResponseUpdate update in agent.RunStreamingAsync(line, session)) await output.WriteAsync(update.Text);
            await output.WriteLineAsync();
        }
    }
}
