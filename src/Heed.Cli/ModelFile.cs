using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Cli;

/// <summary>A model that a command line names: a folder or a .gguf file.</summary>
/// <param name="Path">The folder or the file.</param>
internal sealed record ModelFile(string Path)
{
    /// <summary>The name of the folder, or of the file without its end.</summary>
    public string Name => IsGguf ? System.IO.Path.GetFileNameWithoutExtension(Path) : System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(Path)));

    /// <summary>Bytes of its weights on disk.</summary>
    public long Bytes => IsGguf ? new FileInfo(Path).Length : Directory.EnumerateFiles(Path, "*.safetensors").Sum(f => new FileInfo(f).Length);

    private bool IsGguf => GgufModel.IsFile(Path);

    /// <summary>What an argument names.</summary>
    /// <exception cref="FileNotFoundException">There is nothing.</exception>
    public static ModelFile Find(string model) => new(CommonOptions.Folder(model));

    /// <summary>Opens the model to run it.</summary>
    public Transformer Open() => ModelFolder.Open(Path);

    /// <summary>Loads its tokenizer.</summary>
    public Tokenizer Tokenizer() => ModelTokenizer.Load(Path);

    /// <summary>Refuses to write over it.</summary>
    /// <exception cref="ArgumentException">The path is the model's own.</exception>
    public void RefuseAsOutput(string path)
    {
        if (System.IO.Path.GetFullPath(path) == System.IO.Path.GetFullPath(Path)) throw new ArgumentException($"{path} is the model itself: choose another output");
    }
}
