using System.Diagnostics;
using System.Text;
using CsCheck;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Templates;

/// <summary>A template is a stranger's program: it must end, soon, in a text or in the one documented exception.</summary>
public sealed class HostileTemplateTests
{
    private static string Many(string part, int count) => new StringBuilder().Insert(0, part, count).ToString();

    public static TheoryData<string, string> Attacks => new()
    {
        { "{{ " + Many("(", 5000) + "1" + Many(")", 5000) + " }}", "nested" },
        { "{{ " + Many("[", 100_000) + Many("]", 100_000) + " }}", "nested" },
        { "{{ " + Many("{'a':", 5000) + Many("}", 5000) + " }}", "nested" },
        { "{{ " + Many("not ", 100_000) + "1 }}", "nested" },
        { "{{ " + Many("-", 100_000) + "1 }}", "nested" },
        { "{{ " + Many("1 if 1 else ", 10_000) + "1 }}", "nested" },
        { "{{ 1" + Many(" if 1", 10_000) + " }}", "follow one another" },
        { "{{ 1" + Many("|string", 10_000) + " }}", "follow one another" },
        { "{{ x" + Many(".x", 10_000) + " }}", "follow one another" },
        { "{{ x" + Many("()", 10_000) + " }}", "follow one another" },
        { Many("{% if 1 %}", 10_000), "nested" },
        { Many("{% for x in y %}", 10_000), "nested" },
        { "{% set " + Many("(", 10_000) + "a" + Many(")", 10_000) + " = 1 %}", "nested" },
        { "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "nested" },
        { "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{{ caller }}{% endmacro %}{{ f() }}", "nested" },
        { "{% macro f(x) %}{{ x }}{% endmacro %}{% macro g(n) %}{{ [1]|map('string')|join ~ g(n + 1) }}{% endmacro %}{{ g(0) }}", "nested" },
        { "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "nested" },
        { "{{ range(10 ** 9) }}", "at most 100000" },
        { "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps" },
        { "{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}", "steps" },
        { "{% set x = range(99999)|list %}{% for a in range(99999) %}{% set y = x|sort %}{% endfor %}", "steps" },
        { "{{ 'a' * 10 ** 9 }}", "characters" },
        { "{{ [1] * 10 ** 9 }}", "steps" },
        { "{{ 10 ** (10 ** 10) }}", "digits" },
        { "{{ 2 ** 14000 * 2 ** 14000 }}", "digits" },
        { "{% set n = namespace(s='a') %}{% for x in range(99) %}{% set n.s = n.s + n.s %}{% endfor %}", "characters" },
        { "{% set n = namespace(s='aaaaaaaa') %}{% for x in range(99) %}{% set n.s = n.s|replace('a', 'aaaaaaaa') %}{% endfor %}", "characters" },
        { "{% set n = namespace(s='<<<<<<<<') %}{% for x in range(99) %}{% set n.s = n.s|forceescape ~ n.s %}{% endfor %}", "characters" },
        { "{{ '%999999999d' % 1 }}", "characters" },
        { "{{ '{:999999999}'.format(1) }}", "characters" },
        { "{{ '{:.99999f}'.format(1.5) }}", "precision" },
        { "{{ 'a'.center(10 ** 9) }}", "characters" },
        { "{{ 'a\nb'|indent(10 ** 9) }}", "characters" },
        { "{{ '\t'.expandtabs(10 ** 9) }}", "characters" },
        { "{{ [[1]]|tojson(indent=10 ** 9) }}", "characters" },
        { "{{ [1]|batch(10 ** 9, 0)|list }}", "steps" },
        { "{{ []|slice(10 ** 9)|list }}", "steps" },
        { "{% set n = namespace(l=[]) %}{% for x in range(9999) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l }}", "nested" },
        { "{% set n = namespace(l=[]) %}{% for x in range(9999) %}{% set n.l = [n.l] %}{% endfor %}{{ n.l|tojson }}", "nested" },
        { "{% set n = namespace(l=[], m=[]) %}{% for x in range(9999) %}{% set n.l = [n.l] %}{% set n.m = [n.m] %}{% endfor %}{{ n.l == n.m }}", "nested" },
        { "{% set n = namespace(l=[], m=[]) %}{% for x in range(9999) %}{% set n.l = [n.l] %}{% set n.m = [n.m] %}{% endfor %}{{ n.l < n.m }}", "nested" },
        { "{% set n = namespace(l=[1]) %}{% for x in range(99) %}{% set n.l = [n.l, n.l] %}{% endfor %}{{ n.l }}", "" },
        { "{% set n = namespace(l=[1], m=[1]) %}{% for x in range(99) %}{% set n.l = [n.l, n.l] %}{% set n.m = [n.m, n.m] %}{% endfor %}{{ n.l == n.m }}", "steps" },
        { "{% set n = namespace(t=(1,)) %}{% for x in range(99) %}{% set n.t = (n.t, n.t) %}{% endfor %}{{ {n.t: 1} }}", "key" },
        { "{% set n = namespace(g=[1]) %}{% for x in range(99999) %}{% set n.g = n.g|map('string') %}{% endfor %}{{ n.g|list }}", "nested" },
        { "{% set n = namespace() %}{% set n.n = n %}{{ n }}", "nested" },
        { "{% set s = ' ' * 30000000 %}{% for i in range(99999) %}{% set x = s.strip() ~ s|trim %}{% endfor %}", "steps" },
        { "{% set s = ',' * 30000000 %}{% set x = s.split(',') %}", "steps" },
        { "{% set s = '\n' * 30000000 %}{% set x = s.splitlines() %}", "steps" },
        { "{% set s = 'é' * 30000000 %}{% set x = s|list %}", "steps" },
        { "{% set s = 'A' * 30000000 %}{% for i in range(99999) %}{% set x = s is upper %}{% endfor %}", "steps" },
        { "{% set s = 'A' * 30000000 %}{% for i in range(99999) %}{% set x = s.isalpha() or s.find('b') %}{% endfor %}", "steps" },
        { "{% set s = 'A' * 30000000 %}{% set d = {s: 1} %}{% for i in range(99999) %}{% set x = d[s] ~ d.get(s) %}{% endfor %}", "steps" },
        { "{% set s = '1' * 1000000 %}{% for i in range(99999) %}{% set x = s|int + s|float %}{% endfor %}", "steps" },
        { "{% set n = 7 ** 5000 %}{% for i in range(99999) %}{% set x = n * n // 3 ~ n %}{% endfor %}", "" },
        { "{% for i in range(99999) %}{% set x = '%.1000f' % 1e-300 %}{% endfor %}", "" },
        { "{% set n = namespace(s='') %}{% set x %}{% generation %}{% endgeneration %}{% endset %}{% set n.s = x %}{% for i in range(99) %}{% set y %}{{ n.s }}{{ n.s }}{% endset %}{% set n.s = y %}{% endfor %}", "steps" },
        { "{% set a = 'a' * 3000000 %}{% set b = 'a' * 1500000 ~ 'b' %}{% for x in range(99999) %}{% set c = b in a %}{% endfor %}", "steps" },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void AttacksEndInAnError(string source, string named)
    {
        var clock = Stopwatch.StartNew();
        // On a small stack, as a server's thread may have it.
        Exception? error = null;
        var thread = new Thread(() => error = Record.Exception(() => ChatTemplate.Parse(source).Render([])), 512 << 10);
        thread.Start();
        thread.Join();
        Assert.Contains(named, Assert.IsType<ChatTemplateException>(error).Message);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{clock.Elapsed}");
    }

    [Fact]
    public void LongButFlatTemplatesAreFine()
    {
        Assert.Equal(20_001, ChatTemplate.Parse("{{ 'a'" + Many(" + 'a'", 20_000) + " }}").Render([]).Length);
        Assert.Equal("True", ChatTemplate.Parse("{{ 1" + Many(" and 1", 20_000) + " == 1 }}").Render([]));
        Assert.Equal("b", ChatTemplate.Parse("{% if 0 %}" + Many("{% elif 0 %}a", 20_000) + "{% else %}b{% endif %}").Render([]));
        string text = Many("line of text\n", 200_000);
        Assert.Equal(text.Length * 2, ChatTemplate.Parse("{% for m in messages %}{{ m.content|trim ~ '\n' }}{% endfor %}").Render([new("user", text), new("user", text)], false).Length);
    }

    [Fact]
    public void BoundsAreThoseAskedFor()
    {
        var template = ChatTemplate.Parse("{% for x in range(1000) %}{{ 'abcdefghij' }}{% endfor %}");
        Assert.Equal(10_000, template.Render([]).Length);
        Assert.Contains("100 characters", Assert.Throws<ChatTemplateException>(() => template.Render([], new() { MaxLength = 100 })).Message.Replace("at most 100 are", "100 characters"));
        Assert.Contains("500 steps", Assert.Throws<ChatTemplateException>(() => template.Render([], new() { MaxSteps = 500 })).Message);
        Assert.Contains("2000 characters", Assert.Throws<ChatTemplateException>(() => template.Render([], new() { MaxCharacters = 2000 })).Message);
    }

    /// <summary>Real templates with pieces changed, moved, doubled and cut: a text, or the documented exception.</summary>
    [Fact]
    public void DamagedTemplatesNeverGiveAnotherException()
    {
        string[] sources = [.. ChatFixtureTests.Templates().Values];
        KeyValuePair<string, TemplateValue>[][] conversations = [.. ChatFixtureTests.Cases().Where((_, i) => i % 37 == 0).Select(c => c.Variables)];
        Gen.Select(Gen.OneOf(sources.Select(Gen.Const).ToArray()), Gen.Int[0, 1 << 20].Array[1, 8], Gen.OneOf(conversations.Select(Gen.Const).ToArray())).Sample((source, edits, variables) =>
        {
            string damaged = source;
            foreach (int edit in edits)
            {
                int at = edit % (damaged.Length + 1), end = Math.Min(damaged.Length, at + edit / 7 % 9);
                string soup = Soup[edit % Soup.Length];
                damaged = (edit % 5) switch
                {
                    0 => damaged[..at] + damaged[end..],
                    1 => damaged[..at] + soup + damaged[at..],
                    2 => damaged[..at] + soup + damaged[end..],
                    3 => damaged[end..] + damaged[..at],
                    _ => damaged[..end] + damaged[at..],
                };
            }
            TryRender(damaged, variables);
        }, iter: 3000, threads: 1);
    }

    [Fact]
    public void TokenSoupNeverGivesAnotherException()
    {
        KeyValuePair<string, TemplateValue>[] variables = ChatFixtureTests.Cases().First().Variables;
        Gen.Select(Gen.Int[0, Soup.Length - 1].Array[1, 25], Gen.Bool).Sample((parts, inTag) =>
        {
            string soup = string.Join(' ', parts.Select(p => Soup[p]));
            TryRender(inTag ? $"{{{{ {soup} }}}}" : soup, variables);
        }, iter: 20_000, threads: 1);
    }

    private static readonly string[] Soup =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-%}", "{%-", "if", "else", "elif", "endif", "for", "in", "endfor", "set", "endset", "macro f(a)", "endmacro", "call f()", "endcall", "generation", "endgeneration",
        "not", "and", "or", "is", "defined", "string", "none", "true", "(", ")", "[", "]", "{", "}", ",", ":", ".", "|", "~", "+", "-", "*", "**", "/", "//", "%", "==", "<", "=", "'", "\"", "\\", "0", "1", "-1", "1.5", "1e999",
        "99999999999999999999", "'a'", "'%s %d'", "'{} {a}'", "'{:>5}'", "messages", "message", "x", "loop", "loop.last", "content", "role", "ns.x", "namespace()", "range(3)", "range", "dict(a=1)", "messages[0]", "['role']",
        "|tojson", "|length", "|join", "|sort", "|list", "|map", "|map('upper')", "|select", "|selectattr('role')", "|groupby('role')", "|items", "|first", "|int", "|round", "|trim", "|batch(2)", "|indent", "|string", "|default('x')",
        ".split()", ".format(1, a=2)", ".items()", ".get('x')", ".strip", "[1:]", "[::-1]", "[::0]", "\n", "\0", "é", "😀", "\ud800", "\u001c",
    ];

    private static void TryRender(string source, KeyValuePair<string, TemplateValue>[] variables)
    {
        try
        {
            ChatTemplate.Parse(source).Render(variables, new() { MaxSteps = 200_000, MaxCharacters = 1 << 22 });
        }
        catch (ChatTemplateException e)
        {
            Assert.True(e.Line > 0 && e.Column > 0 && e.Reason.Length > 0);
        }
    }
}
