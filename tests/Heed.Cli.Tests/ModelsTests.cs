using System.Text.Json;

namespace Heed.Cli.Tests;

/// <summary>heed models, and models by name, through the real command line.</summary>
public sealed class ModelsTests
{
    [Fact]
    public void A_model_is_listed_and_opened_by_its_name()
    {
        using Folder folder = new();
        Outcome Run(string args) => Cli.Shell($"HEED_MODELS='{folder["models"]}' $HEED {args}");
        Cli.Run("train", folder.Recipe(), "--quiet", "--output", folder["models/teller"]).Good();
        File.WriteAllText(folder["models/teller/README.md"], "---\nlicense: mit\n---\n# teller\n\nWrites nonsense. It has learned little.\n");
        Outcome outcome = Run("models --json");
        Assert.True(outcome.Code == 0, outcome.Error);
        JsonElement teller = outcome.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).Single(m => m.GetProperty("name").GetString() == "teller");
        Assert.Equal("Writes nonsense.", teller.GetProperty("summary").GetString());
        Assert.Equal("mit", teller.GetProperty("card").GetProperty("license").GetString());
        Assert.Contains("teller", Run("models").Out, StringComparison.Ordinal);
        Outcome byName = Run("next teller take --json"), byPath = Run($"next '{folder["models/teller"]}' take --json");
        Assert.Equal((0, byPath.Out), (byName.Code, byName.Out));
        Assert.Contains("heed models lists", Run("next nobody take").Error, StringComparison.Ordinal);
    }
}
