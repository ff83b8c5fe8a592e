using CsCheck;
using Heed.Studio.Charts;

namespace Heed.Studio.Tests;

public sealed class ChartTests
{
    [Theory]
    [InlineData(0, 30, 6, 5, 0, 30)]
    [InlineData(3.29, 3.93, 5, 0.2, 3.2, 4.0)]
    [InlineData(0, 2133, 6, 500, 0, 2500)]
    [InlineData(0, 1e-3, 5, 2e-4, 0, 1e-3)]
    public void A_scale_has_round_numbers(double least, double most, int ticks, double step, double from, double to)
    {
        ChartScale scale = new(least, most, ticks);
        Assert.Equal((step, from, to), (Math.Round(scale.Step, 9), Math.Round(scale.Least, 9), Math.Round(scale.Most, 9)));
    }

    [Fact]
    public void A_scale_covers_its_values_with_about_as_many_numbers_as_asked_for() =>
        Gen.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-3, 1e6], Gen.Int[3, 8]).Sample((least, range, ticks) =>
        {
            ChartScale scale = new(least, least + range, ticks);
            Assert.True(scale.Least <= least && scale.Most >= least + range);
            Assert.InRange(scale.Ticks.Count(), ticks / 2.5, ticks + 3);
        }, iter: 500);

    [Fact]
    public void The_nearest_point_is_the_nearest() =>
        Gen.Select(Gen.Double[0, 100].Array[1, 20], Gen.Double[-10, 110]).Sample((xs, x) =>
        {
            ChartSeries series = new("", [.. xs.Order().Select(v => (v, -v))]);
            Assert.Equal(xs.Min(v => Math.Abs(v - x)), Math.Abs(series.Nearest(x)!.Value.X - x));
        }, iter: 300);

    [Fact]
    public void On_a_logarithmic_scale_each_power_of_ten_is_as_far_from_the_next()
    {
        ChartPlane plane = new([new ChartSeries("", [(0, 1), (1, 1), (1000, 2)])], logX: true);
        Assert.False(plane.IsDrawn((0, 1)));
        Assert.Equal(["1", "10", "100", "1k"], plane.Across.Select(a => a.Text));
        Assert.Equal(plane.PlaceX(10) - plane.PlaceX(1), plane.PlaceX(1000) - plane.PlaceX(100), 9);
        Assert.Equal(50, plane.ValueX(plane.PlaceX(50)), 9);
    }
}
