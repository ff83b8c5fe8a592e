using Heed.Generation;
using Heed.Server;
using Heed.Studio.Language;

namespace Heed.Studio;

/// <summary>What went wrong, as a sentence.</summary>
internal static class Failures
{
    /// <summary>Whether a page tells of it and goes on; all else is a fault.</summary>
    public static bool IsTold(Exception e) => e is ApiException or QueueFullException or ArgumentException or FormatException or InvalidDataException or ObjectDisposedException;

    /// <summary>The sentence.</summary>
    public static string Sentence(Exception e, Words words) => e switch
    {
        QueueFullException or ApiException { Code: "queue_full" } => words["Many texts are being written at the moment. Try again in a little while."],
        ApiException { Code: "no_memory" } => words["There is no memory for this model at the moment. Try again when others have finished, or take a smaller one."],
        ApiException { Code: "model_not_loaded" } => words["The model could not be loaded; the server's log says why."],
        ObjectDisposedException => words["The model left the memory meanwhile. Try again."],
        _ => words.Of("The model cannot take this: {0}", e.Message),
    };
}
