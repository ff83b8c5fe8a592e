namespace Heed.Tests.Formats;

/// <summary>Where the reference models are.</summary>
internal static class FixtureFolder
{
    /// <summary>A committed fixture, such as <c>gpt2</c> or <c>gpt2/reference.json</c>, in the output directory of the tests.</summary>
    public static string Path(string relative)
    {
        string path = System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", relative);
        Assert.True(Directory.Exists(path) || File.Exists(path), $"The fixture {relative} is not in {AppContext.BaseDirectory}Fixtures.");
        return path;
    }

    /// <summary>Something in a folder <c>shared</c> beside or above the repository, which not every checkout has; without it the test is skipped.</summary>
    public static string Shared(string relative)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = System.IO.Path.Combine(folder.FullName, "shared", relative);
            if (Directory.Exists(path) || File.Exists(path)) return path;
        }
        Assert.Skip($"shared/{relative} is absent.");
        return "";
    }
}
