using System.Text;
using Heed.Data;
using Heed.Generation;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Quickstarts;

/// <summary>An encoder-decoder that translates between English and Chinese.</summary>
internal sealed class PairQuickstart(Terminal terminal, Recipe recipe, bool json, Interrupt interrupt) : Quickstart(terminal, recipe, json, interrupt)
{
    private const int Judged = 200, Shown = 4, Batch = 50;

    private sealed record Translation(string Source, string Reference, string Output)
    {
        public bool Exact => Output == Reference;
    }

    protected override string Title => "A translator from nothing";

    protected override string DataWords => $"{Thousands(Recipe.Data.Examples)} sentences in English and Chinese from a grammar; one of twenty is never shown";

    protected override string TokenizerWords => $"unigram: {Thousands(Recipe.Data.Vocabulary)} pieces of English words and Chinese sentences become tokens";

    protected override string TrainingWords => $"in each it reads {Thousands(Recipe.Algorithm.Batch)} sentences and writes them in the other language";

    protected override bool ShowWork(TrainingResult result)
    {
        PhrasePair[] unseen = [.. PairGrammar.HeldOut((ulong)Recipe.Seed, Judged)];
        if (Recipe.Data.Direction != "forward") Judge(result.Model, "Chinese to English", "en", [.. unseen.Select(p => (p.Chinese, p.English))], ["我是一个学生。"]);
        if (Recipe.Data.Direction != "backward") Judge(result.Model, "English to Chinese", "zh", [.. unseen.Select(p => (p.English, p.Chinese))], ["I am a student."]);
        return true;
    }

    protected override IEnumerable<(string Line, string Purpose)> Next(string folder) =>
    [
        ($"heed translate {folder} \"我是一个学生。\"", "translate; the language tells the direction"),
        ($"heed tokenizer encode {folder} \"我是一个学生。\" --tokens", "see how a text is cut"),
        ("heed quickstart --family t5 --steps 6000 --output longer", "more steps, better translations"),
        ("heed quickstart --family bert", "a model that fills gaps; --family gpt writes"),
    ];

    private void Judge(LanguageModel model, string title, string language, (string Source, string Reference)[] pairs, string[] own)
    {
        Translation[] unseen = [.. pairs.Zip(Translate(model, [.. pairs.Select(p => p.Source)]), (p, output) => new Translation(p.Source, p.Reference, output))];
        string[] others = Translate(model, own);
        double exact = unseen.Average(t => t.Exact ? 1.0 : 0), characters = unseen.Average(t => Likeness(t.Output, t.Reference));
        if (Json)
        {
            foreach (Translation t in unseen.Take(Shown)) Write(t.Source, t.Output, t.Reference);
            for (int i = 0; i < own.Length; i++) Write(own[i], others[i], null);
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "translated");
                w.WriteString("into", language);
                w.WriteNumber("pairs", unseen.Length);
                w.WriteNumber("exact", exact);
                w.WriteNumber("characters", characters);
            });
            return;
        }
        Heading(title, $"of {unseen.Length} unseen sentences {Show.Number(100 * exact, "F0")}% are right to the letter, and {Show.Number(100 * characters, "F1")}% of the characters");
        for (int i = 0; i < own.Length; i++) Terminal.Line($"  {Cell(own[i])} [bold]{Markup.Escape(others[i])}[/]");
        foreach (Translation t in unseen.Take(Shown))
            Terminal.Line($"  {Cell(t.Source)} [bold]{Markup.Escape(t.Output)}[/]" + (t.Exact ? "" : $"  [grey](expected: {Markup.Escape(t.Reference)})[/]"));

        void Write(string source, string output, string? reference) => JsonLine.Write(Terminal.Out, w =>
        {
            w.WriteString("event", "translation");
            w.WriteString("source", source);
            w.WriteString("output", output);
            if (reference is not null) w.WriteString("reference", reference);
        });
    }

    // The most probable token each time, sentences of like length side by side.
    private string[] Translate(LanguageModel model, string[] sources)
    {
        int[][] ids = model.Tokenizer.EncodeBatch(sources);
        List<int>[] written = [.. sources.Select(_ => new List<int>())];
        SamplingOptions options = new() { Temperature = 0, MaxTokens = Recipe.Algorithm.Context - 1 };
        foreach (int[] batch in Enumerable.Range(0, sources.Length).OrderBy(i => ids[i].Length).Chunk(Batch))
            foreach (GeneratedToken[] step in new Generator(model.Transformer).GenerateBatch([.. batch.Select(i => ids[i])], options, Interrupt.Token))
                for (int i = 0; i < step.Length; i++)
                    if (step[i].Id >= 0) written[batch[i]].Add(step[i].Id);
        return [.. written.Select(w => model.Tokenizer.Decode([.. w], skipSpecialTokens: true))];
    }

    // 1 - edits / length, never below 0: the character accuracy of speech and text recognition.
    private static double Likeness(string output, string reference)
    {
        Rune[] a = [.. reference.EnumerateRunes()], b = [.. output.EnumerateRunes()];
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return Math.Max(0, 1 - (double)row[b.Length] / a.Length);
    }

    // A text with spaces behind it up to a column; Chinese characters take two cells.
    private static string Cell(string text) => Markup.Escape(text) + new string(' ', Math.Max(0, 36 - text.Sum(Show.Cells)));
}
