using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;

namespace Heed.Studio.Tests;

/// <summary>Every page by the rules of WCAG 2.2, levels A and AA, as far as a program can tell (axe-core): names, roles, contrast, order, language.</summary>
[Collection("studio")]
public sealed class AccessibilityTests(Studio studio)
{
    private static readonly AxeRunOptions All = new() { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }, ResultTypes = [ResultType.Violations] };
    private static readonly AxeRunOptions Contrast = new() { RunOnly = new RunOnlyOptions { Type = "rule", Values = ["color-contrast"] }, ResultTypes = [ResultType.Violations] };

    private static readonly string[] Coloured = ["/next?model=stories-en&text=The+little+dog", "/inside?model=zh-en&text=%E6%88%91%E6%98%AF%E4%B8%80%E4%B8%AA%E5%AD%A6%E7%94%9F"];

    [Theory]
    [InlineData("en-GB", false)]
    [InlineData("zh-CN", true)]
    public async Task Pages_are_for_everybody(string language, bool dark)
    {
        await using StudioPage page = await studio.Open("/", language, dark);
        List<string> faults = [];
        // But for its colours a page is the same in the dark, and most colours are in these.
        foreach (string path in dark ? Coloured : [.. Coloured, "/", "/chat?model=stories-en", "/tokenizer", "/train", "/compare"])
        {
            await page.Go(path);
            await page.Page.WaitForTimeoutAsync(400); // what a page asks its model for
            AxeResult result = await page.Page.RunAxe(dark ? Contrast : All);
            Assert.True(result.Passes.Length >= (dark ? 1 : 6), path);
            faults.AddRange(result.Violations.SelectMany(v => v.Nodes.Select(n => $"{path}: {v.Id}: {n.Target}: {n.Html[..Math.Min(n.Html.Length, 160)]} {string.Join("; ", n.Any.Select(c => c.Message))}")));
        }
        Assert.True(faults.Count == 0, string.Join("\n", faults));
    }
}
