namespace Heed.Tokenization.Templates;

/// <summary>
/// Builds the tree of a template by recursive descent: one method for each rule of the grammar. This part holds what the rules
/// share; <c>Parser.Statements.cs</c> and <c>Parser.Expressions.cs</c> hold the rules.
/// </summary>
internal sealed partial class Parser
{
    private const int MaxNesting = 150;    // of brackets and blocks: each level is a dozen calls on the stack
    private const int MaxChain = 300;      // of .a.b.c and |f|g|h, whose trees lean to the left

    private readonly List<Token> tokens;
    private readonly List<MacroUse> macros = [];   // those around the present place
    private int at, nesting, loops;

    private Parser(List<Token> tokens) => this.tokens = tokens;

    /// <exception cref="SyntaxError">The source breaks the grammar.</exception>
    public static Block Parse(string source) => new Parser(Lexer.Read(source)).ReadBlock([], "");

    private Token Current => tokens[at];

    private Token Next() => Current.Kind == TokenKind.End ? Current : tokens[at++];

    private bool TryTakeOperator(string symbol)
    {
        if (!Current.IsOperator(symbol)) return false;
        at++;
        return true;
    }

    private bool TryTakeName(string name)
    {
        if (!Current.IsName(name)) return false;
        at++;
        return true;
    }

    private Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Next() : throw Unexpected(what);

    private void ExpectOperator(string symbol)
    {
        if (!TryTakeOperator(symbol)) throw Unexpected($"'{symbol}'");
    }

    private SyntaxError Unexpected(string expected) => new($"{expected} is expected, found {Current}", Current.Position);

    /// <summary>Enters a rule that may contain itself.</summary>
    private void Enter()
    {
        if (++nesting > MaxNesting) throw new SyntaxError($"brackets and blocks are nested more than {MaxNesting} deep", Current.Position);
    }

    private void Leave() => nesting--;

    private void CheckChain(int links)
    {
        if (links > MaxChain) throw new SyntaxError($"more than {MaxChain} accesses, calls and filters follow one another", Current.Position);
    }

    /// <summary>Which of the implicit names the body of a macro mentions: it takes extra arguments only then.</summary>
    private sealed class MacroUse
    {
        public bool Caller, Varargs, Kwargs;
    }
}
