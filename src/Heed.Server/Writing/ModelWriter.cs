using System.Text;
using Heed.Generation;
using Heed.Models;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A loaded model that writes texts.</summary>
internal abstract class ModelWriter(ModelSource source, Tokenizer tokenizer, GenerationOptions defaults) : IDisposable
{
    private readonly ConstraintCache constraints = new(tokenizer);

    /// <summary>Where it came from.</summary>
    public ModelSource Source { get; } = source;

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; } = tokenizer;

    /// <summary>How it writes where a request does not say.</summary>
    public GenerationOptions Defaults { get; } = defaults;

    /// <summary>Number of token ids.</summary>
    public abstract int Vocabulary { get; }

    /// <summary>Ids that end a text.</summary>
    public abstract IReadOnlyList<int> Ends { get; }

    /// <summary>Whether it can tell the probabilities of tokens.</summary>
    public virtual bool TellsProbabilities => true;

    /// <summary>Whether it continues a text; else it writes another.</summary>
    public virtual bool Continues => true;

    /// <summary>Loads the writer of a model.</summary>
    public static ModelWriter Load(ModelSource source, ServerOptions options, ModelWorker worker)
    {
        if (source.Kind == ModelKind.Rewriter) return new RewriterWriter(source, TextRewriter.Load(source.Path), worker);
        LanguageModel model = LanguageModel.Load(source.Path);
        return model.Recurrent is null ? new DecoderWriter(source, model, options) : new RecurrentWriter(source, model, worker);
    }

    /// <summary>A text as prompt: special tokens that people write in it are text.</summary>
    /// <exception cref="ArgumentException">The tokenizer cannot write it.</exception>
    public abstract Prompt Read(string text);

    /// <summary>Token ids as prompt.</summary>
    /// <exception cref="ArgumentException">One is unknown.</exception>
    public virtual Prompt Read(int[] ids)
    {
        foreach (int id in ids)
            if ((uint)id >= (uint)Vocabulary) throw new ArgumentException($"token ids must be 0 to {Vocabulary - 1}, given {id}");
        return new Prompt(ids, Tokenizer.Decode([.. ids.Where(id => id < Tokenizer.VocabularySize)], skipSpecialTokens: true));
    }

    /// <summary>What stands before and behind a gap as prompt.</summary>
    /// <exception cref="ApiException">The model was not trained to fill gaps.</exception>
    public virtual Prompt ReadGap(string prefix, string suffix) => throw ApiException.Unsupported("suffix", Source.Name, "was not trained to fill gaps");

    /// <summary>A conversation as prompt.</summary>
    /// <exception cref="ApiException">The model knows no conversations.</exception>
    /// <exception cref="ChatTemplateException">Its template refuses this one.</exception>
    public abstract Prompt Read(Conversation conversation);

    /// <summary>How it calls tools; null where it cannot.</summary>
    public virtual ToolCallFormat? ToolFormat => null;

    /// <summary>Holds texts to a form.</summary>
    /// <exception cref="FormatException">The form is impossible.</exception>
    public TokenConstraint Constrain(TextForm form) => constraints.Find(form.Key, form.Make);

    /// <summary>Most tokens where a request does not say.</summary>
    /// <param name="usual">What the route says.</param>
    public virtual int MaxTokens(int usual) => usual;

    /// <summary>Begins to write at once; the pieces come as they are written.</summary>
    /// <param name="plan">What to write.</param>
    /// <param name="cancellation">Ends all, and gives the memory back.</param>
    /// <exception cref="ArgumentException">An option is out of range, or a prompt is too long.</exception>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    public abstract IAsyncEnumerable<TextPiece> Write(WritingPlan plan, CancellationToken cancellation);

    /// <summary>How probable the model finds the tokens of a prompt.</summary>
    /// <exception cref="ApiException">It cannot tell.</exception>
    public virtual IReadOnlyList<WrittenToken> Score(Prompt prompt, int top) => throw ApiException.Unsupported("echo", Source.Name, "tells no probabilities of what it reads");

    /// <summary>The bytes that a token writes in the middle of a text.</summary>
    public byte[] BytesOf(int id) => id >= Tokenizer.VocabularySize ? [] : Tokenizer.DecodeMiddle(id);

    /// <summary>What a token writes; bytes that are no whole character show as U+FFFD.</summary>
    public string TextOf(int id) => Encoding.UTF8.GetString(BytesOf(id));

    public virtual void Dispose()
    {
    }

    /// <summary>The usual options of a folder: its own where they speak of sampling, as for people at a terminal.</summary>
    protected static GenerationOptions UsualOptions(string path)
    {
        GenerationOptions own = GenerationConfig.Load(path);
        return new GenerationOptions { EndTokens = own.EndTokens, Sampling = own.Sampling.Temperature > 0 ? own.Sampling : new SamplingOptions { Rules = own.Sampling.Rules } };
    }
}
