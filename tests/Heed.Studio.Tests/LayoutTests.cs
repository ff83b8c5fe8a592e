using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Studio.Language;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

/// <summary>What all pages share: the way between them, language, light, the phone, the keyboard.</summary>
[Collection("studio")]
public sealed partial class LayoutTests(Studio studio)
{
    private static readonly string[] Pages = ["/", "/chat", "/next", "/inside", "/tokenizer", "/train", "/compare"];

    [Fact]
    public async Task The_language_follows_the_browser_and_the_button_and_is_kept()
    {
        await using StudioPage page = await studio.Open("/tokenizer", language: "zh-CN");
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("分词器");
        await page.Page.GetByText("English", new() { Exact = true }).ClickAsync();
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Tokenizer");
        await Expect(page.Page.Locator("html")).ToHaveAttributeAsync("lang", "en");
        await page.Go("/tokenizer");
        await Expect(page.Page.Locator("h1")).ToHaveTextAsync("Tokenizer");
    }

    [Fact]
    public async Task The_light_follows_the_system_and_the_button()
    {
        await using StudioPage page = await studio.Open("/", dark: true);
        await page.Button("Light colours").ClickAsync();
        await Expect(page.Button("Dark colours")).ToBeVisibleAsync();
        await page.Go("/");
        await Expect(page.Button("Dark colours")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Every_page_opens_from_the_menu_fits_a_phone_and_is_known_by_its_heading()
    {
        await using StudioPage page = await studio.Open("/");
        foreach (string path in Pages)
        {
            await page.Page.Locator($"nav a[href='{path}']").ClickAsync();
            string name = await page.Page.Locator($"nav a[href='{path}']").InnerTextAsync();
            await Expect(page.Page.Locator("h1")).ToHaveTextAsync(name);
            await Expect(page.Page).ToHaveTitleAsync($"{name} · Heed");
        }
        await page.Page.SetViewportSizeAsync(360, 740);
        foreach (string path in Pages)
        {
            await page.Go(path);
            int wide = await page.Page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(wide <= 360, $"{path} is {wide} pixels wide on a phone of 360");
        }
    }

    [Fact]
    public void Every_word_of_the_pages_has_a_chinese_one()
    {
        string folder = Path.Combine(Studio.Root, "src", "Heed.Studio");
        string[] used = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".razor" or ".cs" && !f.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}"))
            .SelectMany(f => WordUse().Matches(File.ReadAllText(f)).Select(m => Regex.Unescape(m.Groups[1].Value))).Distinct()];
        Assert.True(used.Length > 5);
        Assert.Equal([], used.Except(Words.Known));
    }

    [Fact]
    public void A_word_has_one_chinese_wording()
    {
        var all = Directory.EnumerateFiles(Path.Combine(Studio.Root, "src", "Heed.Studio", "Language", "zh"))
            .SelectMany(f => JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(f))!);
        Assert.Empty(all.Distinct().GroupBy(w => w.Key).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [GeneratedRegex("""\b[Ww](?:ords)?(?:\.Of\(|\[)"((?:[^"\\]|\\.)+)"(?:[\],)])""")]
    private static partial Regex WordUse();
}
