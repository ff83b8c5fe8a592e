using Heed.Models;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Models by name, and what their cards say.</summary>
public sealed class ModelCatalogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public ModelCatalogTests()
    {
        Put("one/stories/stories.gguf", "xyz");
        Put("one/stories/README.md", "---\nlicense: cc-by-4.0\ntags:\n- a\npipeline_tag: text-generation\n---\n\n# stories\n\nTells stories. And more.\n\nOther words.\n");
        Put("one/plain/config.json", "{}");
        Put("one/plain/model.safetensors", "1234");
        Put("one/empty/README.md", "nothing to open");
        Put("one/two/a.gguf", "a");
        Put("one/two/b.gguf", "b");
        Put("later/stories/config.json", "{}");
        Put("later/other/config.json", "{}");
    }

    private string[] Folders => [folder["none"], folder["one"], folder["later"]];

    public void Dispose() => folder.Dispose();

    private void Put(string path, string text)
    {
        string file = folder[path];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    [Fact]
    public void TheFirstFolderWithTheNameIsTaken()
    {
        Assert.Equal(folder["one/stories/stories.gguf"], ModelCatalog.Find("stories", Folders));
        Assert.Equal(folder["one/plain"], ModelCatalog.Find("plain", Folders));
        Assert.Equal(folder["later/other"], ModelCatalog.Find("other", Folders));
        foreach (string name in (string[])["empty", "two", "none", "", ".", "..", "../one/plain", "one\\plain"]) Assert.Null(ModelCatalog.Find(name, Folders));
    }

    [Fact]
    public void CardsAreRead()
    {
        IReadOnlyList<CatalogModel> models = ModelCatalog.List(Folders);
        Assert.Equal(["other", "plain", "stories"], models.Select(m => m.Name));
        Assert.Equal("Tells stories.", models[2].Summary);
        Assert.Equal("cc-by-4.0", models[2].Fields["license"]);
        Assert.Equal("text-generation", models[2].Fields["pipeline_tag"]);
        Assert.Equal(3, models[2].Bytes);
        Assert.Equal((4L, ""), (models[1].Bytes, models[1].Summary));
    }
}
