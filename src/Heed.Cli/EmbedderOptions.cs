using System.CommandLine;
using Heed.Models;
using Heed.Tasks;

namespace Heed.Cli;

/// <summary>The options of commands that make vectors of texts.</summary>
internal sealed class EmbedderOptions
{
    private readonly Option<string?> pooling = new("--pooling") { HelpName = "WAY", Description = "How one vector is made of a text's tokens: mean, first or last. Default: as the model's folder says" };
    private readonly Option<bool> raw = new("--raw") { Description = "Leave the vectors' length as it is" };

    public void AddTo(Command command)
    {
        pooling.AcceptOnlyFromAmong("mean", "first", "last");
        command.Add(pooling);
        command.Add(raw);
    }

    /// <summary>Loads the model.</summary>
    public TextEmbedder Load(ParseResult parse, string model, string command)
    {
        string folder = ModelArgument.Demand(model, command, ModelKind.Reader, ModelKind.Filler, ModelKind.Classifier, ModelKind.Tagger, ModelKind.Finder, ModelKind.Writer);
        EmbeddingOptions options = EmbeddingOptions.Read(folder, out _);
        return TextEmbedder.Load(folder, options with
        {
            Pooling = parse.GetValue(pooling) is { } way ? Enum.Parse<Pooling>(way, ignoreCase: true) : options.Pooling,
            Normalize = options.Normalize && !parse.GetValue(raw),
        });
    }
}
