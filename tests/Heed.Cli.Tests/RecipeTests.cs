using System.Text.Json;

namespace Heed.Cli.Tests;

public sealed class RecipeTests
{
    [Fact]
    public void Schema_is_json_with_the_three_sections()
    {
        JsonElement root = JsonDocument.Parse(Cli.Run("recipe", "schema").Good().Out).RootElement;
        foreach (string section in (string[])["data", "algorithm", "compute"]) Assert.True(root.GetProperty("properties").TryGetProperty(section, out _), section);
    }

    [Fact]
    public void Keys_are_listed_with_defaults() => Assert.Contains("| `algorithm.depth` | `4` |", Cli.Run("recipe", "keys").Good().Out, StringComparison.Ordinal);
}
