namespace Heed.Cli.Tests;

public sealed class FullDiskTests : IDisposable
{
    private readonly Folder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Standard_output_on_a_full_disk()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        Cli.Shell("$HEED recipe schema > /dev/full").Failed("full");
    }

    [Fact]
    public void A_run_folder_on_a_full_disk()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Cli.Shell($"mkdir '{folder["small"]}' && mount -t tmpfs -o size=64k heed '{folder["small"]}'").Code == 0, "needs the right to mount");
        try
        {
            string recipe = folder.Recipe();
            Cli.Run("train", recipe, "--output", folder["small/run"], "--set", "algorithm.width=64").Failed("full");
            string corpus = folder.Write("corpus.txt", string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i * 7919} ")));
            Cli.Run("tokenizer", "train", corpus, "--vocab", "3000", "--output", folder["small/t.json"]).Failed("full");
        }
        finally
        {
            Cli.Shell($"umount '{folder["small"]}'");
        }
    }
}
