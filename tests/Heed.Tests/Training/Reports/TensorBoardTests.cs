using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed class TensorBoardTests
{
    // RFC 3720, appendix B.4.
    [Theory]
    [InlineData(0, 0, 0x8A9136AAu)]
    [InlineData(0xFF, 0, 0x62A8AB43u)]
    [InlineData(0, 1, 0x46DD794Eu)]
    [InlineData(31, -1, 0x113FDB5Cu)]
    public void ChecksumsAreThoseOfTheSpecification(int first, int step, uint expected) =>
        Assert.Equal(expected, TensorBoardWriter.Crc([.. Enumerable.Range(0, 32).Select(i => (byte)(first + step * i))]));

    [Fact]
    public void TheChecksumOfACommandIsThatOfTheSpecification() => Assert.Equal(0xD9963A56u, TensorBoardWriter.Crc(
    [
        0x01, 0xC0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x14, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
    ]));

    [Theory]
    [InlineData(ScalarForm.Tensor, "scalars")]
    [InlineData(ScalarForm.SimpleValue, "")]
    public void AReaderSeesWhatWasWritten(ScalarForm form, string plugin)
    {
        using TemporaryFolder folder = new();
        using TensorBoardWriter writer = new(folder["tensorboard"], form: form);
        writer.Write(0); // nothing
        writer.Scalar("loss/training", 2.25);
        writer.Scalar("rate", double.NaN);
        writer.Text("sample", "Es war einmal\n从前");
        writer.Write(1);
        writer.Scalar("loss/training", -1e-3);
        writer.Write(3_000_000_000);
        EventFile file = EventFile.Read(writer.Path); // while it is open
        Assert.Equal("brain.Event:2", file.Version);
        Assert.Equal(
        [
            new(0, "restart", "start", null, null),
            new(1, "loss/training", plugin, 2.25f, null), new(1, "rate", plugin, float.NaN, null), new(1, "sample", "text", null, "Es war einmal\n从前"),
            new(3_000_000_000, "loss/training", plugin, -1e-3f, null),
        ], file.Entries);
    }

    [Fact]
    public void AResumedRunMakesALaterFileThatSupersedesTheRest()
    {
        using TemporaryFolder folder = new();
        List<string> paths = [];
        for (int step = 0; step < 30; step += 10) // faster than the clock of the names
            using (TensorBoardWriter writer = new(folder.Path, step))
                paths.Add(writer.Path);
        Assert.Equal(paths, paths.Order(StringComparer.Ordinal).Distinct());
        Assert.Equal([new(0, "restart", "start", null, null)], EventFile.Read(paths[0]).Entries);
        Assert.Equal([new(21, "restart", "start", null, null)], EventFile.Read(paths[2]).Entries);
    }
}
