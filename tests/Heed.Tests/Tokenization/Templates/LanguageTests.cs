using System.Globalization;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Templates;

/// <summary>The language, piece by piece. The expected texts are Jinja2 3.1's on Python 3.11.</summary>
public sealed class LanguageTests
{
    private static readonly KeyValuePair<string, TemplateValue>[] Variables = ChatFixtureTests.Variables(JsonDocument.Parse("""
        {"s": "Hello, W\u00f6rld \ud83d\ude00", "n": 5, "f": 2.5, "l": [3, 1, 2], "no": null, "d": {"b": 1, "a": [1, 2], "items": 9},
         "ms": [{"role": "user", "content": " Hi ", "n": 2}, {"role": "assistant", "content": "Yo", "n": 1}, {"role": "user", "content": null}]}
        """).RootElement);

    private static string Render(string source) => ChatTemplate.Parse(source).Render(Variables, ChatFixtureTests.Clock);

    [Theory]
    // Literals and what prints how.
    [InlineData("'a\\n\\x41\\u00e9\\'' \"b\" 'c'", "a\nAé'bc")]
    [InlineData("[1, 2.0, 1e16, 1e-5, 0.1, true, none, 'it\\'s', (1,), {'k': []}]", "[1, 2.0, 1e+16, 1e-05, 0.1, True, None, \"it's\", (1,), {'k': []}]")]
    [InlineData("0x1F ~ 0b101 ~ 0o17 ~ 1_000 ~ 1.5e3", "3151510001500.0")]
    [InlineData("['\\n\\x00\\u200d\\U0001F600é\\\\']", "['\\n\\x00\\u200d😀é\\\\']")]
    // Numbers.
    [InlineData("n / 2 ~ ' ' ~ n // 2 ~ ' ' ~ -7 // 2 ~ ' ' ~ -7 % 3 ~ ' ' ~ 7 % -3 ~ ' ' ~ 2 ** -1 ~ ' ' ~ 7.5 % -2", "2.5 2 -4 2 -2 0.5 -0.5")]
    [InlineData("2 ** 70", "1180591620717411303424")]
    [InlineData("2 ** 3 ** 2 ~ ',' ~ -2 ** 2", "64,4")]
    [InlineData("9007199254740993 > 9007199254740992.0", "True")]
    [InlineData("1 ~ 2 + 3", null)]
    // Order of binding: a sign binds tighter than a filter.
    [InlineData("-1|abs", "1")]
    [InlineData("not 1 == 2", "True")]
    [InlineData("1 < 2 < 3 and not 1 < 2 > 3", "True")]
    [InlineData("'a' if 0 else 'b' if '' else 'c'", "c")]
    [InlineData("'a' if false", "")]
    [InlineData("0 or '' or 'x'", "x")]
    [InlineData("true + 1 == 2.0 and '' != false", "True")]
    // Strings go by code points.
    [InlineData("s|length ~ s[-1] ~ s[::-1][0] ~ s[7:12] ~ s.find('😀')", "14😀😀Wörld13")]
    [InlineData("' a  b '.split() ~ ' a  b '.split(' ') ~ 'a,b,c'.rsplit(',', 1)", "['a', 'b']['', 'a', '', 'b', '']['a,b', 'c']")]
    [InlineData("'xxabcxx'.strip('x') ~ '|' ~ 'a\\r\\nb\\x1cc'.splitlines() ~ s.startswith(('x', 'He'))", "abc|['a', 'b', 'c']True")]
    [InlineData("\"they're from-the(uk)\"|title ~ \" they're\".title()", "They're From-The(Uk) They'Re")]
    [InlineData("'straße'.upper() ~ 'ΑΣ'.lower() ~ 'hELLO w'|capitalize", "STRASSEαςHello w")]
    [InlineData("'%s|%5.2f|%-4d|%04x' % ('a', f, 7, 255)", "a| 2.50|7   |00ff")]
    [InlineData("'{} {x:>5} {0[a]} {:,.1f}'.format(d, 1234.55, x='é')", null)]
    [InlineData("'{:>5}|{:,.2f}|{!r}|{x[a]}'.format('é', 1234.125, 'q', x=d)", "    é|1,234.12|'q'|[1, 2]")]
    [InlineData("'ab'.zfill(4) ~ '-5'.zfill(4) ~ 'abc'.center(6, '*') ~ 'aXbX'.replace('X', '', 1)", "00ab-005*abc**abX")]
    // Lists and dicts.
    [InlineData("l[-1] ~ l[5] ~ l[::2] ~ l[::-1] ~ l[2:0:-1] ~ (l + [4])[1:]", "2[3, 2][2, 1, 3][2, 1][1, 2, 4]")]
    [InlineData("d.b ~ d['items'] ~ d.nope ~ d.get('x', 'y') ~ d.items()|list", "19y[('b', 1), ('a', [1, 2]), ('items', 9)]")]
    [InlineData("1 in l and 4 not in l and 'b' in d and 'ell' in s", "True")]
    [InlineData("{'a': 1, 'b': 2} == {'b': 2, 'a': 1.0} and [1] < [1, 0]", "True")]
    [InlineData("range(10)[2:8:2] ~ range(5, 0, -2)|list", "range(2, 8, 2)[5, 3, 1]")]
    // Filters.
    [InlineData("l|sort|join('-') ~ ['b', 'A']|sort ~ l|sum ~ l|max ~ l|first ~ l|last", "1-2-3['A', 'b']6332")]
    [InlineData("ms|selectattr('role', 'equalto', 'user')|map(attribute='content')|list", "[' Hi ', None]")]
    [InlineData("ms|rejectattr('content', 'none')|map(attribute='n')|sort|list ~ l|select('odd')|list", "[1, 2][3, 1]")]
    [InlineData("ms|groupby('role')|map(attribute='grouper')|list ~ l|batch(2, 'x')|list ~ range(5)|slice(2)|list", "['assistant', 'user'][[3, 1], [2, 'x']][[0, 1, 2], [3, 4]]")]
    [InlineData("nope|default('q') ~ ''|d('r') ~ ''|d('r', true) ~ none|d('t')", "qrNone")]
    [InlineData("('12'|int + '0x1f'|int(0, 16) + 'z'|int(7)) ~ ' 1e3 '|float ~ 2.5|round ~ 2.675|round(2) ~ 2.1|round(0, 'ceil')", "501000.02.02.673.0")]
    [InlineData("d|tojson ~ d|tojson(indent=2) ~ [1.0, none, 'é\\n<']|tojson(separators=(',', ':'))", "{\"b\": 1, \"a\": [1, 2], \"items\": 9}{\n  \"b\": 1,\n  \"a\": [\n    1,\n    2\n  ],\n  \"items\": 9\n}[1.0,null,\"é\\n<\"]")]
    [InlineData("'a\\nb\\n\\nc'|indent(2) ~ ['a', 'A', 'b']|unique|list ~ {'b': 1, 'A': 2}|dictsort", "a\n  b\n\n  c['a', 'b'][('A', 2), ('b', 1)]")]
    [InlineData("'<a>'|e ~ ('<a>'|safe + '<b>') ~ 'a b c d e f'|truncate(6, end='…', leeway=0)", "&lt;a&gt;<a>&lt;b&gt;a b…")]
    [InlineData("'x' if ms|select('none')", "x")]
    // Tests.
    [InlineData("n is odd and n is not even and n is divisibleby 5 and n is number and true is number and true is not integer", "True")]
    [InlineData("s is string and s is iterable and d is mapping and d is sequence and no is none and range is callable and 'a' is in 'xay'", "True")]
    [InlineData("nope is undefined and nope.x is defined", null)]
    // Undefined.
    [InlineData("nope ~ [nope] ~ nope|length ~ nope|list ~ (nope == nada) ~ (nope == none)", "[Undefined]0[]TrueFalse")]
    // Functions.
    [InlineData("strftime_now('%d %b %Y %H:%M %A %-d %j') ~ dict(a=1, **{'b': 2}) ~ namespace(x=3).x", "10 Jul 2025 12:00 Thursday 10 191{'a': 1, 'b': 2}3")]
    public void ExpressionsHaveTheValueOfPython(string expression, string? expected)
    {
        string source = $"{{{{ {expression} }}}}";
        if (expected is null) Assert.Throws<ChatTemplateException>(() => Render(source));
        else Assert.Equal(expected, Render(source));
    }

    [Theory]
    // Loops.
    [InlineData("{% for x in l %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }};{% endfor %}",
        "12TrueFalse1a;21FalseFalse32b;30FalseTrue1a;")]
    [InlineData("{% for x in l if x > 1 %}{{ x }}{{ loop.length }}{% else %}none{% endfor %}{% for x in [] %}{% else %}none{% endfor %}", "3222none")]
    [InlineData("{% for k, (a, b) in [(1, (2, 3))] %}{{ k }}{{ a }}{{ b }}{% endfor %}{% for k, v in d|items %}{{ k }}={{ v }};{% endfor %}", "123b=1;a=[1, 2];items=9;")]
    [InlineData("{% for x in range(9) %}{% if x == 1 %}{% continue %}{% elif x == 4 %}{% break %}{% endif %}{{ x }}{% endfor %}", "023")]
    [InlineData("{% for x in [[1, [2]], 3] recursive %}{{ loop.depth }}{% if x is number %}:{{ x }} {% else %}({{ loop(x) }}){% endif %}{% endfor %}", "1(2:1 2(3:2 ))1:3 ")]
    [InlineData("{% set ns = namespace(stop=false) %}{% for x in l if not ns.stop %}{{ x }}{% set ns.stop = x == 1 %}{% endfor %}", "31")]
    // What is set inside a loop is gone after each round; 'if' has no scope of its own.
    [InlineData("{% set x = 0 %}{% for i in l %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}", "31209")]
    [InlineData("{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set t | upper | trim %} x{{ a }} {% endset %}[{{ t }}]", "12[X1]")]
    [InlineData("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}{% filter upper %}x{{ n }}y{% endfilter %}", "3X5Y")]
    // Macros.
    [InlineData("{% macro m(a, b='B', c=a) %}{{ a }}{{ b }}{{ c }}{{ varargs }}{{ kwargs }};{% endmacro %}{{ m(1) }}{{ m(1, c=3) }}{{ m(1, 2, 3, 4, z=5) }}", "1B1(){};1B3(){};123(4,){'z': 5};")]
    [InlineData("{% macro w(t) %}<{{ t }}>{{ caller('c') }}</{{ t }}>{% endmacro %}{% call(x) w('b') %}{{ x }}{{ n }}{% endcall %}", "<b>c5</b>")]
    [InlineData("{% macro f(i) %}{{ i }}{% if i %}{{ f(i - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210")]
    [InlineData("{% macro f() %}{{ late }}{% endmacro %}{% set late = 'x' %}{{ f() }}", "x")]
    // Whitespace control.
    [InlineData("a\n  {% if true %}\n    b\n  {% endif %}\nc\n", "a\n    b\nc")]
    [InlineData("a \n {%- if true -%} \n b \n {%- endif -%} \n c", "abc")]
    [InlineData("  {%+ if true +%}\nx{% endif %}\n\ny", "  \nx\ny")]
    [InlineData("a {{- ' b ' -}} c{# d #}\ne {#- f -#} g", "a b ceg")]
    [InlineData("{% raw %}\n{{ x }}{% if %}{% endraw %}\n{%- raw -%} y {%- endraw -%} z", "\n{{ x }}{% if %}yz")]
    [InlineData("{{ {'a': {'b': 1}} }}\r\n{{ '}}' }}\r\n", "{'a': {'b': 1}}\n}}")]
    [InlineData("{% print n, f %}{% if n > 4: %}y{% endif %}", "52.5y")]
    public void StatementsDoAsInJinja(string source, string expected) => Assert.Equal(expected, Render(source));

    [Fact]
    public void GenerationSpansCountUtf16AndMoveWithTheirText()
    {
        var template = ChatTemplate.Parse("{% macro turn(t) %}😀<a>{% generation %}{{ t }}{% set t = 0 %}{% endgeneration %}{{ t }}</a>{% endmacro %}é{{ turn('x😀') }}{% generation %}{% endgeneration %}|{% set kept %}{{ turn('yy') }}{% endset %}{{ kept }}");
        RenderedChat chat = template.RenderWithSpans([]);
        Assert.Equal("é😀<a>x😀x😀</a>|😀<a>yyyy</a>", chat.Text);
        Assert.Equal(["x😀", "", "yy"], chat.GenerationSpans.Select(span => chat.Text[span.Start..span.End]));
        Assert.Equal(new GenerationSpan(6, 9), chat.GenerationSpans[0]);
    }

    [Theory]
    [InlineData("a\n {{ x. }}", 2, 8, "name")]
    [InlineData("{% if x %}\n\n", 2, 1, "endif")]
    [InlineData("{% for x in y %}{% endif %}", 1, 20, "endfor")]
    [InlineData("{{ 'a }}", 1, 4, "not closed")]
    [InlineData("{{ (1 }}", 1, 7, "')'")]
    [InlineData("{{ a", 1, 1, "'{{' is not closed")]
    [InlineData("{# a", 1, 1, "comment")]
    [InlineData("{% raw %} a", 1, 1, "endraw")]
    [InlineData("{{ a ! b }}", 1, 6, "'!'")]
    [InlineData("{% nope %}", 1, 4, "'nope'")]
    [InlineData("{% include 'x' %}", 1, 4, "'include' is not supported")]
    [InlineData("{% break %}", 1, 4, "outside of a loop")]
    [InlineData("{% set 3 = 4 %}", 1, 8, "name")]
    [InlineData("{% set none = 4 %}", 1, 8, "'none'")]
    [InlineData("{{ f(a=1, 2) }}", 1, 11, "order")]
    [InlineData("{{ '\\u12' }}", 1, 5, "\\u")]
    [InlineData("{% macro f(a=1, b) %}{% endmacro %}", 1, 17, "'b'")]
    public void SyntaxErrorsNameThePlaceAndTheCause(string source, int line, int column, string named)
    {
        var e = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source));
        Assert.Contains(named, e.Message);
        Assert.Equal((line, column), (e.Line, e.Column));
        Assert.Contains($"line {line}, column {column}", e.Message);
    }

    [Theory]
    [InlineData("\n{{ nope.x }}", "'nope' is undefined")]
    [InlineData("\n{{ d.nope.x }}", "'nope'")]
    [InlineData("\n{{ 1 + 'a' }}", "'int' and 'str'")]
    [InlineData("\n{{ 'a' + none }}", "'str' and 'NoneType'")]
    [InlineData("\n{{ 1 // 0 }}", "zero")]
    [InlineData("\n{{ 1|nope }}", "no filter 'nope'")]
    [InlineData("\n{{ 1 is nope }}", "no test 'nope'")]
    [InlineData("\n{{ none|length }}", "NoneType")]
    [InlineData("\n{{ l.append(4) }}", "would change a list")]
    [InlineData("\n{{ d.update({}) }}", "would change a dict")]
    [InlineData("\n{{ 'a'.join([1]) }}", "'int'")]
    [InlineData("\n{{ {[1]: 2} }}", "key")]
    [InlineData("\n{% for x in 5 %}{% endfor %}", "iterated")]
    [InlineData("\n{% set a, b = [1] %}", "unpacked")]
    [InlineData("\n{% set d.x = 1 %}", "no namespace")]
    [InlineData("\n{% macro f() %}{% endmacro %}{{ f(1) }}", "at most 0")]
    [InlineData("\n{{ n() }}", "called")]
    [InlineData("\n{{ s|tojson(nope=1) }}", "'nope'")]
    public void ErrorsOfRenderingNameTheLineAndTheCause(string source, string named)
    {
        var e = Assert.Throws<ChatTemplateException>(() => Render(source));
        Assert.Contains(named, e.Message);
        Assert.Equal(2, e.Line);
        Assert.False(e.IsRaisedByTemplate);
    }

    [Fact]
    public void WhatATemplateRaisesIsToldApart()
    {
        var e = Assert.Throws<ChatTemplateException>(() => Render("a{% if true %}{{ raise_exception('Roles must alternate: ' ~ n) }}{% endif %}"));
        Assert.True(e.IsRaisedByTemplate);
        Assert.Equal("Roles must alternate: 5", e.Reason);
    }

    [Fact]
    public void OneTemplateRendersOnManyThreads()
    {
        var template = ChatTemplate.Parse("{% set c = cycler('a', 'b') %}{% for m in messages %}{{ c.next() }}{{ m.content }}{% endfor %}{% if add_generation_prompt %}>{% endif %}");
        Parallel.For(0, 200, i =>
        {
            string text = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal($"a{text}bx>", template.Render([new("user", text), new("assistant", "x")], addGenerationPrompt: true));
        });
    }

    [Fact]
    public void ValuesComeFromJsonAndFromCode()
    {
        Assert.Equal("{'a': 1, 'b': [True, None, 1.0, 'x', 12345678901234567890123], 'c': {'role': 'user', 'content': 'hi'}}",
            TemplateValue.Dict(("a", 1), ("b", TemplateValue.List([true, TemplateValue.None, 1.0, "x", TemplateValue.From(JsonDocument.Parse("12345678901234567890123").RootElement)])),
                ("c", new ChatMessage("user", "hi"))).ToString());
        Assert.Equal("{'b': 2, 'a': 1}", TemplateValue.From(JsonDocument.Parse("""{"b": 0, "a": 1, "b": 2}""").RootElement).ToString());
        Assert.Throws<FormatException>(() => TemplateValue.From(JsonDocument.Parse("\"\\ud800\"").RootElement));
        Assert.Throws<FormatException>(() => TemplateValue.From(JsonDocument.Parse(new string('9', 5000)).RootElement));
        string deep = new string('[', 600) + new string(']', 600);
        Assert.Throws<FormatException>(() => TemplateValue.From(JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 1000 }).RootElement));
    }
}
