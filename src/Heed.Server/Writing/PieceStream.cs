using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Heed.Server;

/// <summary>Joins the pieces of several texts in the order in which they are written.</summary>
internal static class PieceStream
{
    /// <summary>Starts all writers at once and gives out what they write.</summary>
    /// <param name="writers">Each writes the pieces of one text or more.</param>
    /// <param name="cancellation">Ends the reading; the writers know of it themselves.</param>
    public static IAsyncEnumerable<TextPiece> Join(IEnumerable<Func<ChannelWriter<TextPiece>, Task>> writers, CancellationToken cancellation)
    {
        Channel<TextPiece> channel = Channel.CreateUnbounded<TextPiece>(new() { SingleReader = true });
        _ = Finish([.. writers.Select(Run)]);
        return Read(channel.Reader, cancellation);

        async Task Run(Func<ChannelWriter<TextPiece>, Task> writer)
        {
            try
            {
                await writer(channel.Writer).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                channel.Writer.TryComplete(e); // the first failure is the answer's
            }
        }

        async Task Finish(Task[] running)
        {
            await Task.WhenAll(running).ConfigureAwait(false);
            channel.Writer.TryComplete();
        }
    }

    private static async IAsyncEnumerable<TextPiece> Read(ChannelReader<TextPiece> pieces, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (TextPiece piece in pieces.ReadAllAsync(cancellation).ConfigureAwait(false)) yield return piece;
    }
}
