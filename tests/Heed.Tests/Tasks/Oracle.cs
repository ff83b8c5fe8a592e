using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;
using Heed.Tokenization;

namespace Heed.Tests.Tasks;

/// <summary>
/// Models whose answers can be told by hand. Each word of the vocabulary is a column of its own; the blocks change nothing, but where asked
/// for the first adds the mean of all words to each, so that the first token knows what the text holds.
/// </summary>
internal sealed class Oracle
{
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private readonly Dictionary<string, Tensor> weights;

    public Oracle(HeadKind head, string words, string[]? labels = null, bool mixes = false, int context = 64, ProblemKind? problem = null)
    {
        string[] tokens = [.. Special, .. words.Split(' ')];
        Tokenizer = Frame(new WordPieceModel(tokens));
        Width = (tokens.Length + 3) / 4 * 4;
        TransformerConfig config = TinyEncoders.Config("bert", head, vocabulary: tokens.Length, width: Width, context: context, labels: labels);
        Model = new Transformer(config with { Head = config.Head with { Problem = problem } }, seed: null);
        weights = Model.Weights.ToDictionary();
        Diagonal("embedding.weight", 0, 1);
        if (weights.ContainsKey("head.dense.weight")) Diagonal("head.dense.weight", 0, 1);
        if (!mixes) return;
        Diagonal("blocks.0.self_attention.qkv.weight", 2 * Width, 1);
        Diagonal("blocks.0.self_attention.output.weight", 0, 1);
    }

    public Transformer Model { get; }

    public Tokenizer Tokenizer { get; }

    public int Width { get; }

    /// <summary>Adds to the score of an output for each place that holds a word.</summary>
    public Oracle Says(int output, string word, float score)
    {
        weights["head.weight"].Row(output)[Tokenizer.TokenToId(word)!.Value] = score;
        return this;
    }

    /// <summary>Adds to the score of an output everywhere.</summary>
    public Oracle Bias(int output, float score)
    {
        weights["head.bias"].Span[output] = score;
        return this;
    }

    /// <summary>A tokenizer of BERT's kind.</summary>
    public static Tokenizer Frame(WordPieceModel model) => new(
        model,
        TokenizerPipeline.Bert with { PostProcessor = new BertPostProcessor(("[CLS]", model.IdOf("[CLS]")!.Value), ("[SEP]", model.IdOf("[SEP]")!.Value)) },
        Special.Select(t => new AddedToken(t)));

    /// <summary>A tokenizer of BERT's kind that was trained on a few sentences.</summary>
    public static Tokenizer Trained()
    {
        Tokenizer bare = Tokenizer.Train(Sentences, new WordPieceTrainer { VocabularySize = 120, InitialAlphabet = "abcdefghijklmnopqrstuvwxyz" }, TokenizerPipeline.Bert);
        return Frame((WordPieceModel)bare.Model);
    }

    public static readonly string[] Sentences =
    [
        "the cat sleeps on the warm stone", "a dog runs through the long grass", "Rain fell on the town all night.", "we bake bread in the old oven",
        "the ship sails at dawn", "cats and dogs sleep", "bread, salt and water", "she reads a long book about ships and the sea and storms at night", "stone",
    ];

    private void Diagonal(string name, int firstRow, float value)
    {
        Tensor weight = weights[name];
        for (int i = 0; i < Math.Min(weight.Rows - firstRow, weight.Columns); i++) weight.Row(firstRow + i)[i] = value;
    }
}
