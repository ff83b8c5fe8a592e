namespace Heed.Tokenization.Templates;

internal sealed partial class Parser
{
    private static readonly string[] NeedOtherFiles = ["block", "extends", "include", "import", "from"];

    /// <summary>Reads statements up to one whose name is among <paramref name="ends"/>, and takes that name.</summary>
    /// <param name="ends">Empty: up to the end of the template.</param>
    /// <param name="opened">The statement that is to be closed, for errors.</param>
    private Block ReadBlock(ReadOnlySpan<string> ends, string opened)
    {
        Enter();
        var statements = new List<Statement>();
        while (true)
        {
            Token token = Next();
            switch (token.Kind)
            {
                case TokenKind.End when ends.IsEmpty:
                    Leave();
                    return new Block([.. statements]);
                case TokenKind.End:
                    throw new SyntaxError($"'{opened}' is not closed: {Listed(ends)} is expected", token.Position);
                case TokenKind.Text:
                    statements.Add(new TextStatement(token.Position, token.Text));
                    break;
                case TokenKind.OutputBegin:
                    statements.Add(new OutputStatement(token.Position, ReadTuple()));
                    Expect(TokenKind.OutputEnd, "'}}'");
                    break;
                default:
                    if (Current.Kind == TokenKind.Name && ends.Contains(Current.Text))
                    {
                        Leave();
                        return new Block([.. statements]);
                    }
                    statements.Add(ReadStatement(ends));
                    Expect(TokenKind.StatementEnd, "'%}'");
                    break;
            }
        }
    }

    /// <summary>The body of a statement: the end of its tag, and all up to its end tag, whose name is taken.</summary>
    private Block ReadBody(string opened, params ReadOnlySpan<string> ends)
    {
        TryTakeOperator(":");
        Expect(TokenKind.StatementEnd, "'%}'");
        return ReadBlock(ends, opened);
    }

    /// <summary>As <see cref="ReadBody"/>; the end tag's name is taken too.</summary>
    private Block ReadWholeBody(string opened)
    {
        Block body = ReadBody(opened, $"end{opened}");
        Next();
        return body;
    }

    private static string Listed(ReadOnlySpan<string> names) => string.Join(" or ", names.ToArray().Select(name => $"'{{% {name} %}}'"));

    private Statement ReadStatement(ReadOnlySpan<string> ends)
    {
        Token name = Expect(TokenKind.Name, "the name of a statement");
        switch (name.Text)
        {
            case "if": return ReadIf(name.Position);
            case "for": return ReadFor(name.Position);
            case "set": return ReadSet(name.Position);
            case "macro": return ReadMacro(name.Position);
            case "call": return ReadCall(name.Position);
            case "filter": return ReadFilterBlock(name.Position);
            case "with": return ReadWith(name.Position);
            case "print": return ReadPrint(name.Position);
            case "generation": return new GenerationStatement(name.Position, ReadClosedBody("generation"));
            case "break" or "continue":
                if (loops == 0) throw new SyntaxError($"'{name.Text}' stands outside of a loop", name.Position);
                return new JumpStatement(name.Position, name.Text == "break" ? Flow.Break : Flow.Continue);
            case var other when NeedOtherFiles.Contains(other):
                throw new SyntaxError($"'{other}' is not supported: a chat template is one file", name.Position);
            case var other:
                throw new SyntaxError($"'{other}' is no statement{(ends.IsEmpty ? "" : $"; {Listed(ends)} is expected here")}", name.Position);
        }
    }

    private IfStatement ReadIf(int position)
    {
        var branches = new List<(Expression Condition, Block Body)>();
        Block? otherwise = null;
        do
        {
            Expression condition = ReadTuple(withConditional: false);
            branches.Add((condition, ReadBody("if", "elif", "else", "endif")));
        }
        while (TryTakeName("elif"));
        if (Next().Text == "else")
        {
            otherwise = ReadBody("if", "endif");
            Next();
        }
        return new IfStatement(position, [.. branches], otherwise);
    }

    private ForStatement ReadFor(int position)
    {
        Target target = ReadTarget(end: "in");
        if (target is NameTarget { Name: "loop" }) throw new SyntaxError("a loop's variable cannot be called 'loop'", position);
        if (!TryTakeName("in")) throw Unexpected("'in'");
        Expression items = ReadTuple(withConditional: false, end: "recursive");
        Expression? condition = TryTakeName("if") ? ReadExpression() : null;
        bool recursive = TryTakeName("recursive");
        loops++;
        Block body = ReadBody("for", "else", "endfor");
        loops--;
        Block? otherwise = null;
        if (Next().Text == "else")
        {
            otherwise = ReadBody("for", "endfor");
            Next();
        }
        return new ForStatement(position, target, items, condition, recursive, body, otherwise);
    }

    private Statement ReadSet(int position)
    {
        Target target = ReadTarget(withNamespace: true);
        if (TryTakeOperator("=")) return new SetStatement(position, target, ReadTuple());
        FilterChain? filters = Current.IsOperator("|") ? ReadFilterChain(inline: false) : null;
        return new SetBlockStatement(position, target, filters, ReadWholeBody("set"));
    }

    private WithStatement ReadWith(int position)
    {
        var values = new List<(Target Target, Expression Value)>();
        while (Current.Kind is not (TokenKind.StatementEnd or TokenKind.End))
        {
            if (values.Count > 0) ExpectOperator(",");
            Target target = ReadTarget();
            ExpectOperator("=");
            values.Add((target, ReadExpression()));
        }
        return new WithStatement(position, [.. values], ReadWholeBody("with"));
    }

    private OutputStatement ReadPrint(int position)
    {
        var values = new List<Expression>();
        while (Current.Kind is not (TokenKind.StatementEnd or TokenKind.End))
        {
            if (values.Count > 0) ExpectOperator(",");
            values.Add(ReadExpression());
        }
        return new OutputStatement(position, [.. values]);
    }

    private MacroStatement ReadMacro(int position)
    {
        string name = ReadNewName();
        ExpectOperator("(");
        MacroParameter[] parameters = ReadParameters();
        return new MacroStatement(position, ReadMacroBody(name, parameters, "macro"));
    }

    private CallStatement ReadCall(int position)
    {
        MacroParameter[] parameters = TryTakeOperator("(") ? ReadParameters() : [];
        if (ReadExpression() is not CallExpression call) throw new SyntaxError("'call' needs a call, such as {% call dialog() %}", position);
        return new CallStatement(position, call, ReadMacroBody(null, parameters, "call"));
    }

    private FilterStatement ReadFilterBlock(int position)
    {
        FilterChain filters = ReadFilterChain(inline: true);
        return new FilterStatement(position, filters, ReadWholeBody("filter"));
    }

    private MacroDefinition ReadMacroBody(string? name, MacroParameter[] parameters, string opened)
    {
        var use = new MacroUse();
        macros.Add(use);
        Block body = ReadClosedBody(opened);
        macros.Remove(use);
        return new MacroDefinition(name, parameters, body, use.Caller, use.Varargs, use.Kwargs);
    }

    // A body of its own: the loops around it cannot be left from inside.
    private Block ReadClosedBody(string opened)
    {
        int outer = loops;
        loops = 0;
        Block body = ReadWholeBody(opened);
        loops = outer;
        return body;
    }

    // Behind "(": the parameters and ")".
    private MacroParameter[] ReadParameters()
    {
        var parameters = new List<MacroParameter>();
        while (!Current.IsOperator(")"))
        {
            if (parameters.Count > 0) ExpectOperator(",");
            Token token = Current;
            string name = ReadNewName();
            Expression? value = TryTakeOperator("=") ? ReadExpression() : null;
            if (value is null && parameters is [.., { Default: not null }]) throw new SyntaxError($"the parameter '{name}' needs a default, as the one before it has one", token.Position);
            if (parameters.Exists(p => p.Name == name)) throw new SyntaxError($"the parameter '{name}' is given twice", token.Position);
            parameters.Add(new MacroParameter(name, value));
        }
        Next();
        return [.. parameters];
    }

    private string ReadNewName()
    {
        Token token = Expect(TokenKind.Name, "a name");
        if (IsConstant(token.Text)) throw new SyntaxError($"'{token.Text}' cannot be assigned to", token.Position);
        return token.Text;
    }

    /// <summary>What a value is assigned to: names in any nesting of tuples, and in <c>set</c> the attribute of a namespace.</summary>
    private Target ReadTarget(bool withNamespace = false, string? end = null)
    {
        int position = Current.Position;
        var parts = new List<Target>();
        bool isTuple = false;
        while (!IsTupleEnd(end) && !Current.IsOperator("="))
        {
            parts.Add(ReadSingleTarget(withNamespace));
            if (!TryTakeOperator(",")) break;
            isTuple = true;
        }
        if (parts.Count == 0) throw Unexpected("a name to assign to");
        return isTuple ? new TupleTarget(position, [.. parts]) : parts[0];
    }

    private Target ReadSingleTarget(bool withNamespace)
    {
        int position = Current.Position;
        if (TryTakeOperator("("))
        {
            Enter();
            Target inner = ReadTarget(withNamespace);
            Leave();
            ExpectOperator(")");
            return inner;
        }
        string name = ReadNewName();
        if (!withNamespace || !TryTakeOperator(".")) return new NameTarget(name);
        foreach (MacroUse use in macros) Mention(use, name);
        return new NamespaceTarget(position, name, Expect(TokenKind.Name, "the name of an attribute").Text);
    }
}
