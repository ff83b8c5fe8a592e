using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class TokenizerTemplateTests : IDisposable
{
    private const string Template = """
        {%- for m in messages %}
        {{ bos_token }}[{{ m.role }}] {% generation %}{{ m['content'] | trim }}{% endgeneration %}

        {% endfor %}
        {%- if not tools is defined %}{{ 1/0 }}{% endif %}
        {%- if add_generation_prompt %}{{ raise_exception('no prompt for ' ~ strftime_now('%d %b %Y')) }}{% endif %}
        """;

    private const string Variables = """{"bos_token": "<s>", "messages": [{"role": "user", "content": " 你好 😀\n"}, {"role": "assistant", "content": "é"}]}""";

    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_conversation_is_written_exactly()
    {
        string template = folder.Write("t.jinja", Template), variables = folder.Write("v.json", Variables);
        const string Expected = "<s>[user] 你好 😀\n<s>[assistant] é\n";
        Assert.Equal(Expected, Cli.Run("tokenizer", "template", template, "--vars", variables).Good().Out);
        Assert.Equal(Expected, Cli.RunWith(Variables, "tokenizer", "template", template).Good().Out);

        JsonElement root = JsonDocument.Parse(Cli.RunWith(Variables, "tokenizer", "template", template, "--json").Good().Out).RootElement;
        string text = root.GetProperty("text").GetString()!;
        Assert.Equal(Expected, text);
        Assert.Equal(["你好 😀", "é"], root.GetProperty("generation_spans").EnumerateArray().Select(s => text[s[0].GetInt32()..s[1].GetInt32()]));
    }

    [Fact]
    public void The_template_of_a_model_knows_its_tokens()
    {
        folder.Write("tokenizer_config.json", """{"bos_token": {"content": "<B>"}, "chat_template": [{"name": "default", "template": "{{ bos_token }}!"}, {"name": "rag", "template": "{{ bos_token }}{{ documents }}"}]}""");
        Assert.Equal("<B>!", Cli.RunWith("{}", "tokenizer", "template", folder.Path).Good().Out);
        Assert.Equal("<B>None", Cli.RunWith("{}", "tokenizer", "template", folder.Path, "--name", "rag").Good().Out);
        Cli.RunWith("{}", "tokenizer", "template", folder.Path, "--name", "none").Failed("none");
    }

    [Fact]
    public void What_goes_wrong_is_said_in_one_line()
    {
        string template = folder.Write("t.jinja", Template), refusing = folder.Write("v.json", Variables.Replace("{\"bos", "{\"add_generation_prompt\": true, \"bos"));
        Cli.Run("tokenizer", "template", template, "--vars", refusing, "--now", "2025-07-10T12:00").Failed("no prompt for 10 Jul 2025");
        Cli.RunWith("{}", "tokenizer", "template", folder["none.jinja"]).Failed("none.jinja");
        Cli.RunWith("{}", "tokenizer", "template", folder.Write("bad.jinja", "a\n{% if x %}")).Failed("line 2");
        Cli.RunWith("[1]", "tokenizer", "template", template).Failed("object");
        Cli.RunWith("{\"a\": ", "tokenizer", "template", template).Failed("standard input");
        Cli.RunWith("{\"a\": \"\\ud800\"}", "tokenizer", "template", template).Failed("Unicode");
        Cli.Run("tokenizer", "template", template, "--vars", folder["none.json"]).Failed("none.json");
        Cli.Run("tokenizer", "template", template, "--now", "soon").Misused("--now");
    }
}
