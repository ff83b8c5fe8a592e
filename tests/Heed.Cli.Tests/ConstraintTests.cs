using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>heed generate under constraints.</summary>
[Collection("tiny model")]
public sealed class ConstraintTests(TinyModel tiny) : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    private string Generate(params string[] args) => Cli.Run(["generate", tiny.Model, "1 green", "--temperature", "2", "--seed", "3", "--max-tokens", "9", .. args]).Good().Out.TrimEnd('\n');

    [Fact]
    public void Texts_have_the_form_that_is_asked_for()
    {
        Assert.Matches("^ [a-f]{2}[0-9]$", Generate("--regex", " [a-f]{2}[0-9]"));
        Assert.Contains(Generate("--choices", folder.Write("lines.txt", "hang on\nit, too\n")), (string[])["hang on", "it, too"]);
        Assert.Matches("^(ab){1,4},?$", Generate("--grammar", folder.Write("g.gbnf", "root ::= \"ab\" (\"ab\"){0,3} \",\"?")));
        Assert.InRange(int.Parse(Generate("--json-schema", folder.Write("s.json", """{"type":"integer","minimum":5,"maximum":17}""")), System.Globalization.CultureInfo.InvariantCulture), 5, 17);
    }

    [Fact]
    public void A_cut_is_reported()
    {
        string[] args = ["generate", tiny.Model, "1 green", "--greedy", "--regex", "[a-z ]{6}, it", "--max-tokens", "4"];
        Outcome cut = Cli.Run(args);
        Assert.Equal(0, cut.Code);
        Assert.Contains("cut after 4 tokens", cut.Error, StringComparison.Ordinal);
        JsonElement state = JsonDocument.Parse(Cli.Run([.. args, "--json"]).Good().Out).RootElement.GetProperty("constraint");
        Assert.False(state.GetProperty("complete").GetBoolean());
        Assert.EndsWith(", it", state.GetProperty("missing").GetString(), StringComparison.Ordinal);
        JsonElement whole = JsonDocument.Parse(Cli.Run("generate", tiny.Model, "1 green", "--choices", "wall", "--json").Good().Out).RootElement;
        Assert.Equal(("wall", "stop", true), (whole.GetProperty("text").GetString(), whole.GetProperty("finish_reason").GetString(), whole.GetProperty("constraint").GetProperty("complete").GetBoolean()));
    }

    [Fact]
    public void Wrong_constraints()
    {
        Cli.Run("generate", tiny.Model, "1", "--regex", "a(b").Failed("--regex");
        Cli.Run("generate", tiny.Model, "1", "--json-schema", """{"type":"array","minItems":2,"maxItems":1}""").Failed("minItems");
        Cli.Run("generate", tiny.Model, "1", "--choices", "xyz").Failed("vocabulary");
        Cli.Run("generate", tiny.Model, "1", "--choices", "a,b", "--regex", "a").Misused("exclude each other");
    }
}
