namespace Heed.Snippets.Tests;

/// <summary>One C# block of a Markdown file.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">Line of its first statement, from 1.</param>
/// <param name="Code">The code.</param>
/// <param name="Runs">Whether <c>&lt;!-- run --&gt;</c> stands before it.</param>
internal sealed record Snippet(string File, int Line, string Code, bool Runs)
{
    public override string ToString() => $"{File}({Line})";
}

/// <summary>Finds the C# blocks of Markdown files.</summary>
internal static class SnippetFile
{
    /// <summary>Every block that opens with <c>```csharp</c>.</summary>
    public static IReadOnlyList<Snippet> Read(string name, string markdown)
    {
        List<Snippet> snippets = [];
        string[] lines = markdown.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal)) continue;
            bool csharp = lines[i].TrimEnd() is "```csharp" or "```cs" or "```c#";
            int first = i + 1, end = Array.FindIndex(lines, first, line => line.TrimEnd() == "```");
            if (end < 0) throw new InvalidDataException($"{name}({i + 1}): the block has no end");
            if (csharp) snippets.Add(new Snippet(name, first + 1, string.Join('\n', lines[first..end]) + "\n", LineBefore(lines, i) == "<!-- run -->"));
            i = end;
        }
        return snippets;
    }

    /// <summary>The file <paramref name="name"/> in the root of the checkout, or null.</summary>
    public static string? InRoot(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Heed.slnx")))
                return Path.Combine(folder.FullName, name) is var path && File.Exists(path) ? path : null;
        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} has Heed.slnx: these tests need the checkout");
    }

    private static string LineBefore(string[] lines, int index)
    {
        while (--index >= 0)
            if (!string.IsNullOrWhiteSpace(lines[index])) return lines[index].Trim();
        return "";
    }
}
