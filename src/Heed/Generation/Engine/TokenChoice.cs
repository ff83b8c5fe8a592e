using System.Runtime.InteropServices;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>The next tokens of several sequences, chosen by the worker team: over a large vocabulary the choice takes its time too.</summary>
internal static class TokenChoice
{
    /// <summary>Lets each sequence choose from its row of the logits; what goes wrong with one is its own.</summary>
    public static (GeneratedToken Token, Exception? Error)[] Run(IReadOnlyList<(EngineSequence Sequence, int Row)> writers, Tensor logits)
    {
        Work work = new(writers, logits, new (GeneratedToken, Exception?)[writers.Count]);
        using GCHandle<Work> handle = new(work);
        WorkerTeam.Run(new Job(handle), writers.Count);
        return work.Chosen;
    }

    private sealed record Work(IReadOnlyList<(EngineSequence Sequence, int Row)> Writers, Tensor Logits, (GeneratedToken Token, Exception? Error)[] Chosen);

    private readonly struct Job(GCHandle<Work> handle) : IPartJob
    {
        public void Run(int part)
        {
            Work work = handle.Target;
            try
            {
                work.Chosen[part].Token = work.Writers[part].Sequence.Choose(work.Logits.Row(work.Writers[part].Row));
            }
            catch (Exception e)
            {
                work.Chosen[part].Error = e;
            }
        }
    }
}
