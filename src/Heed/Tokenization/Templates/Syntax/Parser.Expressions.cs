namespace Heed.Tokenization.Templates;

// From the loosest binding to the tightest: a if b else c; or; and; not; comparison; + -; ~; * / // %; **; sign; access, call, filter, test.
internal sealed partial class Parser
{
    /// <summary>One expression, or several between commas, which make a tuple.</summary>
    /// <param name="withConditional">Whether <c>a if b</c> may stand here.</param>
    /// <param name="end">A name that ends the tuple.</param>
    /// <param name="inParentheses">Whether an empty tuple may stand here.</param>
    private Expression ReadTuple(bool withConditional = true, string? end = null, bool inParentheses = false)
    {
        int position = Current.Position;
        var items = new List<Expression>();
        bool isTuple = false;
        while (!IsTupleEnd(end))
        {
            items.Add(withConditional ? ReadExpression() : ReadOr());
            if (!TryTakeOperator(",")) break;
            isTuple = true;
        }
        if (!isTuple && items.Count == 1) return items[0];
        if (!isTuple && !inParentheses) throw Unexpected("an expression");
        return new TupleExpression(position, [.. items]);
    }

    private bool IsTupleEnd(string? end) =>
        Current.Kind is TokenKind.OutputEnd or TokenKind.StatementEnd || Current.IsOperator(")") || (end is not null && Current.IsName(end));

    private Expression ReadExpression()
    {
        Enter();
        int position = Current.Position;
        Expression value = ReadOr();
        for (int links = 0; TryTakeName("if"); CheckChain(++links))
        {
            Expression condition = ReadOr();
            value = new ConditionalExpression(position, condition, value, TryTakeName("else") ? ReadExpression() : null);
        }
        Leave();
        return value;
    }

    private Expression ReadOr()
    {
        int position = Current.Position;
        Expression first = ReadAnd();
        if (!Current.IsName("or")) return first;
        var operands = new List<Expression> { first };
        while (TryTakeName("or")) operands.Add(ReadAnd());
        return new LogicExpression(position, [.. operands], untilTrue: true);
    }

    private Expression ReadAnd()
    {
        int position = Current.Position;
        Expression first = ReadNot();
        if (!Current.IsName("and")) return first;
        var operands = new List<Expression> { first };
        while (TryTakeName("and")) operands.Add(ReadNot());
        return new LogicExpression(position, [.. operands], untilTrue: false);
    }

    private Expression ReadNot()
    {
        int position = Current.Position;
        if (!TryTakeName("not")) return ReadComparison();
        Enter();
        Expression operand = ReadNot();
        Leave();
        return new NotExpression(position, operand);
    }

    private Expression ReadComparison()
    {
        int position = Current.Position;
        Expression first = ReadSum();
        var rest = new List<(string Operator, Expression Operand)>();
        while (true)
        {
            if (Current.Kind == TokenKind.Operator && Current.Text is "==" or "!=" or "<" or "<=" or ">" or ">=") rest.Add((Next().Text, ReadSum()));
            else if (TryTakeName("in")) rest.Add(("in", ReadSum()));
            else if (Current.IsName("not") && tokens[at + 1].IsName("in"))
            {
                at += 2;
                rest.Add(("not in", ReadSum()));
            }
            else return rest.Count == 0 ? first : new ComparisonExpression(position, first, [.. rest]);
        }
    }

    private Expression ReadSum() => ReadChain(ReadConcatenation, "+", "-");

    private Expression ReadConcatenation()
    {
        int position = Current.Position;
        Expression first = ReadProduct();
        if (!Current.IsOperator("~")) return first;
        var parts = new List<Expression> { first };
        while (TryTakeOperator("~")) parts.Add(ReadProduct());
        return new ConcatenationExpression(position, [.. parts]);
    }

    private Expression ReadProduct() => ReadChain(ReadPower, "*", "/", "//", "%");

    private Expression ReadPower() => ReadChain(() => ReadUnary(withFilters: true), "**");

    // a - b + c is one node: the tree of a long sum stays flat.
    private Expression ReadChain(Func<Expression> readOperand, params ReadOnlySpan<string> operators)
    {
        int position = Current.Position;
        Expression first = readOperand();
        List<ArithmeticLink>? rest = null;
        while (Current.Kind == TokenKind.Operator && operators.Contains(Current.Text))
        {
            Token token = Next();
            (rest ??= []).Add(new ArithmeticLink(token.Text, token.Position, readOperand()));
        }
        return rest is null ? first : new ArithmeticExpression(position, first, [.. rest]);
    }

    private Expression ReadUnary(bool withFilters)
    {
        int position = Current.Position;
        Expression value;
        if (Current.IsOperator("-") || Current.IsOperator("+"))
        {
            bool negative = Next().Text == "-";
            Enter();
            value = new SignExpression(position, ReadUnary(withFilters: false), negative);
            Leave();
        }
        else value = ReadPrimary();
        value = ReadPostfix(value);
        return withFilters ? ReadFiltersAndTests(value) : value;
    }

    private static bool IsConstant(string name) => name is "true" or "True" or "false" or "False" or "none" or "None";

    private Expression ReadPrimary()
    {
        Token token = Next();
        switch (token.Kind)
        {
            case TokenKind.Name when IsConstant(token.Text):
                return new LiteralExpression(token.Position, token.Text[0] is 'n' or 'N' ? NoneValue.Instance : BooleanValue.Of(token.Text[0] is 't' or 'T'));
            case TokenKind.Name:
                foreach (MacroUse use in macros) Mention(use, token.Text);
                return new NameExpression(token.Position, token.Text);
            case TokenKind.String when Current.Kind == TokenKind.String:
                var parts = new List<string> { token.Text };
                while (Current.Kind == TokenKind.String) parts.Add(Next().Text);
                return new LiteralExpression(token.Position, new StringValue(string.Concat(parts)));
            case TokenKind.String or TokenKind.Integer or TokenKind.Float:
                return new LiteralExpression(token.Position, token.Value!);
            case TokenKind.Operator when token.Text == "(":
                Enter();
                Expression inner = ReadTuple(inParentheses: true);
                Leave();
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return new ListExpression(token.Position, ReadItems("]", ReadExpression));
            case TokenKind.Operator when token.Text == "{":
                return new DictExpression(token.Position, ReadItems("}", ReadPair));
            default:
                throw new SyntaxError($"an expression is expected, found {token}", token.Position);
        }
    }

    private static void Mention(MacroUse use, string name)
    {
        use.Caller |= name == "caller";
        use.Varargs |= name == "varargs";
        use.Kwargs |= name == "kwargs";
    }

    private (Expression Key, Expression Value) ReadPair()
    {
        Expression key = ReadExpression();
        ExpectOperator(":");
        return (key, ReadExpression());
    }

    private T[] ReadItems<T>(string close, Func<T> readItem)
    {
        var items = new List<T>();
        while (!Current.IsOperator(close))
        {
            if (items.Count > 0) ExpectOperator(",");
            if (Current.IsOperator(close)) break;
            items.Add(readItem());
        }
        Next();
        return [.. items];
    }

    private Expression ReadPostfix(Expression value)
    {
        for (int links = 0; ; CheckChain(++links))
        {
            Token token = Current;
            if (token.IsOperator("(")) value = ReadCallOf(value);
            else if (TryTakeOperator("[")) value = ReadSubscript(value, token.Position);
            else if (TryTakeOperator("."))
            {
                Token name = Next();
                value = name.Kind switch
                {
                    TokenKind.Name => new AttributeExpression(token.Position, value, name.Text),
                    TokenKind.Integer => new ItemExpression(token.Position, value, new LiteralExpression(name.Position, name.Value!)),
                    _ => throw new SyntaxError($"a name or a number is expected after '.', found {name}", name.Position),
                };
            }
            else return value;
        }
    }

    private CallExpression ReadCallOf(Expression value)
    {
        int position = Current.Position;
        return new CallExpression(position, value, ReadArguments());
    }

    // Behind "[": an index or a slice, and "]".
    private Expression ReadSubscript(Expression value, int position)
    {
        Expression? Bound() => Current.IsOperator(":") || Current.IsOperator("]") || Current.IsOperator(",") ? null : ReadExpression();

        Expression? start = Bound();
        if (TryTakeOperator(":"))
        {
            Expression? stop = Bound(), step = TryTakeOperator(":") ? Bound() : null;
            ExpectOperator("]");
            return new SliceExpression(position, value, start, stop, step);
        }
        if (start is null) throw Unexpected("an index");
        if (Current.IsOperator(","))
        {
            var items = new List<Expression> { start };
            while (TryTakeOperator(",")) items.Add(ReadExpression());
            start = new TupleExpression(position, [.. items]);
        }
        ExpectOperator("]");
        return new ItemExpression(position, value, start);
    }

    private Expression ReadFiltersAndTests(Expression value)
    {
        for (int links = 0; ; CheckChain(++links))
        {
            if (TryTakeOperator("|")) value = new FilterExpression(value, ReadFilter());
            else if (Current.IsName("is")) value = ReadTest(value);
            else if (Current.IsOperator("(")) value = ReadCallOf(value);
            else return value;
        }
    }

    private FilterCall ReadFilter()
    {
        Token name = Expect(TokenKind.Name, "the name of a filter");
        return new FilterCall(name.Position, name.Text, Current.IsOperator("(") ? ReadArguments() : ArgumentList.Empty);
    }

    // For blocks, whose value does not come from an expression: "f|g" when inline, else "|f|g".
    private FilterChain ReadFilterChain(bool inline)
    {
        var filters = new List<FilterCall>();
        if (inline) filters.Add(ReadFilter());
        while (TryTakeOperator("|")) filters.Add(ReadFilter());
        return new FilterChain([.. filters]);
    }

    private Expression ReadTest(Expression value)
    {
        int position = Next().Position;
        bool negated = TryTakeName("not");
        Token name = Expect(TokenKind.Name, "the name of a test");
        ArgumentList arguments = ArgumentList.Empty;
        if (Current.IsOperator("(")) arguments = ReadArguments();
        else if (Current.IsName("is")) throw new SyntaxError("tests cannot be chained: write 'and' between them", Current.Position);
        else if ((Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and"))
            || Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float || Current.IsOperator("[") || Current.IsOperator("{"))
            arguments = ArgumentList.Of(ReadPostfix(ReadPrimary()));
        Expression test = new TestExpression(position, value, name.Text, arguments);
        return negated ? new NotExpression(position, test) : test;
    }

    private ArgumentList ReadArguments()
    {
        ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        Expression? extraPositional = null, extraNamed = null;
        for (bool first = true; !Current.IsOperator(")"); first = false)
        {
            if (!first) ExpectOperator(",");
            if (Current.IsOperator(")")) break;
            Token token = Current;
            bool inOrder;
            if (TryTakeOperator("*"))
            {
                inOrder = extraPositional is null && extraNamed is null;
                extraPositional = ReadExpression();
            }
            else if (TryTakeOperator("**"))
            {
                inOrder = extraNamed is null;
                extraNamed = ReadExpression();
            }
            else if (token.Kind == TokenKind.Name && tokens[at + 1].IsOperator("="))
            {
                at += 2;
                inOrder = extraNamed is null && !named.Exists(n => n.Name == token.Text);
                named.Add((token.Text, ReadExpression()));
            }
            else
            {
                inOrder = extraPositional is null && extraNamed is null && named.Count == 0;
                positional.Add(ReadExpression());
            }
            if (!inOrder) throw new SyntaxError("the arguments of a call are in the wrong order or given twice: plain ones come first, then name=value, then *list and **dict", token.Position);
        }
        Next();
        return new ArgumentList([.. positional], [.. named], extraPositional, extraNamed);
    }
}
