using System.Globalization;
using Heed.Generation;
using Heed.Server;
using Heed.Tasks;
using Heed.Tokenization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

/// <summary>The page of next tokens: what it shows is what the model computes.</summary>
[Collection("studio")]
public sealed class NextPageTests(Studio studio)
{
    [Fact]
    public async Task Typing_shows_the_models_own_probabilities_and_the_keyboard_accepts()
    {
        LanguageModel model = LanguageModel.Load(Path.Combine(Studio.Root, "models", "stories-en", "stories-en.gguf"));
        await using StudioPage page = await studio.Open("/next?model=stories-en&text=Once");
        ILocator box = page.Page.Locator("#next-text"), rows = page.Page.Locator(".next-row");
        await box.PressAsync("End");
        await box.PressSequentiallyAsync(" upon");
        await Expect(rows.First.Locator(".next-token")).ToHaveTextAsync("·a");
        await Same(rows, [.. model.Next("Once upon", 12).Select(t => t.Probability)]);
        Assert.StartsWith(await rows.First.Locator(".next-more").InnerTextAsync(), model.Complete("Once upon a", new() { Temperature = 0, MaxTokens = 8 }).TrimStart(), StringComparison.Ordinal);

        await page.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(rows.First).ToHaveAttributeAsync("aria-selected", "true");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(box).ToHaveValueAsync("Once upon a");
        await Expect(rows.First.Locator(".next-token")).ToHaveTextAsync("·time");
        await page.Page.Keyboard.PressAsync("Escape");
        await page.Page.Keyboard.PressAsync("Enter"); // nothing is chosen: a new line
        await Expect(box).ToHaveValueAsync("Once upon a\n");
    }

    [Fact]
    public async Task Sliders_show_what_is_left_to_draw_from()
    {
        LanguageModel model = LanguageModel.Load(Path.Combine(Studio.Root, "models", "stories-en", "stories-en.gguf"));
        await using StudioPage page = await studio.Open("/next?model=stories-en&text=The+little+dog");
        ILocator rows = page.Page.Locator(".next-row");
        await Expect(rows).ToHaveCountAsync(12);
        await page.Page.Locator("#next-top-k").FillAsync("4");
        await page.Page.Locator("#next-temperature").FillAsync("0.5");
        await Expect(page.Page.Locator(".next-row.left-out")).ToHaveCountAsync(8);
        await Expect(page.Page.Locator(".next-head")).ToContainTextAsync("4 of 4,096 tokens can be drawn");
        // p^(1/0.5) of the four best, normalised.
        double[] squares = [.. model.Next("The little dog", 4).Select(t => t.Probability * t.Probability)];
        string[] drawn = [.. await page.Page.Locator(".next-row:not(.left-out) .drawn").AllTextContentsAsync()];
        for (int i = 0; i < 4; i++) Assert.Equal(100 * squares[i] / squares.Sum(), double.Parse(drawn[i].Trim('→', ' ', '%'), CultureInfo.InvariantCulture), 0.06);
        await page.Picture("next-sliders");
    }

    [Fact]
    public async Task A_translation_goes_on_from_what_is_written()
    {
        TextRewriter model = TextRewriter.Load(Path.Combine(Studio.Root, "models", "zh-en"));
        await using StudioPage page = await studio.Open("/next?model=zh-en");
        ILocator rows = page.Page.Locator(".next-row"), box = page.Page.Locator("#next-text");
        await Expect(page.Page.Locator("#next-source")).ToHaveValueAsync("我是一个学生");
        await Expect(rows.First.Locator(".next-token")).ToHaveTextAsync("·I");
        await rows.First.Locator(".next-token").ClickAsync();
        await Expect(box).ToHaveValueAsync("I");
        IReadOnlyList<TokenProbability> expected = model.Next("我是一个学生", model.Tokenizer.Encode("I", SpecialTokens.None), 12);
        await Same(rows, [.. expected.Select(t => t.Probability)]);
        await Expect(rows.First.Locator(".next-more")).Not.ToBeEmptyAsync();
        await page.Picture("next-translation");
        await rows.First.Locator(".next-more").ClickAsync();
        string greedy = model.Run("我是一个学生", new GenerationOptions { Sampling = new() { Temperature = 0, MaxTokens = 20 } });
        await Expect(box).ToHaveValueAsync(greedy.TrimEnd('.'));
    }

    [Fact]
    public async Task A_masked_word_is_told_by_a_model_that_fills_masks()
    {
        using FillerModel model = new();
        await using WebApplication server = await Studio.Start(new ServerOptions { Models = [ModelSource.Read(model.Folder)], Port = 0 });
        await using StudioPage page = await studio.Open("/next", url: server.Urls.Single());
        ILocator rows = page.Page.Locator(".next-row"), box = page.Page.Locator("#next-text");
        await Expect(box).ToHaveValueAsync("Paris is the [MASK] of France.");
        await box.FillAsync("the [MASK] sleeps .");
        IReadOnlyList<MaskCandidate> expected = FillMask.Load(model.Folder).Fill("the [MASK] sleeps .", 12)[0];
        await Expect(rows.First.Locator(".next-token")).ToHaveTextAsync(expected[0].Token);
        await Same(rows, [.. expected.Select(c => c.Probability)]);
        await rows.First.Locator(".next-token").ClickAsync();
        await Expect(box).ToHaveValueAsync(expected[0].Text);
        await Expect(page.Page.Locator(".next-found")).ToContainTextAsync("Write [MASK] where a word is missing");
    }

    [Fact]
    public async Task The_page_looks_as_it_should()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("HEED_SCREENSHOTS") is null, "for the eye");
        await using (StudioPage page = await studio.Open("/next?model=stories-en&text=Lily+and+Tim+went+to+the"))
        {
            await Expect(page.Page.Locator(".next-more.taken").First).ToBeVisibleAsync();
            await page.Page.Locator("#next-text").FocusAsync();
            await page.Page.Keyboard.PressAsync("End");
            await page.Page.Keyboard.PressAsync("ArrowDown");
            await page.Picture("next-light");
        }
        await using (StudioPage page = await studio.Open("/next?model=poems-zh", "zh-CN", dark: true))
        {
            await Expect(page.Page.Locator(".next-more.taken").First).ToBeVisibleAsync();
            await page.Page.Locator("#next-top-p").FillAsync("0.3");
            await page.Picture("next-dark-zh");
        }
        await using (StudioPage page = await studio.Open("/next?model=stories-en&text=Once+upon", width: 390))
        {
            await Expect(page.Page.Locator(".next-more.taken").First).ToBeVisibleAsync();
            await page.Picture("next-phone");
        }
    }

    private static async Task Same(ILocator rows, double[] expected)
    {
        await Expect(rows).ToHaveCountAsync(expected.Length);
        await Expect(rows.First.Locator(".model")).ToHaveTextAsync(Shares.Percent(expected[0]));
        string[] shares = [.. await rows.Locator(".model").AllTextContentsAsync()];
        for (int i = 0; i < expected.Length; i++) Assert.Equal(100 * expected[i], double.Parse(shares[i].TrimEnd('%'), CultureInfo.InvariantCulture), 0.06);
    }
}
