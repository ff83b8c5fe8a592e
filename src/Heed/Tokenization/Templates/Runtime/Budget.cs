using System.Runtime.CompilerServices;

namespace Heed.Tokenization.Templates;

/// <summary>What one rendering may still use: steps, characters, depth. Everything whose cost a template chooses is charged here.</summary>
internal sealed class Budget(ChatTemplateOptions options)
{
    private long steps = options.MaxSteps, characters = options.MaxCharacters;
    private int depth;

    /// <summary>For values that the program itself makes or shows. Nesting stays bounded.</summary>
    public static Budget Unlimited() => new(new ChatTemplateOptions { MaxSteps = int.MaxValue, MaxCharacters = long.MaxValue, MaxLength = int.MaxValue, MaxDepth = 1000 });

    public int MaxLength => options.MaxLength;

    /// <summary>Charges work. Refuses it, too, when the thread's stack comes to its end.</summary>
    public void Step(long count = 1)
    {
        if ((steps -= count) < 0) throw new TemplateError($"the template takes more than {options.MaxSteps} steps");
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack()) throw TooDeep();
    }

    /// <summary>Charges the making of a text.</summary>
    public void Build(long length)
    {
        if (length > MaxLength) throw new TemplateError($"a text would have {length} characters; at most {MaxLength} are allowed");
        if ((characters -= length) < 0) throw new TemplateError($"the template builds more than {options.MaxCharacters} characters");
    }

    /// <summary>Charges looking at a text from one end to the other.</summary>
    public void Scan(string text) => Step(1 + (text.Length >> 6));

    /// <summary>Charges the making of one of many pieces of a text.</summary>
    public void Piece(int length)
    {
        Step(4);
        Build(length);
    }

    /// <summary>Charges a product, a quotient or the decimal text of whole numbers with so many bits.</summary>
    public void Multiply(long bits, long otherBits) => Step(1 + ((bits >> 5) * (otherBits >> 5) >> 6));

    /// <summary>Charges a search: each place of the text may cost a comparison with the pattern.</summary>
    public void Search(string text, string pattern) => Step(1 + ((long)text.Length >> 6) * (1 + (pattern.Length >> 4)));

    /// <summary>Enters a call, or a value inside a value.</summary>
    public void Enter()
    {
        if (++depth > options.MaxDepth) throw TooDeep();
        Step();
    }

    public void Leave() => depth--;

    private TemplateError TooDeep() => new($"calls or values are nested too deep; at most {options.MaxDepth} levels are allowed");
}
