using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Templates;

/// <summary>The templates of published models must render as Jinja2 and transformers render them, character for character.</summary>
public sealed class ChatFixtureTests(ITestOutputHelper output)
{
    private const string Folder = "fixtures/tokenizers/chat/";

    public static ChatTemplateOptions Clock { get; } = new() { Now = new DateTime(2025, 7, 10, 12, 0, 0) };

    /// <summary>Templates by name.</summary>
    public static Dictionary<string, string> Templates() =>
        Directory.GetFiles(Fixtures.Find(Folder + "templates"), "*.jinja").Order(StringComparer.Ordinal)
            .ToDictionary(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

    /// <summary>One conversation for each case of the fixtures.</summary>
    public static IEnumerable<(JsonElement Case, KeyValuePair<string, TemplateValue>[] Variables)> Cases() =>
        Fixtures.ReadJsonLines(Folder + "cases.jsonl").Select(c => (c, Variables(c.GetProperty("vars"))));

    public static KeyValuePair<string, TemplateValue>[] Variables(JsonElement vars) =>
        [.. vars.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, TemplateValue.From(p.Value)))];

    [Theory]
    [InlineData("core", 450)]
    [InlineData("python", 40)]
    public void CasesRenderAsTheOriginal(string tier, int least)
    {
        Dictionary<string, ChatTemplate> templates = Templates().ToDictionary(t => t.Key, t => ChatTemplate.Parse(t.Value));
        var failures = new List<string>();
        int cases = 0;
        foreach ((JsonElement one, KeyValuePair<string, TemplateValue>[] variables) in Cases())
        {
            if (one.GetProperty("tier").GetString() != tier) continue;
            cases++;
            bool fails = one.TryGetProperty("error", out JsonElement expected);
            if (!fails) expected = one.GetProperty("output");
            string given;
            try
            {
                given = templates[one.GetProperty("template").GetString()!].Render(variables, Clock);
                if (fails) given = "no error, but: " + given;
            }
            catch (ChatTemplateException e)
            {
                given = fails && e.IsRaisedByTemplate ? e.Reason : e.Message;
            }
            if (given != expected.GetString()) failures.Add($"{one.GetProperty("template")}/{one.GetProperty("case")}: {given}");
        }
        output.WriteLine($"{tier}: {cases - failures.Count} of {cases} cases");
        Assert.True(failures.Count == 0, $"{failures.Count} of {cases} cases differ:\n{string.Join('\n', failures.Take(10))}");
        Assert.True(cases >= least, $"{cases} cases");
    }

    /// <summary>What the one template with generation blocks marks is what its assistant says.</summary>
    [Fact]
    public void GenerationSpansAreTheTurnsOfTheAssistant()
    {
        var template = ChatTemplate.Parse(Encoding.UTF8.GetString(Fixtures.ReadBytes(Folder + "templates/lfm2.5-vl.jinja")));
        int spans = 0;
        foreach ((JsonElement one, KeyValuePair<string, TemplateValue>[] variables) in Cases())
        {
            if (one.GetProperty("template").GetString() != "lfm2.5-vl" || one.TryGetProperty("error", out _)) continue;
            RenderedChat chat = template.RenderWithSpans(variables, Clock);
            int turns = one.GetProperty("vars").GetProperty("messages").EnumerateArray().Count(m => m.GetProperty("role").GetString() == "assistant");
            Assert.Equal(turns, chat.GenerationSpans.Count);
            Assert.All(chat.GenerationSpans, span =>
            {
                Assert.EndsWith("<|im_start|>assistant\n", chat.Text[..span.Start]);
                Assert.EndsWith("<|im_end|>\n", chat.Text[span.Start..span.End]);
            });
            spans += turns;
        }
        Assert.True(spans > 0);
    }
}
