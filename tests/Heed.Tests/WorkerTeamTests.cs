using Heed.Kernels;

namespace Heed.Tests;

[Collection(Threads.Name)]
public sealed unsafe class WorkerTeamTests
{
    private readonly struct Mark(int* hits) : IPartJob
    {
        public void Run(int part) => Interlocked.Increment(ref hits[part]);
    }

    private readonly struct Fail : IPartJob
    {
        public void Run(int part)
        {
            if (part == 3) throw new InvalidOperationException("part 3");
        }
    }

    [Fact]
    public void EveryPartRunsOnceForManyJobsAndTeamSizes()
    {
        int before = WorkerTeam.Threads;
        int* hits = stackalloc int[40];
        try
        {
            foreach (int threads in new[] { 1, 2, 7, 3 })
            {
                WorkerTeam.Threads = threads;
                for (int round = 0; round < 2000; round++)
                {
                    int parts = round % 37;
                    new Span<int>(hits, 40).Clear();
                    WorkerTeam.Run(new Mark(hits), parts);
                    for (int i = 0; i < 40; i++) Assert.Equal(i < parts ? 1 : 0, hits[i]);
                }
            }
        }
        finally
        {
            WorkerTeam.Threads = before;
        }
    }

    [Fact]
    public void AFailureInAPartReachesTheCallerAndTheTeamGoesOn()
    {
        var e = Assert.Throws<InvalidOperationException>(() => WorkerTeam.Run(new Fail(), 8));
        Assert.Equal("part 3", e.Message);
        EveryPartRunsOnceForManyJobsAndTeamSizes();
    }
}
