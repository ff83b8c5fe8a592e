using System.Text.RegularExpressions;
using Heed.Server;
using Heed.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

[Collection("studio")]
public sealed class CompareTests(Studio studio)
{
    private static ServerOptions Server => new() { Models = Studio.Models(), Port = 0 };

    [Fact]
    public async Task Two_runs_are_chosen_and_stand_side_by_side()
    {
        using WorkFolder work = new();
        string[] folders = [work.Run("both/lstm", "algorithm.family=lstm", "algorithm.steps=60", "compute.evaluate_every=20"), work.Run("wide", "algorithm.width=32", "algorithm.steps=60", "compute.evaluate_every=20")];
        RunHistory[] told = [.. folders.Select(RunHistory.Read)];
        await using WebApplication server = await Studio.Start(Server, work.Options);
        await using StudioPage page = await studio.Open("/compare?run=both%2Flstm", url: server.Urls.Single());
        await page.Button("wide").ClickAsync();
        await Expect(page.Page).ToHaveURLAsync(new Regex("run=both%2Flstm&run=wide$"));
        for (int i = 0; i < 2; i++)
        {
            ILocator cells = page.Page.Locator(".compare-table").First.Locator("tbody tr").Nth(i).Locator("td");
            await Expect(cells.First).ToHaveTextAsync(i == 0 ? "lstm" : "gpt2");
            await Expect(cells.Nth(6)).ToHaveTextAsync(told[i].End["final_validation_loss"].ToString("F4", System.Globalization.CultureInfo.InvariantCulture));
        }
        await Expect(page.Page.Locator("tr", new() { HasText = "algorithm.width" }).Locator("td")).ToHaveTextAsync(["16", "32"]);
        await Expect(page.Page.Locator("tr", new() { HasText = "compute.output" })).ToHaveCountAsync(0);
        Assert.Equal(told[1].Points.Count(p => p.ValidationLoss is not null) + 1, await page.Page.Locator(".line-chart").First.Locator(":scope > svg > circle.s1").CountAsync());
        await Expect(page.Page.Locator(".samples article")).ToHaveCountAsync(told.Sum(t => t.Points.Count(p => p.Sample is not null)));
        await page.Picture("compare");
        await page.Button("wide").ClickAsync();
        await Expect(page.Page.Locator(".compare-table")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task An_empty_place_offers_a_race_of_three()
    {
        using WorkFolder work = new();
        foreach (string name in new[] { "rnn", "lstm", "transformer" }) // this folder's take the place of those that the program carries
            File.WriteAllText(Path.Combine(work.Root, "recipes", $"race-{name}.json"), WorkFolder.Tiny.Replace("gpt2", name == "transformer" ? "gpt2" : name, StringComparison.Ordinal).Replace("100000", "20", StringComparison.Ordinal));
        await using WebApplication server = await Studio.Start(Server, work.Options);
        await using StudioPage page = await studio.Open("/compare", url: server.Urls.Single());
        await page.Picture("compare-empty");
        await page.Button("Start the race").ClickAsync();
        await Expect(page.Page.Locator(".compare-table").First.Locator("tbody th")).ToHaveTextAsync(["race-rnn-1", "race-lstm-1", "race-transformer-1"]);
        await Expect(page.Page.Locator(".compare-table").First.GetByText("finished")).ToHaveCountAsync(3);
    }
}
