using Heed.Studio.Pages.Map;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

[Collection("studio")]
public sealed class MapTests(Studio studio)
{
    [Fact]
    public async Task A_member_tells_what_it_is_and_leads_to_what_runs_it()
    {
        await using StudioPage page = await studio.Open("/");
        ILocator told = page.Page.Locator(".told");
        await Expect(told.Locator("h2")).ToHaveTextAsync("Artificial intelligence");
        await page.Picture("map");
        await page.Page.Locator("#node-transformer").ClickAsync();
        await Expect(told).ToContainTextAsync("All words look at all others at once");
        await Expect(told.GetByRole(AriaRole.Link, new() { Name = "See the attention of a translator" })).ToHaveAttributeAsync("href", "/inside?model=zh-en&text=%E6%88%91%E6%98%AF%E4%B8%80%E4%B8%AA%E5%AD%A6%E7%94%9F");
        await page.Page.Locator("#node-reinforcement").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(told).ToContainTextAsync("Heed has no recipe for it yet.");
        await page.Page.GoBackAsync();
        await Expect(told.Locator("h2")).ToHaveTextAsync("Transformer");
    }

    [Fact]
    public async Task It_reads_in_chinese_in_the_dark_and_on_a_phone()
    {
        await using StudioPage page = await studio.Open("/?node=llm", language: "zh-CN", dark: true, width: 390);
        await Expect(page.Page.Locator(".told")).ToContainTextAsync("从海量文本学会语言的 Transformer");
        await page.Picture("map-phone-zh-dark");
    }

    [Fact]
    public void Every_member_is_named_once_and_told_in_both_languages()
    {
        FamilyNode[] all = [.. Family.Tree.All];
        Assert.Equal(all.Length, all.Select(n => n.Id).Distinct().Count());
        Assert.All(all, n => Assert.Contains(n.Chinese.Text, c => c is >= '一' and <= '鿿'));
        Assert.All(all.SelectMany(n => n.Runs), r => Assert.True(r.Recipe is null || File.Exists(Path.Combine(Studio.Root, "recipes", $"{r.Recipe}.json")), r.Recipe));
    }
}
