using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Beam search, plain, diverse (in groups) or drawn, over decoders and encoder-decoders: sequences, scores and order are those of Hugging Face.
/// </summary>
/// <remarks>
/// A prompt is read once, however many beams then go on from it, and a source's keys and values stand in memory once for all beams. When beams take
/// over others, the cache copies only the tokens behind the place where the two parted. An item that has ended leaves the batch.
/// </remarks>
public sealed class BeamSearch(Transformer model)
{
    private readonly int vocabulary = model.Config.Vocabulary;

    /// <summary>The sequences of one input, best first.</summary>
    public IReadOnlyList<ScoredSequence> Run(int[] input, GenerationOptions options, CancellationToken cancellation = default) => Run([input], options, cancellation)[0];

    /// <summary>The sequences of several inputs side by side: for each as many as the options ask for, best first. Each input's are the same as when it runs alone.</summary>
    /// <param name="inputs">Prompts to continue, or for an encoder-decoder sources to rewrite.</param>
    /// <param name="options">Beams, lengths, rules. Above temperature 0 the beams are drawn.</param>
    /// <param name="cancellation">Ends the search between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or an input is empty, too long, or holds an unknown id.</exception>
    public IReadOnlyList<IReadOnlyList<ScoredSequence>> Run(IReadOnlyList<int[]> inputs, GenerationOptions options, CancellationToken cancellation = default) => Run(inputs, options, out _, cancellation);

    internal IReadOnlyList<IReadOnlyList<ScoredSequence>> Run(IReadOnlyList<int[]> inputs, GenerationOptions options, out long copiedTokens, CancellationToken cancellation = default)
    {
        options = options.For(model.Config);
        options.Validate();
        options.Sampling.Rules.Validate(vocabulary);
        if (options.DecoderPrefix.Count > 0) throw new ArgumentException("a beam search begins its sequences itself: an answer that is begun goes on without beams");
        DecodingSession session = new(model, inputs, options.DecoderStartToken, prompt => options.Longest(prompt, model.Config));
        int rows = options.Beams.Count / options.Beams.Groups;
        ulong seed = options.Sampling.Seed ?? (ulong)Random.Shared.NextInt64();
        BeamItem[] all = [.. inputs.Select((input, i) => new BeamItem(input, session.Prompts[i], options.Longest(session.Prompts[i].Length, model.Config), vocabulary, options, seed + (ulong)i))];
        BeamItem[] running = all;
        for (bool first = true; !running.All(item => item.Done); first = false)
        {
            cancellation.ThrowIfCancellationRequested();
            using (new MemoryScope())
            {
                Tensor scores = first ? session.Start() : session.Step([.. running.SelectMany(item => item.Tokens)]);
                Softmax.LogForward(scores.Rows, vocabulary, scores.Span, scores.Span);
                for (int group = 0; group < options.Beams.Groups; group++)
                    for (int i = 0; i < running.Length; i++)
                        running[i].Advance(group, first ? Copy(scores.SliceRows(i, 1)) : scores.SliceRows((i * options.Beams.Groups + group) * rows, rows));
            }
            int[] kept = [.. Enumerable.Range(0, running.Length).Where(i => !running[i].Done)];
            if (kept.Length == 0) break;
            session.Keep(kept);
            running = [.. kept.Select(i => running[i])];
            if (first) session.Spread(options.Beams.Count);
            else session.Cache!.Reorder([.. running.SelectMany((item, i) => item.Parents(i * options.Beams.Count))]);
        }
        copiedTokens = session.Cache?.CopiedTokens ?? 0;
        return [.. all.Select(item => item.Found())];
    }
    // At the start the groups share a row, which each changes for itself.
    private static Tensor Copy(Tensor row) => Tensor.From(row.Shape, row.Span);
}
