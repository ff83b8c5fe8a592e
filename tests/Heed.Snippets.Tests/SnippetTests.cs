namespace Heed.Snippets.Tests;

/// <summary>The code that readers paste from the README compiles; what is marked <c>&lt;!-- run --&gt;</c> also runs.</summary>
public sealed class SnippetTests
{
    private const int AtLeast = 5;

    /// <summary>README.md must be there; a translation is checked where it is.</summary>
    private static Snippet[] Snippets(string file)
    {
        if (SnippetFile.InRoot(file) is not { } path)
        {
            if (file == "README.md") Assert.Fail($"there is no README.md beside Heed.slnx; it must hold {AtLeast} or more ```csharp blocks that compile");
            Assert.Skip($"there is no {file}");
            return [];
        }
        Snippet[] snippets = [.. SnippetFile.Read(file, File.ReadAllText(path))];
        Assert.True(snippets.Length >= AtLeast, $"{file} has {snippets.Length} ```csharp blocks, expected {AtLeast} or more");
        return snippets;
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    public void EverySnippetCompiles(string file)
    {
        string[] errors = [.. Snippets(file).SelectMany(s => SnippetCompiler.Compile(s).Errors)];
        Assert.True(errors.Length == 0, string.Join("\n", errors));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("README.zh-CN.md")]
    public async Task EveryMarkedSnippetRuns(string file)
    {
        string folder = Directory.CreateTempSubdirectory("heed-snippets-").FullName;
        try
        {
            // One folder for all, in the order of the file: what one snippet saves the next may load.
            foreach (Snippet snippet in Snippets(file).Where(s => s.Runs))
            {
                (byte[] program, string[] errors) = SnippetCompiler.Compile(snippet);
                Assert.True(errors.Length == 0, string.Join("\n", errors));
                try
                {
                    await SnippetCompiler.Run(program, folder);
                }
                catch (Exception e)
                {
                    Assert.Fail($"{snippet} compiles but fails: {e}");
                }
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void ATranslationHasTheSameCode()
    {
        Snippet[] translated = Snippets("README.zh-CN.md");
        Assert.Equal(Snippets("README.md").Select(s => WithoutComments(s.Code)), translated.Select(s => WithoutComments(s.Code)));

        static string WithoutComments(string code) =>
            string.Join('\n', code.Split('\n').Select(line => line.Split(" //")[0].Trim()).Where(line => line.Length > 0 && !line.StartsWith("//", StringComparison.Ordinal)));
    }

    // That the tests above can fail:

    [Fact]
    public void BlocksAreFoundWithTheirLinesAndMarks()
    {
        IReadOnlyList<Snippet> found = SnippetFile.Read("x.md", "a\n```bash\nls\n```\n<!-- run -->\n\n```csharp\nint a = 1;\nint b = a;\n```\ntext\n```csharp\nreturn 2;\n```\n");
        Assert.Equal([new("x.md", 8, "int a = 1;\nint b = a;\n", true), new("x.md", 13, "return 2;\n", false)], found);
        Assert.Throws<InvalidDataException>(() => SnippetFile.Read("x.md", "```csharp\nint a;\n"));
    }

    [Fact]
    public void AnErrorIsReportedAtItsLineOfTheFile()
    {
        string[] errors = SnippetCompiler.Compile(new Snippet("x.md", 40, "using Heed.Tensors;\n\nTensor t = Tensor.Nowhere();\n", false)).Errors;
        Assert.Contains(errors, e => e.StartsWith("x.md(42): Error CS0117", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ASnippetRunsInItsFolder()
    {
        string folder = Directory.CreateTempSubdirectory("heed-snippets-").FullName;
        try
        {
            (byte[] program, string[] errors) = SnippetCompiler.Compile(new Snippet("x.md", 1, "await Task.Yield(); File.WriteAllText(\"a.txt\", \"b\"); Console.Write(Heed.Tensors.Shape.Scalar.Count);\n", true));
            Assert.Empty(errors);
            Assert.Equal("1", await SnippetCompiler.Run(program, folder));
            Assert.Equal("b", File.ReadAllText(Path.Combine(folder, "a.txt")));
            (program, _) = SnippetCompiler.Compile(new Snippet("x.md", 1, "throw new InvalidOperationException(\"told\");\n", true));
            Assert.Equal("told", (await Assert.ThrowsAsync<InvalidOperationException>(() => SnippetCompiler.Run(program, folder))).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
