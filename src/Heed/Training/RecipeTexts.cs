using Heed.Data;

namespace Heed.Training;

/// <summary>Texts of a recipe that are made or read line by line.</summary>
internal static class RecipeTexts
{
    /// <summary>The language of what is made.</summary>
    public static StoryLanguage Language(Recipe recipe) => recipe.Data.Language switch
    {
        "en" => StoryLanguage.English,
        "zh" => StoryLanguage.Chinese,
        _ => StoryLanguage.Both,
    };

    /// <summary>How many examples of <paramref name="count"/> are for validation.</summary>
    public static int ValidationCount(Recipe recipe, int count) => Math.Max(1, (int)(count * recipe.Data.ValidationFraction));

    /// <summary>The lines of the recipe's file that are not empty, those for validation last.</summary>
    /// <exception cref="InvalidDataException">The file is not UTF-8, or has less than two lines.</exception>
    public static (string[] Training, string[] Validation) Lines(Recipe recipe)
    {
        string path = recipe.Resolve(recipe.Data.Source);
        string[] lines = [.. TextFile.Read(path).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (lines.Length < 2) throw new InvalidDataException($"{path} has {lines.Length} lines with text; at least 2 are needed, one to learn from and one to validate on");
        int validation = Math.Min(ValidationCount(recipe, lines.Length), lines.Length - 1);
        return (lines[..^validation], lines[^validation..]);
    }

    /// <summary>The same for lines of two fields with a tab between them.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="fields">What the fields are, for errors.</param>
    /// <exception cref="InvalidDataException">A line has not two fields, or as in <see cref="Lines"/>.</exception>
    public static ((string First, string Second)[] Training, (string First, string Second)[] Validation) Fields(Recipe recipe, string fields)
    {
        (string[] training, string[] validation) = Lines(recipe);
        return (Array.ConvertAll(training, Cut), Array.ConvertAll(validation, Cut));

        (string, string) Cut(string line)
        {
            string[] parts = line.Split('\t', StringSplitOptions.TrimEntries);
            return parts is [{ Length: > 0 } first, { Length: > 0 } second] ? (first, second)
                : throw new InvalidDataException($"{recipe.Resolve(recipe.Data.Source)}: a line must be {fields} with one tab between them, but one is \"{RecipeNode.Shorten(line)}\"");
        }
    }
}
