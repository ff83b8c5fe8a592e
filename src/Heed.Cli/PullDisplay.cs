using System.Diagnostics;
using System.Globalization;
using Heed.Formats;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Heed.Cli;

/// <summary>Shows a download while it runs. Reports come from several threads.</summary>
internal abstract class PullDisplay : IProgress<HubProgress>
{
    public abstract void Report(HubProgress value);

    /// <summary>Shows until the work has ended, and throws what it throws.</summary>
    public virtual void Run(Task work) => work.GetAwaiter().GetResult();

    /// <summary>A number of bytes in decimal units, as the hub shows them.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => Show.Number(bytes, "0") + " B",
        < 1e6 => Show.Number(bytes / 1e3, "0.0") + " kB",
        < 1e9 => Show.Number(bytes / 1e6, "0.0") + " MB",
        _ => Show.Number(bytes / 1e9, "0.00") + " GB",
    };
}

/// <summary>Nothing: the result is JSON.</summary>
internal sealed class SilentPullDisplay : PullDisplay
{
    public override void Report(HubProgress value)
    {
    }
}

/// <summary>Lines on standard error: standard output holds the folder alone, for <c>$(heed pull ...)</c>.</summary>
internal sealed class PlainPullDisplay(Terminal terminal) : PullDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (Speed Speed, long Told)> files = [];

    public override void Report(HubProgress value)
    {
        lock (files)
        {
            HubFile file = value.File;
            if (!files.TryGetValue(file.Path, out (Speed Speed, long Told) state)) state = (new Speed(), Stopwatch.GetTimestamp());
            if (value.Stage == HubStage.Receiving) state.Speed.Add(value.Received);
            bool due = Stopwatch.GetElapsedTime(state.Told) >= Pause;
            if (due) state.Told = Stopwatch.GetTimestamp();
            files[file.Path] = state;
            string? line = value.Stage switch
            {
                HubStage.Present => $"{Bytes(file.Size)}, here already",
                HubStage.Done => $"{Bytes(file.Size)}, done",
                HubStage.Checking => $"going on after {Bytes(value.Received)} of {Bytes(file.Size)}",
                HubStage.Waiting => value.Note,
                _ when due => string.Create(CultureInfo.InvariantCulture, $"{100.0 * value.Received / file.Size:0}%, {Bytes(value.Received)} of {Bytes(file.Size)}, {Bytes(state.Speed.Rate)}/s, {Show.Time(state.Speed.Left(file.Size))} left"),
                _ => null,
            };
            if (line is not null) terminal.Error.WriteLine(Failure.OneLine($"{file.Path}: {line}"));
        }
    }
}

/// <summary>A bar for every file, redrawn a few times a second.</summary>
internal sealed class LivePullDisplay : PullDisplay
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    private sealed class Row(HubFile file)
    {
        public HubFile File { get; } = file;

        public HubProgress Last { get; set; } = new(file, HubStage.Waiting, 0);

        public Speed Speed { get; } = new();

        public bool Started { get; set; }

        public bool Ended => Last.Stage is HubStage.Done or HubStage.Present;
    }

    private readonly Terminal terminal;
    private readonly HubPlan plan;
    private readonly Dictionary<string, Row> rows;
    private readonly Speed speed = new();
    private readonly Lock guard = new();

    public LivePullDisplay(Terminal terminal, HubPlan plan)
    {
        (this.terminal, this.plan) = (terminal, plan);
        rows = plan.Files.ToDictionary(file => file.Path, file => new Row(file), StringComparer.Ordinal);
    }

    public override void Report(HubProgress value)
    {
        lock (guard)
        {
            Row row = rows[value.File.Path];
            row.Last = value;
            row.Started = true;
            if (value.Stage == HubStage.Receiving) row.Speed.Add(value.Received);
        }
    }

    public override void Run(Task work)
    {
        terminal.Line($"{Markup.Escape(plan.Repository)} [grey]at commit {plan.Commit}[/]");
        terminal.Console.Live(View()).Overflow(VerticalOverflow.Crop).Start(live =>
        {
            while (!work.IsCompleted)
            {
                live.UpdateTarget(View());
                Task.WaitAny(work, Task.Delay(Pause));
            }
            live.UpdateTarget(View());
        });
        work.GetAwaiter().GetResult();
    }

    // Each file has a line where the screen is high enough; otherwise those at work have, and the rest is counted.
    private Rows View()
    {
        lock (guard)
        {
            int room = Math.Max(4, terminal.Console.Profile.Height - 5);
            Row[] all = [.. plan.Files.Select(file => rows[file.Path])];
            Row[] shown = all.Length <= room ? all : [.. all.Where(row => row.Started && !row.Ended).Concat(all.Where(row => row.Ended).Reverse()).Take(room)];
            int width = Math.Clamp(terminal.Console.Profile.Width - 58, 12, all.Max(row => Math.Max(12, row.File.Path.Length)));
            List<IRenderable> lines = [.. shown.Select(row => Line(row, width))];
            if (shown.Length < all.Length) lines.Add(new Markup($"  [grey]and {all.Length - shown.Length} more[/]"));
            long total = plan.Files.Sum(file => file.Size), here = all.Sum(row => row.Ended ? row.File.Size : row.Last.Received);
            speed.Add(here);
            bool ended = all.All(row => row.Ended);
            string end = ended ? "" : $"   [grey]{Bytes(speed.Rate)}/s   {Show.Time(speed.Left(total))} left[/]";
            lines.Add(new Markup($"  [bold]{Bytes(here)}[/] of {Bytes(total)}   [grey]{all.Count(row => row.Ended)} of {all.Length} files[/]{end}"));
            return new Rows(lines);
        }
    }

    private static Markup Line(Row row, int width)
    {
        const int Cells = 16;
        HubProgress last = row.Last;
        string name = Markup.Escape(Fit(Terminal.Printable(row.File.Path), width));
        int filled = row.File.Size == 0 ? Cells : (int)(Cells * last.Received / row.File.Size);
        string bar = $"[dodgerblue1]{new string('━', filled)}[/][grey]{new string('─', Cells - filled)}[/]";
        return new Markup(last.Stage switch
        {
            HubStage.Done => $"  [green]✓[/] {name} {Bytes(row.File.Size),9}",
            HubStage.Present => $"  [green]✓[/] {name} {Bytes(row.File.Size),9}  [grey]here already[/]",
            HubStage.Checking => $"    {name} {bar} [grey]checking the {Bytes(last.Received)} that are here[/]",
            HubStage.Waiting when last.Note is { } note => $"  [orange1]![/] {name} [orange1]{Markup.Escape(Show.Crop(Failure.OneLine(note), 50))}[/]",
            HubStage.Waiting => $"    [grey]{name} {Bytes(row.File.Size),9}[/]",
            _ => $"    {name} {bar} {Bytes(last.Received),9} [grey]{Bytes(row.Speed.Rate),9}/s {Show.Time(row.Speed.Left(row.File.Size)),5}[/]",
        });
    }

    // The end of a long path tells more than its beginning.
    private static string Fit(string name, int width) => name.Length <= width ? name.PadRight(width) : "…" + name[^(width - 1)..];
}

/// <summary>Bytes a second over the last few seconds.</summary>
internal sealed class Speed
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    private readonly Queue<(long Time, long Bytes)> samples = new();
    private long received;

    public double Rate { get; private set; }

    public void Add(long bytes)
    {
        long now = Stopwatch.GetTimestamp();
        if (bytes < received) samples.Clear(); // began again
        received = bytes;
        samples.Enqueue((now, bytes));
        while (samples.Count > 2 && Stopwatch.GetElapsedTime(samples.Peek().Time, now) > Window) samples.Dequeue();
        (long time, long first) = samples.Peek();
        double seconds = Stopwatch.GetElapsedTime(time, now).TotalSeconds;
        Rate = seconds > 0.05 ? (bytes - first) / seconds : 0;
    }

    /// <summary>The time for the rest at this speed; a day and more, or unknown, is negative.</summary>
    public TimeSpan Left(long size) => Rate > 0 && (size - received) / Rate < 8e7 ? TimeSpan.FromSeconds((size - received) / Rate) : TimeSpan.FromSeconds(-1);
}
