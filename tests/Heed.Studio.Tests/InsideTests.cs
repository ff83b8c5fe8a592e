using System.Globalization;
using System.Text.RegularExpressions;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Server;
using Heed.Studio.Pages.Inside;
using Heed.Tasks;
using Heed.Tokenization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

/// <summary>The page Inside: what it shows is what the library says.</summary>
[Collection("studio")]
public sealed class InsideTests(Studio studio)
{
    private const string Sentence = "The animal did not cross the street because it was too tired.";

    [Fact]
    public async Task A_sentence_is_followed_from_its_tokens_to_the_next_word()
    {
        ModelInspector inspector = ModelInspector.Load(Model("stories-en"));
        Inspection seen = inspector.Inspect(Sentence, top: 10);
        await using StudioPage page = await studio.Open($"/inside?model=stories-en&text={Uri.EscapeDataString(Sentence)}");
        ILocator ids = Step(page, "Tokens").Locator(".id");
        await Expect(ids).ToHaveTextAsync([.. seen.Main.Tokens.Select(t => t.Id.ToString(CultureInfo.InvariantCulture))]);

        // "it" looks at the animal: the page begins with the head that does so most.
        await Expect(Bars(Step(page, "Attention")).First).ToHaveTextAsync("animal");
        int it = 8, animal = 1;
        (int layer, int head) = InsideChoice.Strongest(seen.Main.Attention, it, animal);
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = $"Layer {layer}, head {head}", Exact = true })).ToBeVisibleAsync();
        await Expect(Step(page, "Attention").Locator(".in-bars .value").First).ToHaveTextAsync(InsideText.Percent(seen.Main.Attention.Weight(layer, head, it, animal)));

        // A click on another token tells what that one looks at, and the highlight moves along.
        await page.Page.Locator("button[data-query='2']").ClickAsync();
        await Expect(page.Page.Locator("button[data-query='2']")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(page.Page.Locator("button.in-token.chosen")).ToHaveTextAsync("did");
        float[] row = seen.Main.Attention.Of(layer, head)[2];
        await Expect(Bars(Step(page, "Attention")).First).ToHaveTextAsync(seen.Main.Attention.Keys[Array.IndexOf(row, row.Max())]);
        await Expect(page.Page.Locator(".in-arcs path.chosen").First).ToBeAttachedAsync();
        await Expect(page.Page.Locator(".in-arcs path:not(.chosen)")).ToHaveCountAsync(0);

        // Another head, from the overview, by the keyboard.
        await page.Button("Layer 2, head 5").FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        await Expect(page.Page.GetByRole(AriaRole.Heading, new() { Name = "Layer 2, head 5", Exact = true })).ToBeVisibleAsync();
        await Expect(page.Page).ToHaveURLAsync(new Regex("layer=2&head=5&token=2$"));

        // The lens' last row and the bars are what the model says.
        int last = seen.Lens!.Layers - 1;
        ILocator answers = Step(page, "Layer by layer").Locator("tbody tr").First.Locator("td span");
        await Expect(answers).ToHaveTextAsync([.. Enumerable.Range(0, seen.Lens.Tokens).Select(i => TokenLabel.Visible(seen.Lens[last, i][0].Text))]);
        IReadOnlyList<NextToken> next = LanguageModel.Load(Model("stories-en")).Next(Sentence, 10);
        await Expect(Step(page, "Softmax").Locator(".in-bars .name")).ToHaveTextAsync([.. next.Select(t => TokenLabel.Visible(t.Text))]);
        await Expect(Step(page, "Softmax").Locator(".in-bars .value")).ToHaveTextAsync([.. next.Select(t => InsideText.Percent(t.Probability))]);

        // The neighbours of a pressed token are the library's.
        await Step(page, "Embedding").GetByRole(AriaRole.Button, new() { Name = "animal", Exact = true }).ClickAsync();
        await Expect(Step(page, "Embedding").Locator(".in-bars .name")).ToHaveTextAsync([.. inspector.Embeddings.Neighbours([seen.Main.Tokens[animal].Id], 8)[0].Select(n => TokenLabel.Visible(n.Token.Text))]);
        await page.Page.EvaluateAsync("scrollTo(0, 0)");
        await page.Picture("inside-stories");
    }

    [Fact]
    public async Task What_is_typed_is_looked_into_and_what_is_wrong_is_told()
    {
        await using StudioPage page = await studio.Open("/inside?model=stories-en");
        ILocator box = page.Page.GetByLabel("The sentence", new() { Exact = true });
        await box.FillAsync("Once upon a time");
        await Expect(Step(page, "Tokens").Locator(".piece")).ToHaveTextAsync(["Once", "·upon", "·a", "·time"]);
        await box.FillAsync(string.Concat(Enumerable.Repeat("dog ", 80)));
        await Expect(page.Page.GetByText("shows at most 64")).ToBeVisibleAsync();
        await box.FillAsync("");
        await Expect(page.Page.GetByText("the sentence is empty")).ToBeVisibleAsync();
        await page.Button("Lily had a red ball. She liked it very much.").ClickAsync();
        await Expect(Bars(Step(page, "Attention")).First).ToHaveTextAsync("Lily");
        await page.Page.GetByLabel("Model", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Label = "poems-zh" });
        await Expect(Step(page, "Tokens").Locator(".piece").First).ToHaveTextAsync("五言绝句");
        await page.Button("Attention").ClickAsync();
        await Expect(page.Page.Locator("#attention")).ToBeFocusedAsync();
    }

    [Fact]
    public async Task A_masked_word_is_found_from_both_sides()
    {
        const string text = "the [MASK] sleeps .";
        using FillerModel model = new();
        await using WebApplication server = await Studio.Start(new ServerOptions { Models = [ModelSource.Read(model.Folder)], Port = 0 });
        IReadOnlyList<MaskCandidate> expected = FillMask.Load(model.Folder).Fill(text, 10)[0];
        await using StudioPage page = await studio.Open($"/inside?text={Uri.EscapeDataString(text)}", url: server.Urls.Single());
        ILocator names = Bars(Step(page, "Softmax"));
        await Expect(names).ToHaveCountAsync(10);
        string[] known = [.. (await names.AllTextContentsAsync()).Where(name => !name.StartsWith('<'))]; // this model has more ids than its tokenizer
        Assert.Equal(expected.Take(known.Length).Select(c => TokenLabel.Visible(c.Token)), known);
        Assert.NotEmpty(known);
        await page.Picture("inside-mask");
    }

    [Fact]
    public async Task A_translation_is_aligned_with_its_source()
    {
        Inspection seen = ModelInspector.Load(Model("zh-en")).Inspect("我是一个学生");
        await using StudioPage page = await studio.Open("/inside?model=zh-en&text=我是一个学生", language: "zh-CN", dark: true);
        ILocator attention = page.Page.Locator("section[aria-labelledby=attention]");
        await Expect(attention.Locator("button.in-token")).ToHaveTextAsync([.. seen.Cross!.Queries]);
        await Expect(attention.Locator("span.in-token")).ToHaveTextAsync([.. seen.Cross.Keys]);
        int student = seen.Cross.Queries.ToList().IndexOf("student");
        await attention.Locator($"button[data-query='{student}']").ClickAsync();
        float[] row = seen.Cross.Of()[student];
        await Expect(Bars(attention).First).ToHaveTextAsync(seen.Cross.Keys[Array.IndexOf(row, row.Max())]);
        await page.Picture("inside-translation-dark-zh");
        await page.Page.GetByLabel("译文", new() { Exact = true }).First.FillAsync("He is a teacher.");
        await Expect(attention.Locator("button.in-token").First).ToHaveTextAsync("He");
        await page.Button("原文内部").ClickAsync();
        await Expect(attention.Locator("button.in-token")).ToHaveCountAsync(seen.Encoder!.Tokens.Count);
        await Expect(attention.Locator("span.in-token")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_slider_moves_between_the_checkpoints_of_a_run_and_keeps_what_is_chosen()
    {
        string run = Directory.CreateTempSubdirectory("heed-inside-").FullName;
        try
        {
            Tokenizer.Bytes().Save(Path.Combine(run, "tokenizer.json"));
            foreach (int step in (int[])[10, 20]) ModelFolder.Save(new Transformer(Tiny(), seed: (ulong)step), Path.Combine(run, $"{step}"));
            await using WebApplication app = HeedServer.Build(new ServerOptions { Models = Studio.Models(), Port = 0 }, builder =>
            {
                builder.Services.AddSingleton<ICheckpointSource>(new Checkpoints(run));
                builder.AddHeedStudio();
            });
            app.MapHeedStudio();
            await app.StartAsync();
            await using StudioPage page = await studio.Open("/inside?run=tiny&text=abc&layer=1&head=2&token=2", url: app.Urls.Single());
            await Shows(20);
            await page.Page.GetByLabel("Checkpoint: watch it learn").FillAsync("0");
            await Shows(10);
            await Expect(page.Page.Locator("button.in-token.chosen")).ToHaveTextAsync("c");
            await Expect(page.Page).ToHaveURLAsync(new Regex("step=10&text=abc&layer=1&head=2&token=2$"));
            await page.Go("/inside?run=../../etc&step=10&text=abc"); // no run of the list: a model of the server instead
            await Expect(page.Page.GetByLabel("Model", new() { Exact = true })).ToHaveValueAsync("mstories-en");

            async Task Shows(int step)
            {
                AttentionMaps maps = ModelInspector.LoadCheckpoint(Path.Combine(run, $"{step}"), run).Inspect("abc").Main.Attention;
                await Expect(Step(page, "Attention").Locator(".in-bars .value").First).ToHaveTextAsync(InsideText.Percent(maps.Of(1, 2)[2].Max()));
            }
        }
        finally
        {
            Directory.Delete(run, recursive: true);
        }
    }

    [Fact]
    public async Task It_is_looked_at_on_a_phone_and_in_the_dark()
    {
        if (Environment.GetEnvironmentVariable("HEED_SCREENSHOTS") is not { Length: > 0 }) return;
        foreach ((string name, string address, string language, bool dark, int width) in new[]
        {
            ("inside-phone", "/inside?model=stories-en", "en-GB", false, 390),
            ("inside-dark", "/inside?model=stories-en", "en-GB", true, 1280),
            ("inside-poems-zh", "/inside?model=poems-zh", "zh-CN", false, 1280),
            ("inside-translation", "/inside?model=zh-en", "en-GB", false, 1280),
        })
        {
            await using StudioPage page = await studio.Open(address, language, dark, width);
            await Expect(page.Page.Locator("#softmax")).ToBeVisibleAsync();
            await page.Picture(name);
        }
    }

    private static TransformerConfig Tiny() => new()
    {
        ModelType = "gpt2",
        Vocabulary = 256,
        Context = 32,
        Decoder = new StackConfig
        {
            Depth = 2,
            Width = 16,
            Heads = 4,
            Positions = new PositionConfig.Learned(32),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(32, Kernels.ActivationKind.GeluTanh),
            InitialDeviation = 0.6f,
        },
    };

    private static string Model(string name) => Studio.Models().Single(m => m.Name == name).Path;

    private static ILocator Step(StudioPage page, string name) => page.Page.GetByRole(AriaRole.Region, new() { NameRegex = new(name) });

    private static ILocator Bars(ILocator step) => step.Locator(".in-bars .name");

    private sealed class Checkpoints(string folder) : ICheckpointSource
    {
        public IReadOnlyList<string> Runs => ["tiny"];

        public IReadOnlyList<int> Steps(string run) => run == "tiny" ? [10, 20] : [];

        public CheckpointPlace? Find(string run, int step) => Steps(run).Contains(step) ? new(Path.Combine(folder, $"{step}"), folder) : null;
    }
}
