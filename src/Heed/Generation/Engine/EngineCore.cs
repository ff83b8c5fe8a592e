using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>The engine without its thread: takes requests from any thread and computes a step when told to, on one.</summary>
internal sealed class EngineCore : IDisposable
{
    private readonly Transformer model;
    private readonly EngineOptions options;
    private readonly PagePool pool;
    private readonly PrefixTree tree;
    private readonly Scheduler scheduler;
    private readonly Lock gate = new();
    private readonly Queue<EngineSequence> inbox = []; // under the gate
    private readonly int most; // tokens of a sequence that the model and the cache have room for
    private EngineStatistics statistics; // under the gate
    private long arrivals;
    private int queued; // requests that have not begun
    private long steps, read, written, firstTokens, finished, cancelled, failed;
    private TimeSpan timeToFirst; // of all sequences together
    private bool disposed;

    /// <summary>An engine without work.</summary>
    /// <exception cref="ArgumentException">The model is no decoder of its own, or an option is out of range.</exception>
    public EngineCore(Transformer model, EngineOptions options)
    {
        options.Validate();
        if (model.Config.Encoder is not null || model.Config.Decoder is null) throw new ArgumentException($"an engine runs decoders; for a {model.Config.ModelType} model, which has an encoder, use a Generator or a BeamSearch");
        (this.model, this.options) = (model, options);
        pool = new PagePool(model.Config.Decoder, options.Cache);
        tree = new PrefixTree(pool);
        scheduler = new Scheduler(options, pool, tree);
        most = model.Config.Decoder.Positions.HasEnd ? model.Config.Context : int.MaxValue - 1;
        // Frequencies that follow a text's length would differ between the sequences of a batch.
        if (model.Config.Decoder.Positions is PositionConfig.Rotary { Scaling: RopeScaling.Dynamic } rotary) most = Math.Min(most, rotary.Maximum);
        long tokens = (long)pool.Count * options.Cache.Tokens, held = (long)pool.Window + options.Cache.Sinks + options.MaxTokensPerStep + 2 * options.Cache.Tokens;
        if (pool.Window == 0 || held > tokens) most = (int)Math.Min(most, tokens);
    }

    /// <summary>Called whenever there may be work.</summary>
    public Action Wake { get; init; } = static () => { };

    /// <summary>Whether a step would have something to do.</summary>
    public bool HasWork
    {
        get
        {
            lock (gate) return inbox.Count > 0 || scheduler.Running.Count + scheduler.Waiting.Count > 0;
        }
    }

    /// <summary>What it does and has done, after the last step.</summary>
    public EngineStatistics Statistics
    {
        get
        {
            lock (gate) return statistics;
        }
    }

    /// <summary>Takes a request.</summary>
    /// <exception cref="ArgumentException">The request is impossible; the message says what was given and expected.</exception>
    /// <exception cref="QueueFullException">Too many wait already.</exception>
    public GenerationHandle Submit(GenerationRequest request, CancellationToken cancellation)
    {
        TransformerConfig config = model.Config;
        GenerationOptions generation = request.Options.For(config);
        generation.Validate();
        generation.Sampling.Rules.Validate(config.Vocabulary);
        int[] prompt = [.. request.Prompt];
        if (generation.Beams.Count > 1) throw new ArgumentException($"{generation.Beams.Count} beams are the work of a beam search, not of an engine");
        if (request.Count < 1) throw new ArgumentException($"a request is for 1 sequence or more, given {request.Count}");
        if (prompt.Length == 0) throw new ArgumentException("a prompt must have at least one token");
        if (prompt.Length > most) throw new ArgumentException($"the prompt has {prompt.Length} tokens; the model and the engine's cache have room for {most}");
        foreach (int id in prompt)
            if ((uint)id >= (uint)config.Vocabulary) throw new ArgumentException($"token id {id} is outside the model's vocabulary of {config.Vocabulary}");
        int longest = (int)Math.Min(generation.Longest(prompt.Length, config), most + 1L); // the last token needs no place
        cancellation.ThrowIfCancellationRequested();

        EngineSequence[] sequences = new EngineSequence[request.Count];
        for (int i = 0; i < sequences.Length; i++)
        {
            GenerationStream stream = new();
            EngineSequence sequence = sequences[i] = new EngineSequence(config, prompt, generation, longest, i, request.Priority, new PagedSequence(pool), tree.Root, stream)
            {
                Arrival = Interlocked.Increment(ref arrivals),
                Leader = i == 0 ? null : sequences[0],
            };
            stream.OnCancel = () => Cancel(sequence);
        }
        GenerationHandle handle = new([.. sequences.Select(s => s.Stream)]);
        if (!sequences[0].HasRoom)
        {
            foreach (EngineSequence sequence in sequences) sequence.Stream.Complete(null);
            return handle;
        }
        foreach (EngineSequence sequence in sequences) sequence.Registration = cancellation.UnsafeRegister(static s => ((GenerationStream)s!).Cancel(), sequence.Stream);
        try
        {
            lock (gate)
            {
                ObjectDisposedException.ThrowIf(disposed, typeof(Engine));
                if (queued >= options.QueueLimit) throw new QueueFullException(options.QueueLimit);
                queued++;
                foreach (EngineSequence sequence in sequences) inbox.Enqueue(sequence);
            }
        }
        catch
        {
            foreach (EngineSequence sequence in sequences) sequence.Registration.Dispose();
            throw;
        }
        Wake();
        return handle;
    }

    /// <summary>Computes one step: a token of every sequence that writes, and a piece of those that read.</summary>
    public void Step()
    {
        steps++;
        lock (gate)
            while (inbox.TryDequeue(out EngineSequence? sequence)) scheduler.Enqueue(sequence);
        foreach (EngineSequence sequence in All())
            if (sequence.Cancelled) End(sequence, new OperationCanceledException("the sequence was cancelled"));
        (List<EngineWork> writing, List<EngineWork> reading) = scheduler.Plan(out EngineSequence? stuck);
        if (stuck is not null) End(stuck, new InvalidOperationException($"the engine's cache of {pool.Count} pages of {options.Cache.Tokens} tokens is too small for a sequence of {stuck.Tokens.Count} tokens"));
        // Two passes: so the products of those that write have few rows, and their sums the order that they have alone.
        Run(writing);
        Run(reading);
        Note();
    }

    /// <summary>Ends all sequences.</summary>
    public void Fail(Exception error)
    {
        lock (gate)
            while (inbox.TryDequeue(out EngineSequence? sequence)) scheduler.Enqueue(sequence);
        foreach (EngineSequence sequence in All()) End(sequence, error);
        Note();
    }

    /// <summary>Ends all sequences and takes no more.</summary>
    public void Dispose()
    {
        lock (gate) disposed = true;
        Fail(new OperationCanceledException("the engine was disposed"));
        tree.Clear();
        Note();
    }

    private EngineSequence[] All() => [.. scheduler.Running, .. scheduler.Waiting];

    private void Cancel(EngineSequence sequence)
    {
        sequence.Cancelled = true;
        Wake();
    }

    // A pass that fails is tried again sequence by sequence, so that only those fail whose fault it is.
    private void Run(List<EngineWork> work)
    {
        work.RemoveAll(w => w.Sequence.Ended);
        if (work.Count == 0) return;
        int[] before = [.. work.Select(w => w.Sequence.Pages.Length)];
        try
        {
            using MemoryScope scope = new();
            Pass(work);
        }
        catch (Exception e)
        {
            for (int i = 0; i < work.Count; i++) work[i].Sequence.Pages.Truncate(before[i]);
            if (work.Count == 1) End(work[0].Sequence, e);
            else
                foreach (EngineWork w in work)
                    if (w.Sequence.Pages.TryReserve(w.Tokens)) Run([w]);
                    else scheduler.PutBack(w.Sequence);
        }
    }

    private void Pass(List<EngineWork> work)
    {
        PagedBatch batch = new([.. work.Select(w => (w.Sequence.Pages, w.Tokens))]);
        Tensor ids = Tensor.Empty(new Shape(1, batch.Tokens), DType.I32);
        List<(EngineSequence Sequence, int Row)> last = []; // of those whose next token is to be chosen
        int row = 0;
        foreach ((EngineSequence sequence, int tokens) in work)
        {
            for (int i = 0; i < tokens; i++) ids.Ints[row++] = sequence.Tokens[sequence.Pages.Length + i];
            if (sequence.Needed == tokens) last.Add((sequence, row - 1));
        }
        Tensor hidden = model.Hidden(ids, new ForwardOptions { Cache = batch });
        Tensor? logits = null;
        if (last.Count > 0)
        {
            Tensor rows = Tensor.Empty(new Shape(last.Count, hidden.Columns));
            for (int i = 0; i < last.Count; i++) hidden.Row(last[i].Row).CopyTo(rows.Row(i));
            logits = model.Logits(rows);
        }
        foreach ((EngineSequence sequence, int tokens) in work)
        {
            if (!sequence.Writes || tokens > 1) read += tokens;
            scheduler.Remember(sequence);
        }
        List<(EngineSequence Sequence, int Row)> writers = [];
        for (int i = 0; i < last.Count; i++)
        {
            writers.Add((last[i].Sequence, i));
            if (!last[i].Sequence.Writes) writers.AddRange(scheduler.Followers(last[i].Sequence).Select(follower => (follower, i)));
        }
        if (logits is null) return;
        (GeneratedToken Token, Exception? Error)[] chosen = TokenChoice.Run(writers, logits);
        for (int i = 0; i < writers.Count; i++) Write(writers[i].Sequence, chosen[i].Token, chosen[i].Error);
    }

    private void Write(EngineSequence sequence, GeneratedToken token, Exception? error)
    {
        if (error is not null)
        {
            End(sequence, error);
            return;
        }
        written++;
        if (sequence.Tokens.Count == sequence.PromptLength + 1)
        {
            firstTokens++;
            timeToFirst += sequence.Stream.TimeToFirstToken!.Value;
        }
        sequence.Stream.Write(token);
        if (token.Finish != FinishReason.None) End(sequence, null);
    }

    private void End(EngineSequence sequence, Exception? error)
    {
        scheduler.Leave(sequence);
        sequence.Ended = true;
        sequence.Registration.Dispose();
        if (error is null) finished++;
        else if (error is OperationCanceledException) cancelled++;
        else failed++;
        sequence.Stream.Complete(error);
    }

    private void Note()
    {
        lock (gate)
        {
            queued = inbox.Count(s => s.Leader is null) + scheduler.Waiting.Count(s => s.Leader is null && !s.Begun);
            statistics = new EngineStatistics
            {
                Running = scheduler.Running.Count,
                Waiting = scheduler.Waiting.Count + inbox.Count,
                Pages = pool.Count,
                PagesInUse = pool.Count - pool.Free,
                PagesKept = tree.Count,
                CacheBytes = pool.AllocatedBytes,
                TokensRead = read,
                TokensReused = scheduler.Reused,
                TokensWritten = written,
                Steps = steps,
                Preemptions = scheduler.Preemptions,
                Finished = finished,
                Cancelled = cancelled,
                Failed = failed,
                MeanTimeToFirstToken = firstTokens == 0 ? TimeSpan.Zero : timeToFirst / firstTokens,
            };
        }
    }
}
