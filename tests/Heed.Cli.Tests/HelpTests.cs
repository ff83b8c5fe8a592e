namespace Heed.Cli.Tests;

public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("quickstart")]
    [InlineData("train")]
    [InlineData("generate")]
    [InlineData("next")]
    [InlineData("chat")]
    [InlineData("serve")]
    [InlineData("fill")]
    [InlineData("fill-mask")]
    [InlineData("classify")]
    [InlineData("tag")]
    [InlineData("answer")]
    [InlineData("embed")]
    [InlineData("similar")]
    [InlineData("rerank")]
    [InlineData("cluster")]
    [InlineData("translate")]
    [InlineData("summarize")]
    [InlineData("rewrite")]
    [InlineData("see")]
    [InlineData("lens")]
    [InlineData("tokenizer")]
    [InlineData("tokenizer train")]
    [InlineData("tokenizer encode")]
    [InlineData("tokenizer decode")]
    [InlineData("tokenizer template")]
    [InlineData("export")]
    [InlineData("quantize")]
    [InlineData("adapter")]
    [InlineData("adapter show")]
    [InlineData("adapter merge")]
    [InlineData("eval")]
    [InlineData("perplexity")]
    [InlineData("forward")]
    [InlineData("verify")]
    [InlineData("plan")]
    [InlineData("bench")]
    [InlineData("bench gemm")]
    [InlineData("bench train")]
    [InlineData("pull")]
    [InlineData("recipe")]
    [InlineData("recipe schema")]
    [InlineData("recipe keys")]
    public void Help_teaches_with_examples(string command)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Outcome outcome = Cli.Run([.. words, "--help"]).Good();
        Assert.Contains("Example", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("Usage", outcome.Out, StringComparison.Ordinal);
        Assert.Contains(string.Join(' ', (string[])["heed", .. words]), outcome.Out, StringComparison.Ordinal);
        Assert.All(outcome.Out.Split('\n'), line => Assert.True(line.Length <= 100 || line.Contains("heed ", StringComparison.Ordinal), line));
    }

    [Fact]
    public void Without_arguments_the_help_is_shown() => Assert.Contains("quickstart", Cli.Run().Good().Out, StringComparison.Ordinal);

    [Fact]
    public void Version_is_one_line() => Assert.Matches(@"^heed \d+\.\d+\.\d+\S*\n$", Cli.Run("--version").Good().Out);
}
