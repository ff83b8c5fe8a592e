using Heed.Generation;
using Heed.Server;
using Heed.Tasks;

namespace Heed.Studio.Pages.Next;

/// <summary>Asks models what comes next, the way that every other client's texts go.</summary>
internal sealed class NextReader(StudioModels models, ServerMetrics metrics, ServerOptions limits)
{
    /// <summary>Tokens that are shown.</summary>
    public const int Shown = 12;

    /// <summary>Tokens whose phrases are shown.</summary>
    public const int Phrased = 8;

    private const int PhraseTokens = 8, ShownContext = 16;

    /// <summary>What a model thinks comes next.</summary>
    /// <param name="model">A model that continues or rewrites texts.</param>
    /// <param name="text">The text so far.</param>
    /// <param name="source">The text that is rewritten, where the model rewrites.</param>
    /// <param name="cancellation">Ends the work.</param>
    public async Task<NextAnswer> Read(string model, string text, string source, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        ModelWriter writer = lease.Model.Writer ?? throw ApiException.Unsupported("model", model, "writes no texts");
        int[] ids;
        IReadOnlyList<TokenProbability> all;
        if (writer is RewriterWriter rewriter)
        {
            ids = Begun(rewriter, text);
            all = await lease.Model.Worker.Run(_ => rewriter.Rewriter.Next(source, ids, writer.Vocabulary), cancellation);
        }
        else
        {
            ids = ApiException.Asking("prompt", () => writer.Read(text)).Ids;
            SamplingOptions one = new() { Temperature = 0, MaxTokens = 1, LogProbs = writer.Vocabulary, StopAtEnd = false };
            List<WrittenToken>[] found = await Write(writer, [ids], one, cancellation);
            all = found[0][0].Top;
        }
        float[] logProbs = new float[writer.Vocabulary];
        Array.Fill(logProbs, float.NegativeInfinity);
        foreach (TokenProbability token in all) logProbs[token.Id] = token.LogProb;
        NextChoice[] best = [.. all.Take(Shown).Select(t => new NextChoice(t.Id, TokenLabel.Of(writer, t.Id), writer.BytesOf(t.Id), t.Probability, writer.Ends.Contains(t.Id)))];
        return new NextAnswer(ids, [.. ids.TakeLast(ShownContext).Select(id => TokenLabel.Of(writer, id))], logProbs, best);
    }

    /// <summary>How the text would go on behind each of the most probable tokens, if the most probable one were taken each time.</summary>
    public async Task<IReadOnlyList<NextPhrase>> Phrases(string model, NextAnswer answer, string source, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        ModelWriter writer = lease.Model.Writer!;
        NextChoice[] choices = [.. answer.Best.Take(Phrased)];
        int[][] prompts = [.. choices.Select(c => (int[])[.. answer.Ids, c.Id])];
        SamplingOptions greedy = new() { Temperature = 0, MaxTokens = PhraseTokens };
        IReadOnlyList<int>[] more = writer is RewriterWriter rewriter
            ? await lease.Model.Worker.Run(ending => prompts.Select(p => rewriter.Rewriter.RewriteAll([source], rewriter.Defaults with { Sampling = greedy, Beams = new(), MaxLength = null, DecoderPrefix = p }, ending)[0][0].Tokens).ToArray(), cancellation)
            : [.. (await Write(writer, prompts, greedy, cancellation)).Select(tokens => (IReadOnlyList<int>)[.. tokens.Select(t => t.Token.Id)])];
        return [.. choices.Select((choice, i) => choice.IsEnd ? new NextPhrase("", "") : PhraseText.Of(choice.Bytes, more[i].TakeWhile(id => !writer.Ends.Contains(id)).Select(writer.BytesOf), more[i].Count < PhraseTokens))];
    }

    /// <summary>The words that may stand at the first mask of a text; none where it has no mask.</summary>
    public async Task<IReadOnlyList<MaskCandidate>> Fill(string model, string text, CancellationToken cancellation)
    {
        using ModelLease lease = await models.Rent(model, cancellation);
        return await ApiException.Asking("input", () => lease.Model.Worker.Run(_ => Fill(lease.Model.FillMask, text), cancellation));
    }

    // Both known spellings of a mask work with every model.
    private static IReadOnlyList<MaskCandidate> Fill(FillMask model, string text) =>
        ((string[])[model.Mask, "[MASK]", "<mask>"]).Any(m => text.Contains(m, StringComparison.Ordinal)) ? model.Fill(text, Shown)[0] : [];

    private static int[] Begun(RewriterWriter writer, string text) => text.Length == 0 ? [] : writer.Tokenizer.Encode(text, Tokenization.SpecialTokens.None);

    private async Task<List<WrittenToken>[]> Write(ModelWriter writer, int[][] prompts, SamplingOptions sampling, CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = new(limits.RequestTimeout);
        WritingPlan plan = new() { Prompts = [.. prompts.Select(writer.Read)], Options = new() { Sampling = sampling }, LogProbs = true, Deadline = deadline.Token };
        List<WrittenToken>[] tokens = [.. prompts.Select(_ => new List<WrittenToken>())];
        await foreach (TextPiece piece in metrics.Watch(writer.Source.Name, plan, ApiException.Asking("prompt", () => writer.Write(plan, cancellation)), cancellation)) tokens[piece.Choice].AddRange(piece.Tokens);
        return tokens;
    }
}
