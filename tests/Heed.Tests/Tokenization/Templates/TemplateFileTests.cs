using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Templates;

public sealed class TemplateFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private void Write(string name, string text) => File.WriteAllText(folder[name], text);

    [Fact]
    public void TheTemplateOfTheConfigurationKnowsTheSpecialTokens()
    {
        Write("special_tokens_map.json", """{"bos_token": "<map>", "pad_token": "<pad>", "additional_special_tokens": ["<a>", {"content": "<b>"}]}""");
        Write("tokenizer_config.json", """{"bos_token": {"content": "<s>", "lstrip": false}, "eos_token": "</s>", "unk_token": null, "chat_template": "{{ bos_token }}{{ pad_token }}{{ unk_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}{{ additional_special_tokens }}"}""");
        var template = ChatTemplate.Load(folder.Path);
        Assert.Equal("<s><pad>hi</s>['<a>', '<b>']", template.Render([new("user", "hi")], addGenerationPrompt: false));
        Assert.Equal("<x><pad>[]", template.Render([new("bos_token", "<x>"), new("additional_special_tokens", TemplateValue.List([]))]));
    }

    [Fact]
    public void AFileBesideTheConfigurationGoesFirst()
    {
        Write("tokenizer_config.json", """{"bos_token": "<s>", "chat_template": "config"}""");
        Assert.Equal("config", ChatTemplate.Load(folder.Path).Render([]));
        Write("chat_template.json", """{"chat_template": "json"}""");
        Assert.Equal("json", ChatTemplate.Load(folder.Path).Render([]));
        File.WriteAllText(folder["chat_template.jinja"], "{{ bos_token }}\r\njinja\r\n", new UTF8Encoding(true));
        Assert.Equal("<s>\njinja", ChatTemplate.Load(folder.Path).Render([]));
        Assert.Equal("\njinja", ChatTemplate.Load(folder["chat_template.jinja"]).Render([]));
        Directory.CreateDirectory(folder["additional_chat_templates"]);
        Write("additional_chat_templates/rag.jinja", "rag");
        Assert.Equal("rag", ChatTemplate.Load(folder.Path, "rag").Render([]));
    }

    [Fact]
    public void NamedTemplatesAreChosenByName()
    {
        Write("tokenizer_config.json", """{"chat_template": [{"name": "default", "template": "d"}, {"name": "tool_use", "template": "t"}]}""");
        Assert.Equal("d", ChatTemplate.Load(folder.Path).Render([]));
        Assert.Equal("t", ChatTemplate.Load(folder.Path, "tool_use").Render([]));
        Assert.Contains("'tool_use'", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder.Path, "nope")).Message);
        Write("tokenizer_config.json", """{"chat_template": [{"name": "only", "template": "o"}]}""");
        Assert.Equal("o", ChatTemplate.Load(folder.Path).Render([]));
    }

    [Fact]
    public void WhatIsMissingOrWrongIsNamed()
    {
        Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder.Path));
        Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder["none.jinja"]));
        Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder.Path, "../secret"));
        foreach ((string json, string named) in ((string, string)[])[("[]", "an object"), ("{", ""), ("{\"chat_template\": 3}", "chat_template"), ("{\"chat_template\": [{\"name\": \"x\"}]}", "template"),
            ("{\"bos_token\": 3}", "bos_token"), ("{\"chat_template\": \"a\\n{{ x\"}", "line 2, column 1")])
        {
            Write("tokenizer_config.json", json);
            string message = Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder.Path)).Message;
            Assert.Contains("tokenizer_config.json", message);
            Assert.Contains(named, message);
        }
        Write("tokenizer_config.json", "{}");
        Assert.Throws<FileNotFoundException>(() => ChatTemplate.Load(folder.Path));
        File.WriteAllBytes(folder["chat_template.jinja"], [0xC3]);
        Assert.Contains("UTF-8", Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder.Path)).Message);
    }
}
