using System.Text;

namespace Heed.Tokenization.Templates;

/// <summary>Text that grows within the budget, and the spans in it that a model is to generate.</summary>
internal sealed class TextBuilder(Budget budget)
{
    private readonly StringBuilder text = new();
    private List<GenerationSpan>? spans;

    public Budget Budget => budget;

    public int Length => text.Length;

    public IReadOnlyList<GenerationSpan> Spans => spans ?? (IReadOnlyList<GenerationSpan>)[];

    public TextBuilder Append(string part)
    {
        Charge(part.Length);
        text.Append(part);
        return this;
    }

    public TextBuilder Append(ReadOnlySpan<char> part)
    {
        Charge(part.Length);
        text.Append(part);
        return this;
    }

    public TextBuilder Append(char c)
    {
        Charge(1);
        text.Append(c);
        return this;
    }

    public TextBuilder Append(char c, int count)
    {
        if (count <= 0) return this;
        Charge(count);
        text.Append(c, count);
        return this;
    }

    /// <summary>Appends a value as it prints; spans inside it move along.</summary>
    public void AppendValue(TemplateValue value)
    {
        if (value is StringValue { Spans.Count: > 0 } marked)
        {
            budget.Step(marked.Spans.Count);
            foreach (GenerationSpan span in marked.Spans) (spans ??= []).Add(new GenerationSpan(Length + span.Start, Length + span.End));
        }
        value.WriteTo(this);
    }

    /// <summary>Marks all that was written since <paramref name="start"/>.</summary>
    public void MarkGeneration(int start) => (spans ??= []).Add(new GenerationSpan(start, Length));

    public StringValue ToValue() => new(text.ToString(), spans);

    public override string ToString() => text.ToString();

    private void Charge(int count)
    {
        if (text.Length > budget.MaxLength - count) budget.Build((long)text.Length + count);
        budget.Build(count);
    }
}
