using Heed.Training;

namespace Heed.Cli.Quickstarts;

/// <summary>The recipes that the command carries with it.</summary>
internal static class QuickstartRecipes
{
    /// <summary>The decoder's.</summary>
    public static Recipe Gpt => Embedded("Quickstart.json");

    /// <summary>The encoder's.</summary>
    public static Recipe Bert => Embedded("quickstart-bert.json");

    /// <summary>The encoder's fine-tuning.</summary>
    public static Recipe Moods => Embedded("quickstart-moods.json");

    /// <summary>The encoder-decoder's.</summary>
    public static Recipe T5 => Embedded("quickstart-t5.json");

    /// <summary>A recipe with another number of steps; the warm-up takes at most a quarter of them.</summary>
    public static Recipe WithSteps(Recipe recipe, int? steps)
    {
        if (steps is not { } count) return recipe;
        ScheduleSection schedule = recipe.Algorithm.Schedule;
        return recipe with { Algorithm = recipe.Algorithm with { Steps = count, Schedule = schedule with { WarmupSteps = Math.Min(schedule.WarmupSteps, count / 4) } } };
    }

    private static Recipe Embedded(string name)
    {
        using Stream stream = typeof(QuickstartRecipes).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"the program was built without its recipe {name}");
        using StreamReader reader = new(stream);
        return Recipe.Parse(reader.ReadToEnd());
    }
}
