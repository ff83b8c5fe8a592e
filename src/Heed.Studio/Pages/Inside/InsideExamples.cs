using Heed.Models;

namespace Heed.Studio.Pages.Inside;

/// <summary>A text that shows something, and between which of its tokens.</summary>
/// <param name="Text">The text.</param>
/// <param name="From">The token that looks; null = none in particular.</param>
/// <param name="To">The token that it looks at in the head that does so most.</param>
public sealed record InsideExample(string Text, string? From = null, string? To = null);

/// <summary>Texts to begin with, by what a model reads and is good for.</summary>
internal static class InsideExamples
{
    private static readonly InsideExample[] English =
    [
        new("The animal did not cross the street because it was too tired.", "it", "animal"),
        new("Lily had a red ball. She liked it very much.", "She", "Lily"),
        new("Once upon a time, there was a little"),
    ];

    private static readonly InsideExample[] Chinese = [new("我是一个学生"), new("他昨天没有来，因为他太累了。"), new("你会说英语吗？")];

    private static readonly InsideExample[] Poems = [new("五言绝句\n春夜\n"), new("七言绝句\n江上\n")];

    /// <summary>The examples of a model.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="kind">What it is good for.</param>
    /// <param name="mask">Its mask, where it fills masks.</param>
    public static IReadOnlyList<InsideExample> Of(string name, ModelKind kind, string? mask) => kind switch
    {
        ModelKind.Filler => [new($"Paris is the {mask ?? "[MASK]"} of France."), new($"The animal did not cross the street because it was too {mask ?? "[MASK]"}.", "it", "animal")],
        _ when name.Contains("poem", StringComparison.OrdinalIgnoreCase) => Poems,
        _ when name.StartsWith("zh", StringComparison.OrdinalIgnoreCase) || name.EndsWith("-zh", StringComparison.OrdinalIgnoreCase) && kind == ModelKind.Writer => Chinese,
        _ => English,
    };
}
