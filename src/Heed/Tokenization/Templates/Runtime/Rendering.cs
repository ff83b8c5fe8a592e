namespace Heed.Tokenization.Templates;

/// <summary>One rendering of a template: what it has written, what it may still use, and the place it has come to.</summary>
internal sealed class Rendering
{
    public Rendering(ChatTemplateOptions options)
    {
        Now = options.Now ?? DateTime.Now;
        Budget = new Budget(options);
        Output = new TextBuilder(Budget);
    }

    public Budget Budget { get; }

    public DateTime Now { get; }

    /// <summary>Where text goes at present: the result, or the text of a macro or block that is being captured.</summary>
    public TextBuilder Output { get; private set; }

    /// <summary>The place in the source that an error is about.</summary>
    public int Position { get; private set; }

    public void At(int position) => Position = position;

    public void Step(int position)
    {
        Position = position;
        Budget.Step();
    }

    /// <summary>What a block writes, as a value.</summary>
    public TemplateValue Capture(Scope scope, Block body, out Flow flow)
    {
        Flow ended = Flow.Normal;
        TemplateValue text = Capture(() => ended = body.Execute(scope));
        flow = ended;
        return text;
    }

    public TemplateValue Capture(Action write)
    {
        TextBuilder outer = Output;
        Output = new TextBuilder(Budget);
        write();
        TemplateValue text = Output.ToValue();
        Output = outer;
        return text;
    }
}
