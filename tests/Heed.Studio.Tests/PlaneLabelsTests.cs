using Heed.Studio.Pages.Inside;

namespace Heed.Studio.Tests;

public sealed class PlaneLabelsTests
{
    [Fact]
    public void Labels_stand_beside_their_points_and_never_over_another()
    {
        PlaneLabels labels = new(200, 100, [(50, 50), (190, 50), (50, 50.5)]);
        Assert.Equal((58, 54, "start"), labels.Place(50, 50, 40, must: false)); // right of it
        Assert.Equal((182, 54, "end"), labels.Place(190, 50, 40, must: false)); // there is no room on the right
        Assert.Equal((42, 54.5, "end"), labels.Place(50, 50.5, 30, must: false)); // the right is taken
        Assert.Equal((50, 42, "middle"), labels.Place(50, 50, 12, must: false)); // above
        Assert.Equal((50, 68, "middle"), labels.Place(50, 50, 12, must: false)); // below
        Assert.Null(labels.Place(50, 50, 30, must: false));
        Assert.Equal((58, 54, "start"), labels.Place(50, 50, 30, must: true));
    }
}
