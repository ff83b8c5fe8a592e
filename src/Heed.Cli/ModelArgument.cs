using Heed.Models;

namespace Heed.Cli;

/// <summary>The argument MODEL of commands that take only some kinds: they say which other one fits.</summary>
internal static class ModelArgument
{
    /// <summary>The folder that an argument names, if its model is of one of the kinds that a command takes.</summary>
    /// <exception cref="InvalidDataException">It is of another kind; the message names the commands that fit.</exception>
    public static string Demand(string model, string command, params ModelKind[] kinds)
    {
        string folder = CommonOptions.Folder(model);
        // The configuration of a folder of sentence-transformers may stand deeper.
        if (kinds.Contains(ModelKind.Reader) && File.Exists(Path.Combine(folder, "modules.json"))) return folder;
        ModelKind kind = ModelKinds.Of(folder);
        if (!kinds.Contains(kind)) throw new InvalidDataException($"{model} {Does(kind)}, which is not what heed {command} needs; use heed {Commands(kind)}");
        return folder;
    }

    private static string Does(ModelKind kind) => kind switch
    {
        ModelKind.Writer => "is a model that continues texts",
        ModelKind.Rewriter => "is a model that rewrites one text as another",
        ModelKind.Filler => "is a model that fills masks",
        ModelKind.Classifier => "is a model that classifies texts",
        ModelKind.Tagger => "is a model that tags words",
        ModelKind.Finder => "is a model that finds answers in a text",
        ModelKind.Reader => "is a model without a head",
        _ => "is a model of images",
    };

    private static string Commands(ModelKind kind) => kind switch
    {
        ModelKind.Writer => "generate, chat or next",
        ModelKind.Rewriter => "translate, summarize or rewrite",
        ModelKind.Filler => "fill-mask, embed, similar or cluster",
        ModelKind.Classifier => "classify, or rerank if it has one label",
        ModelKind.Tagger => "tag",
        ModelKind.Finder => "answer",
        ModelKind.Reader => "embed, similar, rerank or cluster",
        _ => "classify",
    };
}
