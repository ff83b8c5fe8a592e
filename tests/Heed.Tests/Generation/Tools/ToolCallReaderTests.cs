using CsCheck;
using Heed.Generation;

namespace Heed.Tests.Generation;

/// <summary>What is text and what is a call, whatever the pieces in which the answer comes.</summary>
public sealed class ToolCallReaderTests
{
    private static readonly string[] Names = ["weather", "time"];

    // Answer; the text that is left; name and arguments of each call.
    public static TheoryData<string, string, string, string[]> Answers => new()
    {
        // As the model cards of Hermes 2 Pro and Qwen2.5 show them.
        { "hermes", "<tool_call>\n{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>", "", ["weather", "{\"city\": \"Paris\"}"] },
        { "hermes", "I look.\n<tool_call>{\"name\":\"weather\",\"arguments\":{}}</tool_call>\n<tool_call>\n{\"arguments\": {\"zone\": 1}, \"name\": \"time\"}\n</tool_call>\n", "I look.", ["weather", "{}", "time", "{\"zone\": 1}"] },
        { "hermes", "<tool_call>{\"name\": \"weather\", \"arguments\": {\"a\": \"</tool_call> \\\"}\"}}</tool_call> Done.", "Done.", ["weather", "{\"a\": \"</tool_call> \\\"}\"}"] },
        { "hermes", "<tool_call>\n{\"name\": \"weather\", \"arguments\": \"{\\\"city\\\": 1}\"}", "", ["weather", "{\"city\": 1}"] },
        { "hermes", "<tool_call>{\"name\": \"weather\"}</tool_call>", "", ["weather", "{}"] },
        { "hermes", "<tool_call>{\"name\": \"weather\", \"arguments\": [1]}</tool_call>", "<tool_call>{\"name\": \"weather\", \"arguments\": [1]}</tool_call>", [] },
        { "hermes", "a <tool_call> b {\"name\": \"weather\"} <tool", "a <tool_call> b {\"name\": \"weather\"} <tool", [] },
        { "hermes", "<tool_call>{\"name\": \"weather\", \"arguments\": {", "<tool_call>{\"name\": \"weather\", \"arguments\": {", [] },
        { "hermes", "{\"name\": \"weather\", \"arguments\": {}}", "{\"name\": \"weather\", \"arguments\": {}}", [] },
        { "hermes", " two  \n words \n", " two  \n words \n", [] },
        // As in the prompt formats of LLaMA 3.1.
        { "llama", "{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\"}}", "", ["weather", "{\"city\": \"Paris\"}"] },
        { "llama", "<|python_tag|>{\"type\": \"function\", \"name\": \"weather\", \"parameters\": {}}; {\"name\": \"time\", \"parameters\": {\"z\": null}}", "", ["weather", "{}", "time", "{\"z\": null}"] },
        { "llama", "{\"name\": \"Ada\", \"parameters\": {}}", "{\"name\": \"Ada\", \"parameters\": {}}", [] },
        { "llama", "{\"city\": {\"name\": \"weather\"}}", "{\"city\": {\"name\": \"weather\"}}", [] },
        { "llama", "It is {\"name\": \"weather\", \"parameters\": {}}", "It is {\"name\": \"weather\", \"parameters\": {}}", [] },
        // As in Mistral's guide to function calling, and with the marks of its later tokenizers.
        { "mistral", "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}, {\"name\": \"time\", \"arguments\": {}}]", "", ["weather", "{\"city\": \"Paris\"}", "time", "{}"] },
        { "mistral", "[TOOL_CALLS]weather[ARGS]{\"city\": \"Paris\"}[TOOL_CALLS]time{}", "", ["weather", "{\"city\": \"Paris\"}", "time", "{}"] },
        { "mistral", "[TOOL_CALLS] [1, 2]", "[TOOL_CALLS] [1, 2]", [] },
        { "mistral", "[1, [TOOL", "[1, [TOOL", [] },
    };

    private static ToolCallFormat Format(string name) => new[] { ToolCallFormat.Hermes, ToolCallFormat.Llama, ToolCallFormat.Mistral }.Single(f => f.Name == name);

    private static (string Text, string[] Calls) Read(string format, IEnumerable<string> pieces)
    {
        ToolCallReader reader = new(Format(format), Names);
        AnswerPart[] parts = [.. pieces.SelectMany(p => reader.Append(p)).ToArray(), .. reader.Finish()];
        Assert.Equal(reader.Calls, parts.Count(p => p.Call is not null));
        return (string.Concat(parts.Select(p => p.Text)), [.. parts.Where(p => p.Call is not null).SelectMany(p => new[] { p.Call!.Name, p.Call.Arguments })]);
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AnAnswerIsReadWholeAndInPieces(string format, string answer, string text, string[] calls)
    {
        (string, string[]) expected = (text, calls);
        Assert.Equivalent(expected, Read(format, [answer]));
        Assert.Equivalent(expected, Read(format, answer.Select(c => c.ToString())));
        Gen.Int[1, 9].Array[40].Sample(lengths =>
        {
            List<string> pieces = [];
            for (int at = 0, i = 0; at < answer.Length; at += lengths[i++ % 40]) pieces.Add(answer[at..Math.Min(answer.Length, at + lengths[i % 40])]);
            (string read, string[] made) = Read(format, pieces);
            return read == text && made.SequenceEqual(calls);
        }, iter: 30, threads: 1);
    }

    [Fact]
    public void WhatIsNoCallIsTheTextItself()
    {
        Gen.OneOf(Gen.Const("<tool_call>"), Gen.Const("</tool_call>"), Gen.Const("[TOOL_CALLS]"), Gen.Const("[ARGS]"), Gen.Const("{"), Gen.Const("{\"name\""), Gen.Const("a"), Gen.Const(" "), Gen.Const("\n"), Gen.Const("<"), Gen.Const(";"), Gen.Const("["))
            .Array[0, 12].Sample(pieces => new[] { "hermes", "llama", "mistral" }.All(f => Read(f, pieces) is { Calls.Length: 0 } read && read.Text == string.Concat(pieces)), iter: 300, threads: 1);
    }

    [Fact]
    public void TextGoesOnAsSoonAsItIsNoCall()
    {
        ToolCallReader reader = new(ToolCallFormat.Hermes);
        Assert.Equal("a b", Assert.Single(reader.Append("a b <to")).Text);
        Assert.Equal(" <today", string.Concat(reader.Append("day").Select(p => p.Text)));
        Assert.Empty(reader.Append("<tool_call>{\"name\": \"x\", \"arguments\": {}}"));
        Assert.Equal("x", Assert.Single(reader.Append("</tool_call>")).Call!.Name);
    }

    [Fact]
    public void AnIdIsTheModelsOwnOrOfNineLettersAndDigits()
    {
        ToolCallReader reader = new(ToolCallFormat.Mistral);
        ToolCall[] calls = [.. reader.Append("[TOOL_CALLS] [{\"name\": \"a\", \"arguments\": {}, \"id\": \"abcDEF123\"}, {\"name\": \"a\", \"arguments\": {}}][TOOL_CALLS]a[CALL_ID]Z[ARGS]{}").Select(p => p.Call!)];
        Assert.Equal(["abcDEF123", "Z"], [calls[0].Id, calls[2].Id]);
        Assert.Matches("^[0-9A-Za-z]{9}$", calls[1].Id);
        Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => ToolCall.NewId()).Distinct().Count());
    }

    [Fact]
    public void ALongCallIsReadInLinearSteps()
    {
        ToolCallReader reader = new(ToolCallFormat.Hermes);
        string arguments = "{\"a\": \"" + new string('x', 200_000) + "\"}";
        Assert.Empty(reader.Append("<tool_call>{\"name\": \"a\", \"arguments\": {\"a\": \""));
        for (int i = 0; i < 20_000; i++) Assert.Empty(reader.Append("xxxxxxxxxx"));
        Assert.Equal(arguments, Assert.Single(reader.Append("\"}}</tool_call>")).Call!.Arguments);
    }
}
