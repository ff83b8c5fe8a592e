using System.Text;
using Heed.Generation;

namespace Heed.Server;

/// <summary>Makes the items of a response (thoughts, messages, calls) of the pieces of its text, and tells of each step by an event, in OpenAI's order.</summary>
internal sealed class ResponseItems
{
    private readonly List<ResponseItem> items = [];
    private readonly StringBuilder text = new();
    private ResponseItem? open; // the thoughts or the message that pieces are added to

    /// <summary>The items so far; one that is not finished is not among them.</summary>
    public IReadOnlyList<ResponseItem> Items => items;

    /// <summary>Takes the next piece.</summary>
    public IEnumerable<ResponseEvent> Add(TextPiece piece)
    {
        foreach (ResponseEvent e in Say("reasoning", piece.Thought)) yield return e;
        foreach (ResponseEvent e in Say("message", piece.Text)) yield return e;
        foreach (ToolCall call in piece.Calls)
            foreach (ResponseEvent e in Call(call)) yield return e;
    }

    /// <summary>Ends the response; one that holds nothing says nothing.</summary>
    /// <param name="status">How its last item ended.</param>
    public IEnumerable<ResponseEvent> End(string status)
    {
        if (items.Count == 0 && open is null)
            foreach (ResponseEvent e in Open("message")) yield return e;
        foreach (ResponseEvent e in Close(status)) yield return e;
    }

    private IEnumerable<ResponseEvent> Say(string type, string more)
    {
        if (more.Length == 0) yield break;
        if (open?.Type != type)
            foreach (ResponseEvent e in Close("completed").Concat(Open(type))) yield return e;
        text.Append(more);
        yield return InPart("delta") with { Delta = more, Logprobs = LogProbs };
    }

    private IEnumerable<ResponseEvent> Open(string type)
    {
        open = type == "message" ? new ResponseItem(type, $"msg_{Guid.NewGuid():N}", "in_progress") { Role = "assistant", Content = [] }
            : new ResponseItem(type, $"rs_{Guid.NewGuid():N}", "in_progress") { Summary = [], Content = [] };
        text.Clear();
        yield return InItem("response.output_item.added") with { Item = open };
        yield return InItem("response.content_part.added") with { ContentIndex = 0, Part = Part() };
    }

    private IEnumerable<ResponseEvent> Close(string status)
    {
        if (open is null) yield break;
        ResponsePart part = Part();
        yield return InPart("done") with { Text = part.Text, Logprobs = LogProbs };
        yield return InItem("response.content_part.done") with { ContentIndex = 0, Part = part };
        open = open with { Status = status, Content = [part] };
        yield return InItem("response.output_item.done") with { Item = open };
        items.Add(open);
        open = null;
    }

    private IEnumerable<ResponseEvent> Call(ToolCall call)
    {
        foreach (ResponseEvent e in Close("completed")) yield return e;
        open = new ResponseItem("function_call", $"fc_{Guid.NewGuid():N}", "in_progress") { CallId = call.Id, Name = call.Name, Arguments = "" };
        yield return InItem("response.output_item.added") with { Item = open };
        yield return InItem("response.function_call_arguments.delta") with { Delta = call.Arguments };
        yield return InItem("response.function_call_arguments.done") with { Name = call.Name, Arguments = call.Arguments };
        open = open with { Status = "completed", Arguments = call.Arguments };
        yield return InItem("response.output_item.done") with { Item = open };
        items.Add(open);
        open = null;
    }

    private bool Thinks => open!.Type == "reasoning";

    // None is told, but clients expect the list.
    private string[]? LogProbs => Thinks ? null : [];

    private ResponsePart Part() => Thinks ? new ResponsePart("reasoning_text", text.ToString()) : new ResponsePart("output_text", text.ToString()) { Annotations = [], Logprobs = [] };

    private ResponseEvent InPart(string what) => InItem($"response.{(Thinks ? "reasoning_text" : "output_text")}.{what}") with { ContentIndex = 0 };

    // Of added and done items alone the event does not name the item, which is in it.
    private ResponseEvent InItem(string type) => new(type, 0) { OutputIndex = items.Count, ItemId = type.StartsWith("response.output_item.", StringComparison.Ordinal) ? null : open!.Id };
}
