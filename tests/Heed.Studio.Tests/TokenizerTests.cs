using Heed.Generation;
using Heed.Tokenization;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

[Collection("studio")]
public sealed class TokenizerTests(Studio studio)
{
    [Fact]
    public async Task A_text_is_cut_as_the_tokenizers_cut_it()
    {
        const string text = "Once upon a time 🙂 我是一个学生";
        await using StudioPage page = await studio.Open("/tokenizer");
        await page.Page.GetByLabel("Text", new() { Exact = true }).FillAsync(text);
        foreach ((string name, int place) in new[] { ("poems-zh", 0), ("zh-en", 1) })
        {
            Tokenizer tokenizer = ModelTokenizer.Load(Studio.Models().Single(m => m.Name == name).Path);
            string[] ids = [.. tokenizer.Encode(text, SpecialTokens.Add).Select(id => id.ToString(System.Globalization.CultureInfo.InvariantCulture))];
            await Expect(page.Page.Locator(".cut").Nth(place).Locator(".tokens .id")).ToHaveTextAsync(ids);
        }
        await page.Picture("tokenizer");
    }

    [Fact]
    public async Task Another_tokenizer_is_chosen_and_the_address_keeps_it()
    {
        await using StudioPage page = await studio.Open("/tokenizer?model=poems-zh&model=zh-en&text=The+end", dark: true);
        await page.Page.Locator(".cut").First.GetByText("poems-zh").ClickAsync();
        await page.Page.GetByRole(AriaRole.Option, new() { Name = "stories-en" }).ClickAsync();
        await Expect(page.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("model=stories-en&model=zh-en"));
        Assert.Equal("The end", await page.Page.GetByLabel("Text", new() { Exact = true }).InputValueAsync());
        await Expect(page.Page.Locator(".cut").First.Locator(".piece")).ToHaveTextAsync(["The", "·end"]);
        await page.Picture("tokenizer-dark");
    }
}
