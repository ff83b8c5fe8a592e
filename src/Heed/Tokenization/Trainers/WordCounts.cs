namespace Heed.Tokenization;

/// <summary>The distinct words of some texts, in the order in which they are first met, how often each stands there, and how often as the last of a text.</summary>
internal sealed class WordCounts
{
    private readonly ByteMap words = new();
    private long[] counts = new long[64], lasts = new long[64];

    /// <summary>Number of distinct words.</summary>
    public int Count => words.Count;

    public ReadOnlySpan<byte> this[int index] => words[index];

    public ReadOnlySpan<long> Counts => counts.AsSpan(0, Count);

    /// <summary>How often each word is the last one of a text.</summary>
    public ReadOnlySpan<long> Lasts => lasts.AsSpan(0, Count);

    public void Add(ReadOnlySpan<byte> word, long times, long last)
    {
        int index = words.GetOrAdd(word, out bool added);
        if (added)
        {
            if (index == counts.Length)
            {
                Array.Resize(ref counts, 2 * index);
                Array.Resize(ref lasts, 2 * index);
            }
            (counts[index], lasts[index]) = (0, 0);
        }
        counts[index] += times;
        lasts[index] += last;
    }

    public void Clear() => words.Clear();

    /// <summary>
    /// Counts the words of a corpus. Chunks are cut and counted side by side and added up in their order, so the result does not
    /// depend on the number of threads.
    /// </summary>
    public static WordCounts Of(TextCorpus corpus, TokenizerPipeline pipeline, int threads, TrainingWatch watch)
    {
        var total = new WordCounts();
        var running = new Queue<(Task<WordCounts> Task, int Bytes)>();
        var spare = new Stack<WordCounts>();
        long done = 0;
        try
        {
            foreach (TextChunk chunk in corpus.Chunks())
            {
                watch.Cancel.ThrowIfCancellationRequested();
                if (threads <= 1)
                {
                    CountInto(total, chunk, pipeline);
                    watch.Report(TrainingStage.Reading, done += chunk.Length, corpus.Bytes);
                    continue;
                }
                if (running.Count >= 2 * threads) Finish();
                WordCounts counts = spare.TryPop(out WordCounts? used) ? used : new WordCounts();
                running.Enqueue((Task.Run(() => CountInto(counts, chunk, pipeline)), chunk.Length));
            }
            while (running.Count > 0) Finish();
        }
        finally
        {
            // After a failure or a cancellation: nothing goes on behind the caller's back.
            while (running.TryDequeue(out var left)) ((IAsyncResult)left.Task).AsyncWaitHandle.WaitOne();
        }
        return total;

        void Finish()
        {
            (Task<WordCounts> task, int bytes) = running.Dequeue();
            WordCounts part = task.GetAwaiter().GetResult();
            for (int i = 0; i < part.Count; i++) total.Add(part[i], part.counts[i], part.lasts[i]);
            part.Clear();
            spare.Push(part);
            watch.Report(TrainingStage.Reading, done += bytes, corpus.Bytes);
        }
    }

    private static WordCounts CountInto(WordCounts counts, TextChunk chunk, TokenizerPipeline pipeline)
    {
        var pieces = new PieceBuffer();
        for (int i = 0; i < chunk.Count; i++)
        {
            pieces.Set(chunk[i]);
            if (pipeline.Normalizer is { } normalizer)
            {
                normalizer.Normalize(pieces.Text);
                pieces.Whole();
            }
            pipeline.PreTokenizer?.Split(pieces);
            for (int p = 0; p < pieces.Count; p++) counts.Add(pieces[p], 1, p + 1 == pieces.Count ? 1 : 0);
        }
        return counts;
    }
}

/// <summary>Who is told how a training goes on, and who may stop it.</summary>
internal readonly record struct TrainingWatch(IProgress<TrainingProgress>? Progress, CancellationToken Cancel)
{
    public void Report(TrainingStage stage, long done, long target, long pairCount = 0)
    {
        Cancel.ThrowIfCancellationRequested();
        Progress?.Report(new TrainingProgress(stage, done, target) { PairCount = pairCount });
    }
}
