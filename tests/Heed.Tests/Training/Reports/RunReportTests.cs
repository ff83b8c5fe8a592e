using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed partial class RunReportTests
{
    private const string Metrics = """
        {"step":0,"run":{"processor":"A <fast> one","parameters":1234567}}
        {"step":1,"loss":4.5,"learning_rate":0.001,"gradient_norm":2,"tokens":64,"tokens_per_second":640,"seconds":0.1,"mfu":0.4,"data_wait":0.01}
        {"step":2,"loss":4.25,"learning_rate":0.002,"gradient_norm":1,"tokens":128,"tokens_per_second":640,"seconds":0.2,"mfu":0.6,"data_wait":0.01,"validation_loss":4.125,"sample":"</script><b>bold</b> & 从前"}
        {"step":2,"final_validation_loss":4.0625,"final_accuracy":0.75,"unigram_loss":4.75,"seconds":0.25,"labels":["good","bad"],"confusion":[[5,1],[2,4]]}
        {"step":3,"loss":
        """;

    [Fact]
    public void APageShowsWhatTheRunSaidAndNeedsNothingElse()
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["metrics.jsonl"], Metrics);
        File.WriteAllText(folder["recipe.json"], new Recipe { Algorithm = new AlgorithmSection { Depth = 9 } }.ToJson());
        File.WriteAllText(folder["evaluation.json"], """{"data":"test.tsv","metrics":{"f1_macro":0.8125}}""");
        File.WriteAllText(folder["evaluation-2.json"], "{ cut");
        string page = File.ReadAllText(RunReport.Save(folder.Path));
        Assert.DoesNotMatch(@"https?:|\bsrc=|\bhref=|url\(|@import", page);
        Assert.DoesNotContain("<b>bold", page);
        foreach (string words in (string[])["A &lt;fast&gt; one", "1.2 M parameters", "<b>4.0625</b>", "<b>75%</b>", "<b>128</b>", "<b>0.2 s</b>", "<b>50%</b>", "0.8125", "test.tsv", "evaluation-2.json", "bold&lt;/b&gt; &amp; 从前", ">by tokens<", ">by time<"])
            Assert.Contains(words, page);
        Assert.Contains("<div class=\"strong\"><dt>depth</dt><dd>9</dd></div>", page);
        Assert.Contains("<div><dt>width</dt><dd>128</dd></div>", page);
        Assert.Contains("<td class=\"right\" style=\"--share:0.833\">5</td><td class=\"wrong\" style=\"--share:0.167\">1</td><td>83.3%</td>", page);

        JsonElement[] charts = [.. Values().Matches(page).Select(m => JsonDocument.Parse(m.Groups[1].Value).RootElement)];
        Assert.Equal(["steps", "tokens", "seconds", "steps", "steps", "steps", "steps", "steps"], charts.Select(c => c.GetProperty("across").GetString()));
        Assert.Equal("""[{"name":"training","colour":0,"x":[64,128],"y":[4.5,4.25]},{"name":"validation","colour":1,"x":[128,128],"y":[4.125,4.0625]}]""", charts[1].GetProperty("lines").GetRawText());
    }

    [Fact]
    public void RunsAreCompared()
    {
        using TemporaryFolder folder = new();
        foreach (string name in (string[])["a", "b"])
        {
            Directory.CreateDirectory(folder[name]);
            File.WriteAllText(folder[$"{name}/metrics.jsonl"], Metrics.Replace("4.0625", name == "a" ? "3.5" : "3.75"));
            File.WriteAllText(folder[$"{name}/recipe.json"], new Recipe { Algorithm = new AlgorithmSection { Depth = name == "a" ? 2 : 7 } }.ToJson());
        }
        RunReport.SaveComparison([folder["a"], folder["b"]], folder["page.html"]);
        string page = File.ReadAllText(folder["page.html"]);
        foreach (string words in (string[])["<td>3.5</td>", "<td>3.75</td>", "<th>algorithm.depth</th>", "<td>2</td>", "<td>7</td>"]) Assert.Contains(words, page);
        Assert.DoesNotContain("algorithm.width", page);
    }

    [Fact]
    public void ARunThatHasJustBegunHasAPage()
    {
        using TemporaryFolder folder = new();
        Assert.Contains("no run folder", Assert.Throws<FileNotFoundException>(() => RunReport.Save(folder.Path)).Message);
        File.WriteAllText(folder["metrics.jsonl"], "");
        Assert.Contains("No step has been logged yet", File.ReadAllText(RunReport.Save(folder.Path)));
    }

    [Theory]
    [InlineData(0, 10, "0 2 4 6 8 10")]
    [InlineData(1.31, 1.49, "1.35 1.40 1.45")]
    [InlineData(0, 2_500_000, "0 0.5M 1.0M 1.5M 2.0M 2.5M")]
    [InlineData(0, 0.003, "0 1e-3 2e-3 3e-3")]
    [InlineData(7, 7, "7.0 7.2 7.4 7.6")]
    public void AxesHaveRoundNumbers(double low, double high, string labels)
    {
        ChartScale scale = new(low, high, 5);
        Assert.Equal(labels, string.Join(' ', scale.Ticks.Select(scale.Label)));
    }

    [GeneratedRegex("""<script type="application/json">(.*?)</script>""")]
    private static partial Regex Values();
}
