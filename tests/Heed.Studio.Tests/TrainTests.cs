using System.Globalization;
using System.Text.RegularExpressions;
using Heed.Server;
using Heed.Training;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Heed.Studio.Tests;

[Collection("studio")]
public sealed class TrainTests(Studio studio)
{
    private static ServerOptions Server => new() { Models = Studio.Models(), Port = 0 };

    [Fact]
    public async Task A_recipe_is_changed_started_watched_stopped_resumed_and_opened_in_inside()
    {
        using WorkFolder work = new();
        await using WebApplication server = await Studio.Start(Server, work.Options);
        string folder = Path.Combine(work.Root, "runs", "tiny-1");
        int stopped;
        await using (StudioPage page = await studio.Open("/train?recipe=tiny", url: server.Urls.Single()))
        {
            ILocator text = page.Page.Locator("#recipe-text"), verdict = page.Page.GetByRole(AriaRole.Status);
            await Expect(text).ToHaveValueAsync(WorkFolder.Tiny);
            await text.FillAsync(WorkFolder.Tiny.Replace("\"depth\"", "\"dept\"", StringComparison.Ordinal));
            await Expect(verdict).ToContainTextAsync("line 4: unknown key 'algorithm.dept'; the nearest known key is 'depth'");
            await Expect(page.Button("Start")).ToBeDisabledAsync();
            await text.FillAsync(WorkFolder.Tiny.Replace("\"stories\",", "\"/etc/passwd\",", StringComparison.Ordinal));
            await Expect(verdict).ToContainTextAsync("line 3: 'data.source' names files and cannot be changed here");
            await text.FillAsync(WorkFolder.Tiny.Replace("\"width\": 16", "\"width\": 8", StringComparison.Ordinal));
            await Expect(verdict).ToContainTextAsync("A valid recipe.");
            await page.Picture("train-recipe");

            await page.Button("Start").ClickAsync();
            await Expect(page.Page).ToHaveURLAsync(new Regex("run=tiny-1$"));
            ILocator curve = page.Page.Locator(".run-view .series").Nth(1);
            await Expect(curve).ToHaveAttributeAsync("points", new Regex(" .* .* "));
            string before = (await curve.GetAttributeAsync("points"))!;
            await Expect(curve).Not.ToHaveAttributeAsync("points", before);
            await Expect(page.Page.Locator(".run-title .run-state")).ToHaveTextAsync("running");

            await page.Button("Stop").ClickAsync();
            await Expect(page.Page.Locator(".run-title .run-state")).ToHaveTextAsync("stopped");
            stopped = Checkpoint.List(folder)[^1].Step;
            Assert.Equal(8, Recipe.Load(Path.Combine(folder, "recipe.json")).Algorithm.Width);
            RunHistory told = RunHistory.Read(folder);
            await Expect(page.Page.Locator(".tiles div", new() { HasText = "validation loss" }).Locator("dd")).ToHaveTextAsync(told.Points.Last(p => p.ValidationLoss is not null).ValidationLoss!.Value.ToString("F4", CultureInfo.InvariantCulture));
            string link = (await page.Page.Locator(".checkpoints a").Last.GetAttributeAsync("href"))!;
            Assert.Equal($"/inside?run=tiny-1&step={stopped}", link);
            StudioRuns runs = server.Services.GetRequiredService<StudioRuns>();
            Assert.True(File.Exists(Path.Combine(runs.CheckpointFolder("tiny-1", stopped)!, "model.safetensors")));
            await page.Picture("train-stopped");

            await page.Button("Resume").ClickAsync();
            await Expect(page.Page.Locator(".run-title .run-state")).ToHaveTextAsync("running");
            await Expect(page.Page.Locator(".run-progress")).Not.ToContainTextAsync($"step {stopped.ToString("N0", CultureInfo.InvariantCulture)} of");
        }
        Assert.Equal(TrainingState.Running, server.Services.GetRequiredService<StudioTraining>().Of("tiny-1")!.State); // though the browser is gone
        await server.StopAsync();
        Assert.True(Checkpoint.List(folder)[^1].Step > stopped);
        Assert.Equal(TrainingState.Stopped, server.Services.GetRequiredService<StudioTraining>().Of("tiny-1")!.State);
    }

    [Fact]
    public async Task Runs_wait_in_a_line_and_names_from_addresses_reach_no_other_folder()
    {
        using WorkFolder work = new();
        await using WebApplication server = await Studio.Start(Server, work.Options);
        StudioTraining training = server.Services.GetRequiredService<StudioTraining>();
        StudioRecipe tiny = server.Services.GetRequiredService<StudioRecipes>().Find("tiny")!;
        StudioRun first = training.Start(tiny, tiny.Json), second = training.Start(tiny, tiny.Json);
        Assert.Equal(("tiny-1", "tiny-2"), (first.Name, second.Name));
        Assert.Equal((TrainingState.Waiting, 1), (training.Of("tiny-2")!.State, training.Before(training.Of("tiny-2")!)));
        training.Stop("tiny-1");
        await Until(() => training.Of("tiny-2")!.Latest is not null, () => $"{training.Of("tiny-1")!.State} {training.Of("tiny-1")!.Message} {training.Of("tiny-2")!.State} {training.Of("tiny-2")!.Message}");
        training.Stop("tiny-2");
        await Until(() => training.Of("tiny-2")!.State == TrainingState.Stopped);

        StudioRuns runs = server.Services.GetRequiredService<StudioRuns>();
        int step = runs.Steps("tiny-2")[^1];
        foreach (string name in new[] { "", ".", "..", "../runs/tiny-2", "tiny-2/", "./tiny-2", "/etc", Path.Combine(work.Root, "runs", "tiny-2"), "tiny-2/checkpoints" })
            Assert.Equal((null, 0, null), (runs.Find(name), runs.Steps(name).Count, runs.CheckpointFolder(name, step)));
        Assert.Null(runs.CheckpointFolder("tiny-2", step + 1));
        Assert.Throws<RecipeException>(() => training.Start(tiny, tiny.Json.Replace("\"characters\"", "\"../../tokenizer.json\"", StringComparison.Ordinal)));
        Assert.Contains("memory", Assert.Throws<TrainingRefusedException>(() => training.Start(tiny, tiny.Json.Replace("\"width\": 16", "\"width\": 65536", StringComparison.Ordinal))).Message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetDirectories(runs.Folder).Length);
    }

    [Theory]
    [InlineData("127.0.0.1", "", true, true)]
    [InlineData("localhost", "", true, true)]
    [InlineData("::1", "", true, true)]
    [InlineData("0.0.0.0", "", true, false)]
    [InlineData("::", "", true, false)]
    [InlineData("192.168.1.7", "", true, false)]
    [InlineData("0.0.0.0", "key", true, true)]
    [InlineData("127.0.0.1", "key", false, false)]
    public async Task Visitors_train_where_not_everybody_is_one(string host, string key, bool train, bool given)
    {
        using WorkFolder work = new();
        await using WebApplication server = HeedServer.Build(Server with { Host = host, ApiKeys = key.Length > 0 ? [key] : [] }, builder => builder.AddHeedStudio(work.Options with { Train = train }));
        StudioTraining training = server.Services.GetRequiredService<StudioTraining>();
        Assert.Equal(given, training.Leave == TrainingLeave.Given);
        StudioRecipe tiny = server.Services.GetRequiredService<StudioRecipes>().Find("tiny")!;
        if (!given) Assert.Throws<TrainingRefusedException>(() => training.Start(tiny, tiny.Json));
    }

    [Fact]
    public async Task A_run_of_the_command_line_is_watched_where_training_is_off()
    {
        using WorkFolder work = new();
        work.Run("mine", "algorithm.steps=30");
        string metrics = Path.Combine(work.Root, "runs", "mine", "metrics.jsonl");
        string[] lines = [.. File.ReadAllLines(metrics).SkipLast(1)]; // as if it were not at its end
        File.WriteAllLines(metrics, lines.SkipLast(2));
        await using WebApplication server = await Studio.Start(Server, work.Options with { Train = false });
        await using StudioPage page = await studio.Open("/train?run=mine", language: "zh-CN", dark: true, width: 390, url: server.Urls.Single());
        await Expect(page.Page.GetByText("--no-train")).ToBeVisibleAsync();
        await Expect(page.Page.Locator(".run-title .run-state")).ToHaveTextAsync("在别处训练中");
        ILocator progress = page.Page.Locator(".run-progress span").First;
        await Expect(progress).ToHaveTextAsync(new Regex(@"第 \d+ / 30 步"));
        await Expect(progress).Not.ToHaveTextAsync("第 30 / 30 步");
        File.AppendAllLines(metrics, lines.TakeLast(2));
        await Expect(progress).ToHaveTextAsync("第 30 / 30 步");
        await page.Picture("train-phone");
    }

    [Fact]
    public void The_program_carries_recipes_that_run_anywhere()
    {
        using WorkFolder work = new();
        StudioRecipes recipes = new(work.Options);
        Assert.Equal(["quickstart", "quickstart-bert", "quickstart-t5", "race-lstm", "race-rnn", "race-transformer", "stories", "tiny"], recipes.All.Select(r => r.Name).Order());
        Assert.All(recipes.All, r => Assert.Empty(r.Missing));
        Recipe watched = WatchedRecipe.Of(recipes.Find("quickstart")!.Parse());
        Assert.Equal((170, 11, 170), (watched.Compute.CheckpointEvery, watched.Compute.KeepCheckpoints, watched.Compute.SampleEvery));
        Assert.Equal(watched.Algorithm, recipes.Find("quickstart")!.Parse().Algorithm);
    }

    private static async Task Until(Func<bool> holds, Func<string>? told = null)
    {
        for (int i = 0; i < 1500 && !holds(); i++) await Task.Delay(20);
        Assert.True(holds(), told?.Invoke());
    }
}
