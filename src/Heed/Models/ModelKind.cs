namespace Heed.Models;

/// <summary>What a model is good for.</summary>
public enum ModelKind
{
    /// <summary>Continues texts.</summary>
    Writer,

    /// <summary>Rewrites one text as another.</summary>
    Rewriter,

    /// <summary>Fills masks.</summary>
    Filler,

    /// <summary>Gives texts a label.</summary>
    Classifier,

    /// <summary>Gives words a label.</summary>
    Tagger,

    /// <summary>Finds answers in a text.</summary>
    Finder,

    /// <summary>Reads texts, without a head.</summary>
    Reader,

    /// <summary>Gives images a label.</summary>
    Image,
}

/// <summary>Tells kinds of models apart by their configuration, without opening the weights.</summary>
public static class ModelKinds
{
    /// <summary>The kind of a model.</summary>
    /// <param name="path">Its folder, or its .gguf file.</param>
    /// <exception cref="InvalidDataException">The configuration is damaged, or of an unknown family.</exception>
    /// <exception cref="FileNotFoundException">There is no configuration.</exception>
    public static ModelKind Of(string path) => !Directory.Exists(path) ? Of(ModelFolder.LoadConfig(path))
        : ImageFolder.IsImageModel(path) ? ModelKind.Image
        : RecurrentFolder.IsRecurrentModel(path) ? ModelKind.Writer
        : Of(ModelFolder.LoadConfig(path));

    private static ModelKind Of(TransformerConfig config) => config switch
    {
        { Encoder: not null, Decoder: not null } => ModelKind.Rewriter,
        { Head.Kind: HeadKind.Vocabulary, Decoder: not null } => ModelKind.Writer,
        { Head.Kind: HeadKind.Vocabulary } => ModelKind.Filler,
        { Head.Kind: HeadKind.Sequence } => ModelKind.Classifier,
        { Head.Kind: HeadKind.Tokens } => ModelKind.Tagger,
        { Head.Kind: HeadKind.Span } => ModelKind.Finder,
        _ => ModelKind.Reader,
    };
}
