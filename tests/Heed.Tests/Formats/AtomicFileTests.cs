using Heed.Formats;

namespace Heed.Tests.Formats;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WritesAndReplaces()
    {
        AtomicFile.WriteText(folder["a"], "one \u4e2d");
        Assert.Equal([(byte)'o', (byte)'n', (byte)'e', (byte)' ', 0xe4, 0xb8, 0xad], File.ReadAllBytes(folder["a"]));
        AtomicFile.WriteText(folder["a"], "");
        Assert.Empty(File.ReadAllBytes(folder["a"]));
        AtomicFile.Write(folder["a"], stream => stream.Write([1, 2, 3]), length: 100); // a wrong length only reserves room
        Assert.Equal([1, 2, 3], File.ReadAllBytes(folder["a"]));
        Assert.Equal(["a"], folder.Names);
    }

    [Fact]
    public void TheOldFileStandsUntilTheNewOneIsComplete()
    {
        AtomicFile.WriteText(folder["a"], "old");
        AtomicFile.Write(folder["a"], stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(folder["a"]));
            Assert.Equal(2, folder.Names.Length); // the temporary file is in the same folder
        });
        Assert.Equal("new", File.ReadAllText(folder["a"]));
    }

    [Fact]
    public void FailuresLeaveNothing()
    {
        AtomicFile.WriteText(folder["a"], "old");
        Assert.Throws<TimeoutException>(() => AtomicFile.Write(folder["a"], stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new TimeoutException();
        }));
        IOException e = Assert.Throws<IOException>(() => AtomicFile.Write(folder["a"], _ => throw new IOException("no room")));
        Assert.Equal($"Cannot write {folder["a"]}: no room", e.Message);
        Assert.Equal("old", File.ReadAllText(folder["a"]));

        Directory.CreateDirectory(folder["d"]);
        Assert.Throws<ArgumentException>(() => AtomicFile.WriteText(folder["d"], "x"));
        Assert.Throws<ArgumentException>(() => AtomicFile.WriteText(folder["new/"], "x"));
        Assert.Contains(folder["absent/x"], Assert.Throws<DirectoryNotFoundException>(() => AtomicFile.WriteText(folder["absent/x"], "x")).Message, StringComparison.Ordinal);
        Assert.Equal(["a", "d"], folder.Names);
    }

    [Fact]
    public void AFullDiskSaysSo()
    {
        // 1 EiB fits no disk. Where the file system cannot reserve room, the callback plays the full disk.
        IOException e = Assert.Throws<IOException>(() => AtomicFile.Write(folder["a"], _ => throw new IOException("the disk was full"), length: 1L << 60));
        Assert.StartsWith($"Cannot write {folder["a"]} (1152921504606846976 bytes): ", e.Message, StringComparison.Ordinal);
        Assert.Empty(folder.Names);
    }
}
