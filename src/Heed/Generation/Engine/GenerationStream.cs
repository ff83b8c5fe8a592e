using System.Threading.Channels;

namespace Heed.Generation;

/// <summary>The tokens of one sequence as they are written, to be read once. Who stops reading before the end cancels the sequence.</summary>
public sealed class GenerationStream : IAsyncEnumerable<GeneratedToken>
{
    private readonly Channel<GeneratedToken> channel = Channel.CreateUnbounded<GeneratedToken>(new() { SingleReader = true, SingleWriter = true });
    private int reading;
    private volatile bool completed;

    internal GenerationStream()
    {
    }

    /// <summary>What ends the sequence.</summary>
    internal Action? OnCancel { get; set; }

    /// <summary>Time from the request to the first token; null before it.</summary>
    public TimeSpan? TimeToFirstToken { get; internal set; }

    /// <summary>Tokens of the prompt that did not have to be computed, because they were known from another text.</summary>
    public int ReusedTokens { get; internal set; }

    /// <summary>Whether nothing more will come: the sequence has ended, was cancelled, or failed.</summary>
    public bool IsCompleted => completed;

    /// <summary>Ends the sequence and gives its memory back; who reads it gets an <see cref="OperationCanceledException"/>.</summary>
    public void Cancel() => OnCancel?.Invoke();

    /// <summary>Reads the tokens.</summary>
    /// <exception cref="InvalidOperationException">Somebody reads them already.</exception>
    /// <exception cref="OperationCanceledException">The sequence or the reading was cancelled, or the engine ended.</exception>
    public async IAsyncEnumerator<GeneratedToken> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref reading, 1) != 0) throw new InvalidOperationException("the tokens of a sequence can be read once");
        try
        {
            await foreach (GeneratedToken token in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false)) yield return token;
        }
        finally
        {
            if (!IsCompleted) Cancel();
        }
    }

    internal void Write(GeneratedToken token) => channel.Writer.TryWrite(token);

    internal void Complete(Exception? error)
    {
        completed = true;
        channel.Writer.TryComplete(error);
    }
}

/// <summary>What came of a request: one stream of tokens for each sequence.</summary>
public sealed class GenerationHandle
{
    internal GenerationHandle(IReadOnlyList<GenerationStream> sequences) => Sequences = sequences;

    /// <summary>The sequences.</summary>
    public IReadOnlyList<GenerationStream> Sequences { get; }

    /// <summary>The first (or only) sequence.</summary>
    public GenerationStream Tokens => Sequences[0];

    /// <summary>Ends all sequences.</summary>
    public void Cancel()
    {
        foreach (GenerationStream stream in Sequences) stream.Cancel();
    }
}
