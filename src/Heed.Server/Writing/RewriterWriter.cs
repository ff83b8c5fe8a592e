using System.Threading.Channels;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>An encoder-decoder: the prompt, or the last thing that the user said, is the text that it translates, summarises or rewrites.</summary>
internal sealed class RewriterWriter(ModelSource source, TextRewriter rewriter, ModelWorker worker) : ModelWriter(source, rewriter.Tokenizer, rewriter.Defaults)
{
    private const int UsualTokens = 20, MostTokens = 256;

    /// <summary>The model; to be used by the worker alone.</summary>
    public TextRewriter Rewriter => rewriter;

    public override int Vocabulary => rewriter.Transformer.Config.Vocabulary;

    public override IReadOnlyList<int> Ends => Defaults.EndTokens ?? rewriter.Transformer.Config.EndTokens;

    public override bool TellsProbabilities => false;

    public override bool Continues => false;

    public override Prompt Read(string text) => new(rewriter.Encode(text), text);

    public override Prompt Read(int[] ids) => throw ApiException.Unsupported("prompt", Source.Name, "rewrites texts, not token ids");

    public override Prompt Read(Conversation conversation) => conversation.LastOfUser is { } last ? Read(last)
        : throw ApiException.Invalid("messages", $"the model {Source.Name} rewrites the user's last message, and there is none");

    // 20 is what files say that say nothing.
    public override int MaxTokens(int usual) => Defaults.MaxLength is null && Defaults.Sampling.MaxTokens == UsualTokens ? MostTokens : Defaults.Sampling.MaxTokens;

    public override IAsyncEnumerable<TextPiece> Write(WritingPlan plan, CancellationToken cancellation)
    {
        GenerationOptions options = plan.Options;
        bool drawn = options.Sampling.Temperature > 0;
        // What is drawn is drawn once for each text; the best sequences come from one search.
        string[] sources = [.. plan.Prompts.SelectMany(p => Enumerable.Repeat(p.Text, drawn ? plan.Count : 1))];
        int beams = Math.Max(options.Beams.Count, plan.Count);
        options = options with { Beams = drawn ? new BeamOptions() : options.Beams with { Count = beams, Groups = beams % options.Beams.Groups == 0 ? options.Beams.Groups : 1, Returned = plan.Count } };
        options.Validate();
        options.Sampling.Rules.Validate(Vocabulary);
        CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(plan.Deadline, cancellation);
        Task<IReadOnlyList<IReadOnlyList<RewrittenText>>> work = worker.Run(ending =>
        {
            using (either)
            using (CancellationTokenSource all = CancellationTokenSource.CreateLinkedTokenSource(either.Token, ending))
                return rewriter.RewriteAll(sources, options, all.Token);
        }, cancellation);
        return PieceStream.Join([pieces => Tell(work, options, pieces)], cancellation);
    }

    private async Task Tell(Task<IReadOnlyList<IReadOnlyList<RewrittenText>>> work, GenerationOptions options, ChannelWriter<TextPiece> pieces)
    {
        IReadOnlyList<int> ends = options.EndTokens ?? rewriter.Transformer.Config.EndTokens;
        foreach ((int choice, RewrittenText text) in (await work.ConfigureAwait(false)).SelectMany(found => found).Index())
        {
            int stop = options.Sampling.Stop.Select(s => text.Text.IndexOf(s, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
            string finish = stop >= 0 || text.Tokens is [.., var last] && ends.Contains(last) ? "stop" : "length";
            pieces.TryWrite(new TextPiece(choice, stop >= 0 ? text.Text[..stop] : text.Text, [], text.Tokens.Count, 0, finish, []));
        }
    }
}
