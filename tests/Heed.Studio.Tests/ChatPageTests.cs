using System.Globalization;
using System.Text.Json;
using Heed.Generation;
using Heed.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

/// <summary>Talking with models, as a reader does it.</summary>
[Collection("studio")]
public sealed class ChatPageTests(Studio studio)
{
    private const string Greedy = """{ "Temperature": 0, "MaxTokens": 20, "RepetitionPenalty": null }""";

    private static LanguageModel Stories => field ??= LanguageModel.Load(Path.Combine(Studio.Root, "models", "stories-en", "stories-en.gguf"));

    [Fact]
    public async Task A_model_continues_what_is_written_and_goes_on_from_another_token()
    {
        await using StudioPage page = await Open("/chat?model=stories-en", Greedy);
        await page.Page.Locator("#chat-input").FillAsync("Once upon a time");
        await page.Page.Keyboard.PressAsync("Enter");
        await Ended(page, 1);
        ILocator answer = page.Page.Locator(".turn.answer .plain").Last;
        SamplingOptions greedy = new() { Temperature = 0, MaxTokens = 20, LogProbs = 10 };
        await Expect(answer).ToHaveTextAsync("Once upon a time" + Stories.Complete("Once upon a time", greedy));
        await Expect(page.Page.Locator("#chat-input")).ToHaveValueAsync("");
        await Expect(page.Page.Locator(".speed")).ToContainTextAsync("20 tokens");

        await page.Button("Colour the tokens by their probability").ClickAsync();
        ILocator tokens = page.Page.Locator(".token-text .token");
        await Expect(tokens).ToHaveCountAsync(20);
        string before = "Once upon a time" + string.Concat((await tokens.AllTextContentsAsync()).Take(6));
        await tokens.Nth(6).ClickAsync();
        ILocator choices = page.Page.Locator(".choice");
        await Expect(choices).ToHaveCountAsync(10);
        await page.Picture("chat-alternatives");
        GeneratedToken[] written = [.. new Generator(Stories.Transformer).Generate(Stories.Encode("Once upon a time"), greedy)];
        IReadOnlyList<TokenProbability> expected = written[6].Top;
        string[] shares = [.. await choices.Locator(".share").AllTextContentsAsync()];
        for (int i = 0; i < 10; i++) Assert.Equal(expected[i].Probability * 100, double.Parse(shares[i].TrimEnd('%'), CultureInfo.InvariantCulture), 0.06);
        await Expect(tokens.Nth(6)).ToHaveTextAsync(Stories.TextOf(expected[0].Id));

        await choices.Nth(3).ClickAsync();
        await Ended(page, 1);
        int[] ids = [.. Stories.Encode(before), expected[3].Id];
        int[] more = [.. new Generator(Stories.Transformer).Generate(ids, greedy).Select(t => t.Id)];
        await Expect(answer).ToHaveTextAsync(before + Stories.TextOf(expected[3].Id) + Stories.Tokenizer.Decode(more).Replace("\n", "⏎\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Conversations_are_kept_renamed_and_deleted_and_broken_ones_do_no_harm()
    {
        await using StudioPage page = await Open("/chat?model=zh-en", "[broken");
        await page.Page.EvaluateAsync("""localStorage.setItem("heed-chat", '[{"Id":"0123456789ab","Title":"old"},{"Id":"../x"},null,7]')""");
        await page.Page.EvaluateAsync("""localStorage.setItem("heed-chat", '[{"Id":"0123456789ab","Title":"old"},{"Id":"../x"},null]'); localStorage.setItem("heed-chat.0123456789ab", '{"turns":[{"role":"assistant","text":"x","tokens":[[1e99,5]]},{"role":3}]}')""");
        await page.Go("/chat?model=zh-en");
        ILocator list = page.Page.Locator(".chat-list li");
        await Expect(list).ToHaveCountAsync(1);
        await list.First.Locator(".title").ClickAsync();
        await Expect(page.Page.Locator(".turn")).ToHaveCountAsync(0); // nothing of it was whole

        await page.Button("New conversation").ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "我是一个学生" }).ClickAsync();
        await Ended(page, 1);
        string translation = TextRewriter.Load(Path.Combine(Studio.Root, "models", "zh-en")).Run("我是一个学生");
        await Expect(page.Page.Locator(".turn.answer .plain")).ToHaveTextAsync(translation);
        await page.Button("Edit").ClickAsync();
        await page.Page.Locator(".turn-edit textarea").FillAsync("今天天气很好。");
        await page.Page.Locator(".turn-edit").GetByText("Send").ClickAsync();
        await Ended(page, 1);
        await Expect(page.Page.Locator(".turn")).ToHaveCountAsync(2);
        await Expect(page.Page.Locator(".turn .bubble")).ToHaveTextAsync("今天天气很好。");

        await page.Button("Rename 今天天气很好。").ClickAsync();
        await page.Page.GetByLabel("Name of the conversation").FillAsync("Weather");
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(list.First.Locator(".title")).ToHaveTextAsync("Weather");
        await page.Go("/chat");
        await list.First.Locator(".title").ClickAsync();
        await Expect(page.Page.Locator(".turn .bubble")).ToHaveTextAsync("今天天气很好。");
        await Expect(page.Page.Locator("#model")).ToHaveValueAsync("zh-en");
        await list.First.HoverAsync();
        await page.Button("Delete Weather").ClickAsync();
        await page.Button("Delete").ClickAsync();
        await Expect(list).ToHaveCountAsync(1);
        Assert.Equal(2, await page.Page.EvaluateAsync<int>("Object.keys(localStorage).filter(k => k.startsWith('heed-chat') && k !== 'heed-chat-settings').length"));
    }

    [Fact]
    public async Task Escape_stops_an_answer_and_a_page_that_closes_frees_its_place()
    {
        using EndlessModel model = new();
        await using WebApplication server = await Studio.Start(new ServerOptions { Models = [ModelSource.Read(model.Folder)], Port = 0 });
        DecoderWriter writer;
        using (ModelLease lease = await server.Services.GetRequiredService<ModelRegistry>().Rent(server.Services.GetRequiredService<ModelRegistry>().Sources[0], CancellationToken.None)) writer = (DecoderWriter)lease.Model.Writer!;
        await using (StudioPage page = await studio.Open("/chat", url: server.Urls.Single()))
        {
            await page.Page.EvaluateAsync("""localStorage.setItem("heed-chat-settings", '{ "MaxTokens": 16000, "Seed": 5 }')""");
            await page.Go("/chat");
            await page.Page.Locator("#chat-input").FillAsync("Hi");
            await page.Page.Keyboard.PressAsync("Shift+Enter");
            await page.Page.Keyboard.TypeAsync("you");
            await page.Page.Keyboard.PressAsync("Enter");
            await Expect(page.Page.Locator(".turn .bubble")).ToHaveTextAsync("Hi\nyou");
            // Small models are fast: an answer of thousands of tokens lasts a second or two.
            while (await page.Page.EvaluateAsync<int>("document.querySelector('.turn.answer .markdown')?.textContent.length ?? 0") == 0) await Task.Delay(10);
            Assert.Equal(1, writer.Statistics.Running);
            await page.Page.Keyboard.PressAsync("Escape");
            await Expect(page.Page.Locator(".speed")).ToContainTextAsync("stopped");
            await Until(writer, running: 0, cancelled: 1);
            await page.Button("Retry").ClickAsync();
            await Until(writer, running: 1, cancelled: 1);
        }
        await Until(writer, running: 0, cancelled: 2);
    }

    [Fact]
    public async Task The_page_looks_as_it_should()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("HEED_SCREENSHOTS") is null, "for the eye");
        await using (StudioPage page = await Open("/chat?model=stories-en", """{ "Seed": 3, "Temperature": 0.8, "MaxTokens": 150, "Colours": true }"""))
        {
            await page.Page.Locator("#chat-input").FillAsync("The little dog");
            await page.Page.Keyboard.PressAsync("Enter");
            await Ended(page, 1);
            await page.Picture("chat-light");
            await page.Button("Settings").ClickAsync();
            await page.Picture("chat-settings");
        }
        await using (StudioPage page = await Open("/chat?model=poems-zh", """{ "Seed": 3, "Temperature": 0.8, "Colours": true }""", "zh-CN", dark: true))
        {
            await page.Picture("chat-empty-dark-zh");
            await page.Page.Locator(".examples button").First.ClickAsync();
            await Ended(page, 1);
            await page.Page.Locator(".token-text .token").Nth(9).ClickAsync();
            await Expect(page.Page.Locator(".choice").First).ToBeVisibleAsync();
            await page.Picture("chat-dark-zh");
        }
        await using (StudioPage page = await Open("/chat?model=zh-en", "{}", width: 390))
        {
            await page.Page.Locator(".examples button").First.ClickAsync();
            await Ended(page, 1);
            await page.Picture("chat-phone");
            await page.Button("Conversations").ClickAsync();
            await page.Picture("chat-phone-list");
        }
    }

    private static async Task Ended(StudioPage page, int answers)
    {
        await Expect(page.Page.Locator(".turn.answer .speed")).ToHaveCountAsync(answers);
        await Expect(page.Page.Locator("#chat-turns")).ToHaveAttributeAsync("aria-busy", "false");
        await Expect(page.Page.Locator("#chat-send")).ToBeVisibleAsync();
    }

    private static async Task Until(DecoderWriter writer, int running, int cancelled)
    {
        DateTime end = DateTime.UtcNow.AddSeconds(20);
        while (writer.Statistics.Running != running || writer.Statistics.Cancelled != cancelled)
        {
            Assert.True(DateTime.UtcNow < end, $"after 20 seconds still {writer.Statistics}");
            await Task.Delay(10);
        }
    }

    // A page whose browser holds settings.
    private async Task<StudioPage> Open(string path, string settings, string language = "en-GB", bool dark = false, int width = 1280)
    {
        StudioPage page = await studio.Open("/tokenizer", language, dark, width);
        await page.Page.EvaluateAsync($"localStorage.setItem('heed-chat-settings', {JsonSerializer.Serialize(settings)})");
        await page.Go(path);
        return page;
    }
}
