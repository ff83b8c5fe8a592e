using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Tests;

/// <summary>The parts of the screens that are text.</summary>
public sealed class ScreenTests
{
    [Fact]
    public void Tokens_are_visible()
    {
        Tokenizer bytes = Tokenizer.Bytes("<|endoftext|>");
        Assert.Equal("·", Show.Token(bytes, ' '));
        Assert.Equal("⏎", Show.Token(bytes, '\n'));
        Assert.Equal("␛", Show.Token(bytes, 0x1B));
        Assert.Equal("<E4>", Show.Token(bytes, 0xE4));
        Assert.Equal("<|endoftext|>", Show.Token(bytes, 256));
        Assert.Equal("<999>", Show.Token(bytes, 999));
        Tokenizer merged = Tokenizer.Train([string.Concat(Enumerable.Repeat("一丁", 40))], new BpeTrainer { VocabularySize = 400, SpecialTokens = [] }, TokenizerPipeline.Gpt2, cancel: TestContext.Current.CancellationToken);
        for (int id = 0; id < merged.VocabularySize; id++) Assert.DoesNotContain('\uFFFD', Show.Token(merged, id));
    }

    [Theory]
    [InlineData(0, 8, "")]
    [InlineData(0.001, 8, "▏")]
    [InlineData(0.5, 8, "████")]
    [InlineData(0.4375, 8, "███▌")]
    [InlineData(1, 8, "████████")]
    [InlineData(double.NaN, 8, "")]
    public void Bars_are_drawn_to_an_eighth(double share, int width, string expected) => Assert.Equal(expected, Show.Bar(share, width));

    [Fact]
    public void Times_and_counts_read_well()
    {
        Assert.Equal("0:05", Show.Time(TimeSpan.FromSeconds(5.9)));
        Assert.Equal("61:01:01", Show.Time(new TimeSpan(61, 1, 1)));
        Assert.Equal("912", Show.Count(912));
        Assert.Equal("941 thousand", Show.Count(941_312));
        Assert.Equal("1.24 million", Show.Count(1_241_000));
    }

    [Fact]
    public void Every_failure_is_one_line()
    {
        Assert.Equal("heed: a b c", Failure.Describe(new InvalidDataException("a\n  b\r\n\tc\e")));
        Assert.Equal("heed: the disk is full: x", Failure.Describe(new IOException("x", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28)));
        Assert.Equal("heed: wrong", Failure.Describe(new ArgumentException("wrong", "text")));
        Assert.Equal("heed: inner", Failure.Describe(new AggregateException(new IOException("inner"))));
        Assert.Contains("memory", Failure.Describe(new OutOfMemoryException()), StringComparison.Ordinal);
        Assert.Contains("HEED_DEBUG", Failure.Describe(new NullReferenceException()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.1, 7.3)]
    [InlineData(2, 2)]
    [InlineData(0, 100_000)]
    public void Ticks_are_round_and_cover_the_values(double least, double most)
    {
        double[] ticks = Axis.Ticks(least, most, 5);
        Assert.InRange(ticks.Length, 1, 12);
        Assert.True(ticks[0] <= least + 1e-9 && ticks[^1] >= most - 1e-9);
        Assert.Equal(ticks.Length, ticks.Select(t => Axis.Label(t, ticks)).Distinct().Count());
    }

    [Fact]
    public void A_chart_falls_as_its_losses_do()
    {
        LossChart chart = new(100, 30, 8);
        for (int step = 1; step <= 50; step++) chart.AddTraining(step, 5 - step * 0.08);
        chart.AddValidation(50, 1.2);
        StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 60;
        console.Write(chart);
        string[] lines = text.ToString().Split('\n');
        Assert.Equal(10, lines.Count(l => l.Length > 0)); // 8 rows, the axis and its labels
        int[] starts = [.. lines.Take(8).Select(l => l.IndexOfAny([.. l.Where(c => c is > '\u2800' and <= '\u28FF')]))];
        Assert.Equal(starts.Where(s => s >= 0).Order(), starts.Where(s => s >= 0));
        Assert.Contains('●', text.ToString());
    }

    [Fact]
    public void A_smoothed_line_stays_a_line_without_lag()
    {
        (int Step, double Loss)[] flat = [.. Enumerable.Range(1, 50).Select(i => (i * 10, 3.0))];
        Assert.All(LossHistory.Smooth(flat, 20), p => Assert.Equal(3, p.Loss, 1e-9));
        (int Step, double Loss)[] falling = [.. Enumerable.Range(1, 101).Select(i => (i * 10, 10 - 0.05 * i))];
        Assert.Equal(falling[50].Loss, LossHistory.Smooth(falling, 50)[50].Loss, 1e-3);
    }
}
