using Heed.Generation;
using Heed.Models;
using Heed.Server;

namespace Heed.Studio.Pages.Inside;

/// <summary>One reader's page: what is looked into, and what was seen last. A newer question cancels the older one.</summary>
public sealed class InsideSession : IDisposable
{
    private const int LongestText = 2000; // characters: more cannot be few enough tokens
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    private readonly StudioInspectors inspectors;
    private readonly Action changed;
    private CancellationTokenSource? asking;
    private InsideExample? wanted;

    /// <param name="inspectors">Who looks.</param>
    /// <param name="changed">Told whenever there is something new to show.</param>
    internal InsideSession(StudioInspectors inspectors, Action changed) => (this.inspectors, this.changed) = (inspectors, changed);

    /// <summary>What is looked into.</summary>
    public InsideSource Source { get; private set; } = new(null);

    /// <summary>The sentence.</summary>
    public string Text { get; private set; } = "";

    /// <summary>What an encoder-decoder is to write; empty = what it writes itself.</summary>
    public string Target { get; private set; } = "";

    /// <summary>What the reader has chosen to see.</summary>
    public InsideChoice Choice { get; } = new();

    /// <summary>What was seen last; null = nothing yet.</summary>
    public InsideView? View { get; private set; }

    /// <summary>Why nothing newer is seen.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Whether an answer is being waited for.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>The models, by name.</summary>
    public IReadOnlyList<ModelSource> Models => inspectors.Models;

    /// <summary>The runs that have checkpoints, as they were when the page was opened.</summary>
    public IReadOnlyList<string> Runs { get; private set; } = [];

    /// <summary>The steps of the run's checkpoints, as they were when it was last asked; a run that goes on makes more.</summary>
    public IReadOnlyList<int> Steps { get; private set; } = [];

    /// <summary>Texts to begin with.</summary>
    public IReadOnlyList<InsideExample> Examples => InsideExamples.Of(Source.Model ?? Source.Run ?? "", Models.FirstOrDefault(m => m.Name == Source.Model)?.Kind ?? (View?.IsRewriter == true ? ModelKind.Rewriter : ModelKind.Writer), View?.Mask);

    /// <summary>The place whose probabilities are shown: the chosen one, the mask, or the last.</summary>
    public int Place => Choice.Place ?? View?.MaskPlace ?? (View?.Seen.Main.Tokens.Count ?? 1) - 1;

    /// <summary>Begins with what an address says; where it is silent, with a model and a sentence that show something.</summary>
    public void Take(string? model, string? run, int? step, string? text, string? target)
    {
        Runs = inspectors.Checkpoints.Runs;
        Steps = run is null || !Runs.Contains(run) ? [] : inspectors.Checkpoints.Steps(run);
        if (Steps.Count > 0) Source = new InsideSource(null, run, step is { } s && Steps.Contains(s) ? s : Steps[^1]);
        else Source = new InsideSource(Models.FirstOrDefault(m => m.Name == model)?.Name ?? Models.FirstOrDefault(m => m.Name == "stories-en")?.Name ?? Models.FirstOrDefault()?.Name);
        Target = target ?? "";
        wanted = string.IsNullOrEmpty(text) ? Examples[0] : Examples.FirstOrDefault(e => e.Text == text);
        Text = string.IsNullOrEmpty(text) ? Examples[0].Text : text;
    }

    /// <summary>Looks into the newest checkpoint of a run; of one that has none any more, nothing happens.</summary>
    public Task ChooseRun(string run) => Runs.Contains(run) && inspectors.Checkpoints.Steps(run) is [.., int newest] ? Choose(new InsideSource(null, run, newest)) : Task.CompletedTask;

    /// <summary>Looks into another model or checkpoint, with one of its own examples unless the sentence is the reader's.</summary>
    public Task Choose(InsideSource source)
    {
        bool example = Examples.Any(e => e.Text == Text);
        bool sameRun = source.Run is not null && source.Run == Source.Run;
        Source = source;
        Steps = source.Run is { } run ? inspectors.Checkpoints.Steps(run) : [];
        if (!sameRun)
        {
            Target = "";
            (Choice.View, Choice.Layer, Choice.Head, Choice.Token, Choice.Place, Choice.Neighbour) = (null, null, null, null, null, null);
            if (example) (wanted, Text) = (Examples[0], Examples[0].Text);
        }
        return Ask(sameRun ? TimeSpan.FromMilliseconds(30) : TimeSpan.Zero);
    }

    /// <summary>Another sentence.</summary>
    public Task Type(string text)
    {
        Text = text;
        (Choice.Token, Choice.Place) = (null, null);
        return Ask(Pause);
    }

    /// <summary>Another target.</summary>
    public Task TypeTarget(string target)
    {
        Target = target;
        (Choice.Token, Choice.Place) = (null, null);
        return Ask(Pause);
    }

    /// <summary>A sentence that shows something.</summary>
    public Task Use(InsideExample example)
    {
        (Text, wanted, Target) = (example.Text, example, "");
        (Choice.Token, Choice.Place, Choice.Layer, Choice.Head) = (null, null, null, null);
        return Ask(TimeSpan.Zero);
    }

    /// <summary>Looks, after a pause in which a newer question may come.</summary>
    public async Task Ask(TimeSpan pause)
    {
        Dispose();
        CancellationTokenSource mine = asking = new CancellationTokenSource();
        try
        {
            if (pause > TimeSpan.Zero) await Task.Delay(pause, mine.Token);
            (string text, string? target) = (Clean(Text), string.IsNullOrWhiteSpace(Target) ? null : Clean(Target));
            if (text.Trim().Length == 0) throw new ArgumentException("the sentence is empty");
            if (Math.Max(text.Length, target?.Length ?? 0) > LongestText) throw new ArgumentException($"the text is too long; this page shows at most {InsideView.MostTokens} tokens");
            IsBusy = true;
            changed();
            InsideView view = await inspectors.Ask(Source, (inspector, token) => InsideView.Of(inspector, text, inspector.IsRewriter ? target : null, token), mine.Token);
            if (mine.IsCancellationRequested) return;
            (View, Failure) = (view, null);
            Choice.Fit(view);
            if (wanted is { From: { } from, To: { } to } && Choice is { Layer: null, Head: null, Token: null }) Choice.Find(view, from, to);
            wanted = null;
        }
        catch (OperationCanceledException)
        {
            return; // a newer question, or nobody is there any more
        }
        catch (Exception e) when (e is ApiException or QueueFullException or ArgumentException or InvalidDataException or IOException or NotSupportedException)
        {
            if (!mine.IsCancellationRequested) Failure = e;
        }
        finally
        {
            if (asking == mine) IsBusy = false;
            mine.Dispose();
        }
        changed();
    }

    /// <summary>The page's address with what is seen in it.</summary>
    public string Address()
    {
        List<string> parts = [];
        if (Source.Run is { } run) parts.AddRange([$"run={Uri.EscapeDataString(run)}", $"step={Source.Step}"]);
        else if (Source.Model is { } model) parts.Add($"model={Uri.EscapeDataString(model)}");
        parts.Add($"text={Uri.EscapeDataString(Clean(Text))}");
        if (Target.Length > 0) parts.Add($"target={Uri.EscapeDataString(Clean(Target))}");
        foreach ((string name, int? value) in new[] { ("layer", Choice.Layer), ("head", Choice.Head), ("token", Choice.Token) })
            if (value is { } number) parts.Add($"{name}={number}");
        return "/inside?" + string.Join('&', parts);
    }

    public void Dispose()
    {
        CancellationTokenSource? last = asking;
        asking = null;
        try
        {
            last?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    // Half characters are not text.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes());
}
