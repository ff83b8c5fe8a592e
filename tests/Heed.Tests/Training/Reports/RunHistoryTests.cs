using CsCheck;
using Heed.Training;

namespace Heed.Tests.Training.Reports;

public sealed class RunHistoryTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("heed-history-").FullName;

    private string Metrics => Path.Combine(folder, "metrics.jsonl");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static string Line(int step, string more = "") => FormattableString.Invariant($"{{\"step\":{step},\"loss\":{step / 10.0 + 1}{more}}}\n");

    [Fact]
    public void What_is_new_is_read_and_a_line_that_grows_waits_until_it_is_whole()
    {
        RunHistory history = new(folder);
        Assert.False(history.Update());
        File.WriteAllText(Metrics, Line(1) + Line(2)[..7]);
        Assert.True(history.Update());
        Assert.Equal([1], history.Points.Select(p => p.Step));
        Assert.False(history.Update());
        File.AppendAllText(Metrics, Line(2)[7..] + Line(3, ",\"sample\":\"小狗\""));
        Assert.True(history.Update());
        Assert.Equal([1, 2, 3], history.Points.Select(p => p.Step));
        Assert.Equal("小狗", history.Points[2].Sample);
    }

    // However the lines arrive, the history is that of the whole file.
    [Fact]
    public void Parts_of_any_size_add_up() =>
        Gen.Int[1, 90].Array[1, 12].Select(Gen.Bool.Array[12]).Sample(t =>
        {
            (int[] sizes, bool[] looks) = t;
            byte[] all = System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 8).Select(i => Line(i, i % 3 == 0 ? ",\"sample\":\"é\"" : ""))) + "nonsense\n{\"step\":9,\"final_validation_loss\":1.5}\n");
            File.Delete(Metrics);
            RunHistory history = new(folder);
            int at = 0;
            for (int i = 0; at < all.Length; i++)
            {
                int size = Math.Min(i < sizes.Length ? sizes[i] : all.Length, all.Length - at);
                using (FileStream stream = new(Metrics, FileMode.Append)) stream.Write(all, at, size);
                at += size;
                if (i >= looks.Length || looks[i]) history.Update();
            }
            history.Update();
            Assert.Equal(RunHistory.Read(folder).Points, history.Points);
            Assert.Equal(Enumerable.Range(1, 8), history.Points.Select(p => p.Step));
            Assert.Equal(1.5, history.End["final_validation_loss"]);
        }, iter: 60, threads: 1);

    [Fact]
    public void A_run_that_is_begun_again_or_resumed_is_read_anew()
    {
        File.WriteAllText(Metrics, Line(1) + Line(2) + Line(3) + "{\"step\":3,\"final_validation_loss\":1}\n");
        RunHistory history = new(folder);
        history.Update();
        Assert.Equal(1, history.End["final_validation_loss"]);
        File.WriteAllText(Metrics, Line(1) + Line(2, ",\"tokens\":5") + Line(3) + Line(4) + Line(5) + Line(6)); // longer than before
        Assert.True(history.Update());
        Assert.Equal(6, history.Points.Count);
        Assert.Empty(history.End);
        File.WriteAllText(Metrics, Line(1));
        Assert.True(history.Update());
        Assert.Single(history.Points);
    }
}
