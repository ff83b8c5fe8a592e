using Heed.Data.Records;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// Reads conversations of records, in the forms that data sets have: a list of <c>{"role", "content"}</c> (or of <c>{"from", "value"}</c>, or <c>{"role", "text"}</c>) in the
/// column <c>messages</c>, <c>conversations</c> or <c>conversation</c>; or an instruction, perhaps an input, and an output.
/// </summary>
/// <param name="text">The column of the list; with a target the text of the user, a column or a template. null = what the record has.</param>
/// <param name="target">The column or template of the answer; null = <c>output</c> where the record has no list.</param>
internal sealed class Conversations(string? text, string? target)
{
    private static readonly string[] Lists = ["messages", "conversations", "conversation"];
    private static readonly string[] Instruction = ["instruction", "input", "output"];

    private static readonly Dictionary<string, string> Roles = new()
    {
        ["system"] = "system",
        ["user"] = "user",
        ["human"] = "user",
        ["assistant"] = "assistant",
        ["gpt"] = "assistant",
        ["bot"] = "assistant",
        ["model"] = "assistant",
        ["tool"] = "tool",
    };

    private readonly RecordText? asked = text is not null && target is not null ? new RecordText(text) : null;
    private readonly RecordText? answer = target is null ? null : new RecordText(target);

    /// <summary>Columns that are asked for.</summary>
    public IEnumerable<string> Columns => asked is not null ? [.. asked.Columns, .. answer!.Columns] : [text ?? Lists[0], .. Lists, .. Instruction];

    /// <summary>The messages of a record; at least one is the assistant's.</summary>
    /// <exception cref="RecordException">The record holds no conversation.</exception>
    public IReadOnlyList<ChatMessage> Of(DataRecord record)
    {
        List<ChatMessage> messages = asked is not null ? [new("user", asked.Of(record)), new("assistant", answer!.Of(record))]
            : (text is not null ? text : Lists.FirstOrDefault(record.Values.ContainsKey)) is { } list ? Listed(record[list], list)
            : Instructed(record);
        if (!messages.Any(m => m.Role == "assistant" && m.Content.Length > 0)) throw new RecordException("the conversation has no word of the assistant");
        return messages;
    }

    private static List<ChatMessage> Listed(RecordValue value, string column)
    {
        if (value.Items is not { } items) throw new RecordException($"the column \"{column}\" must be a list of messages, but is {value}");
        List<ChatMessage> messages = [];
        foreach (RecordValue item in items)
        {
            string role = Field(item, "role", "from"), content = Field(item, "content", "value", "text");
            if (!Roles.TryGetValue(role, out string? known)) throw new RecordException($"a message is of \"{role}\"; known are {string.Join(", ", Roles.Keys)}");
            messages.Add(new ChatMessage(known, content));
        }
        return messages;
    }

    private static string Field(RecordValue item, params string[] names)
    {
        if (item.Fields is not { } fields) throw new RecordException($"a message must be an object with role and content, but is {item}");
        foreach (string name in names)
            if (fields.TryGetValue(name, out RecordValue? value)) return value.Text ?? throw new RecordException($"\"{name}\" of a message must be a text, but is {value}");
        throw new RecordException($"a message has no \"{names[0]}\"; it has {string.Join(", ", fields.Keys)}");
    }

    private List<ChatMessage> Instructed(DataRecord record)
    {
        string instruction = record.Text("instruction"), input = record.Values.ContainsKey("input") ? record.Text("input") : "";
        return [new("user", input.Length == 0 ? instruction : $"{instruction}\n{input}"), new("assistant", answer?.Of(record) ?? record.Text("output"))];
    }
}
