using Heed.Data;
using Heed.Tensors;

namespace Heed.Tests.Data;

public sealed class TokenBatchesTests
{
    private static readonly int[] Ids = [.. Enumerable.Range(100, 24)];

    [Fact]
    public void WindowsInOrderCoverTheTextWithoutOverlap()
    {
        TokenBatches text = new(Ids, 2, 7, "text");
        Assert.Equal((24, 3, 2, 7), (text.Tokens, text.Windows, text.Batch, text.Context)); // 23 tokens have a next one: three windows of 7
        using MemoryScope scope = new();
        (Tensor inputs, Tensor targets) = text.InOrder(0, 3);
        Assert.Equal(new Shape(3, 7), inputs.Shape);
        Assert.Equal(Ids[..21], inputs.Ints.ToArray());
        Assert.Equal(Ids[1..22], targets.Ints.ToArray());
        (inputs, targets) = text.InOrder(2, 1);
        Assert.Equal(Ids[14..21], inputs.Ints.ToArray());
        Assert.Equal(Ids[15..22], targets.Ints.ToArray());
    }

    [Fact]
    public void RandomWindowsReachEveryPlaceAndNoOther()
    {
        TokenBatches text = new(Ids, 5, 7, "text");
        HashSet<int> starts = [];
        RandomSource random = new(1);
        for (int i = 0; i < 100; i++)
        {
            using MemoryScope scope = new();
            (Tensor inputs, Tensor targets) = text.Random(random.Split(i));
            for (int b = 0; b < 5; b++)
            {
                int start = inputs.Ints[b * 7] - 100;
                starts.Add(start);
                Assert.Equal(Ids[start..(start + 7)], inputs.Ints.Slice(b * 7, 7).ToArray());
                Assert.Equal(Ids[(start + 1)..(start + 8)], targets.Ints.Slice(b * 7, 7).ToArray());
            }
        }
        Assert.Equal(Enumerable.Range(0, 17), starts.Order());
    }

    [Fact]
    public void TheSameSourceGivesTheSameBatch()
    {
        TokenBatches text = new(Ids, 5, 7, "text");
        using MemoryScope scope = new();
        Assert.Equal(text.Random(new RandomSource(3)).Inputs.Ints.ToArray(), text.Random(new RandomSource(3)).Inputs.Ints.ToArray());
    }

    [Fact]
    public void ATextOfOneContextIsTooShort()
    {
        Assert.Equal(1, new TokenBatches(Ids[..8], 1, 7, "text").Windows);
        var e = Assert.Throws<InvalidDataException>(() => new TokenBatches(Ids[..7], 1, 7, "training text"));
        Assert.Contains("training text has 7 tokens", e.Message);
        Assert.Contains("at least 8", e.Message);
    }
}
