using Heed.Data;
using Heed.Generation;
using Heed.Tasks;
using Heed.Tokenization;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Quickstarts;

/// <summary>An encoder that fills gaps in sentences, and on top of it one that tells moods.</summary>
internal sealed class FactQuickstart(Terminal terminal, Recipe recipe, bool json, Interrupt interrupt, int? steps) : Quickstart(terminal, recipe, json, interrupt)
{
    private const int ShownCandidates = 4, ShownMoods = 4;

    protected override string Title => "A model that fills gaps, from nothing";

    protected override string DataWords => $"{Thousands(Recipe.Data.Examples)} sentences that state facts; of many facts one phrasing is never shown";

    protected override string TokenizerWords => $"WordPiece: at most {Thousands(Recipe.Data.Vocabulary)} words and pieces of words become tokens";

    protected override string TrainingWords => $"in each it finds hidden words in {Thousands(Recipe.Algorithm.Batch)} sentences";

    protected override bool ShowWork(TrainingResult result)
    {
        FillMask fill = new(result.Model.Transformer, result.Model.Tokenizer);
        MaskedSentence[] unseen = [.. MaskedWords.HeldOut((ulong)Recipe.Seed)];
        bool[] found = [.. unseen.Select(s => IsFound(fill, result.Model.Tokenizer, s))];
        int right = found.Count(f => f);
        if (Json) JsonLine.Write(Terminal.Out, w =>
        {
            w.WriteString("event", "facts");
            w.WriteNumber("asked", unseen.Length);
            w.WriteNumber("right", right);
            w.WriteNumber("accuracy", (double)right / unseen.Length);
        });
        else
        {
            Heading("It fills gaps", $"in {Thousands(unseen.Length)} questions from sentences that it has never seen, it finds {Show.Number(100.0 * right / unseen.Length, "F1")}% of the words");
        }
        foreach (string gap in Shown(unseen)) Fill(fill, result.Model.Tokenizer, gap);
        return Moods(result.Folder);
    }

    protected override IEnumerable<(string Line, string Purpose)> Next(string folder) =>
    [
        ($"heed fill-mask {folder} \"The capital of Japan is [MASK].\"", "ask for a word"),
        ($"heed classify {Path.Combine(folder, "moods")} \"Tom lost his dog.\"", "ask for a mood"),
        ($"heed tokenizer encode {folder} \"Paris is in France.\" --tokens", "see how a text is cut"),
        ("heed quickstart --family t5", "a model that translates; --family gpt writes"),
    ];

    // The sentence that everybody tries, and two unseen ones about other kinds of facts.
    private static string[] Shown(MaskedSentence[] unseen) =>
        ["Paris is the [MASK] of France.", .. new[] { 0.35, 0.6 }.Select(share => unseen[(int)(share * unseen.Length)].Masked("[MASK]"))];

    // A word of several tokens needs all of them.
    private static bool IsFound(FillMask fill, Tokenizer tokenizer, MaskedSentence sentence)
    {
        int[] answer = tokenizer.Encode(sentence.Answer, SpecialTokens.None);
        string gap = string.Concat(Enumerable.Repeat(fill.Mask, answer.Length));
        return fill.Fill(sentence.Masked(gap), 1).Select(c => c[0].Id).SequenceEqual(answer);
    }

    private void Fill(FillMask fill, Tokenizer tokenizer, string text)
    {
        IReadOnlyList<NextToken> candidates = [.. fill.Fill(text, ShownCandidates)[0].Select(c => new NextToken(c.Id, c.Token, c.Probability))];
        if (Json)
        {
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "fill");
                w.WriteString("text", text);
                NextTable.Write(w, candidates);
            });
            return;
        }
        Terminal.Line($"  {Markup.Escape(text)}");
        Terminal.Console.Write(NextTable.Draw(tokenizer, candidates));
        Terminal.Line();
    }

    // The encoder that has just been trained, with another head: a recipe of its own in a folder inside.
    private bool Moods(string folder)
    {
        string inside = Path.Combine(folder, "moods");
        Recipe run = QuickstartRecipes.WithSteps(QuickstartRecipes.Moods, steps is { } most ? Math.Min(most, QuickstartRecipes.Moods.Algorithm.Steps) : null);
        run = run with
        {
            Path = Path.Combine(inside, "recipe.json"),
            Data = run.Data with { Tokenizer = "../tokenizer.json" },
            Algorithm = run.Algorithm with { StartFrom = ".." },
            Compute = run.Compute with { Output = inside, Threads = Recipe.Compute.Threads, Seed = Recipe.Seed },
        };
        if (!Json)
        {
            Heading("The same encoder learns to tell moods", "fine-tuning: a new head, other sentences");
            Terminal.Line();
        }
        if (Train(run, Stage) is not { } result) return false;
        TextClassifier classifier = new(result.Model.Transformer, result.Model.Tokenizer);
        if (!Json) Heading("It tells moods", $"{Show.Number(100 * result.Accuracy!.Value, "F1")}% of sentences with unseen combinations are told right");
        // One unseen sentence of each mood.
        foreach (LabelledSentence sentence in MoodSentences.HeldOut((ulong)run.Seed, 100).DistinctBy(s => s.Label).OrderBy(s => s.Label).Take(ShownMoods)) Mood(classifier, sentence);
        return true;

        void Stage(string status)
        {
            if (status == "reading the data") Say("data", $"{Thousands(run.Data.Examples)} sentences of somebody who is {string.Join(", ", MoodSentences.Labels.SkipLast(1))} or {MoodSentences.Labels[^1]}");
            else if (status == "encoding") Say("training", $"{Thousands(run.Algorithm.Steps)} steps of {run.Algorithm.Batch} sentences, from the weights above");
        }
    }

    private void Mood(TextClassifier classifier, LabelledSentence sentence)
    {
        LabelScore best = classifier.Classify(sentence.Text)[0];
        string truth = MoodSentences.Labels[sentence.Label];
        if (Json)
        {
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "mood");
                w.WriteString("text", sentence.Text);
                w.WriteString("label", best.Label);
                w.WriteFinite("score", best.Score);
                w.WriteString("expected", truth);
            });
            return;
        }
        string note = best.Label == truth ? "" : $"  [grey](it is {truth})[/]";
        Terminal.Line($"  [bold]{best.Label,-7}[/] [grey]{Show.Number(100 * best.Score, "F0"),3}%[/]  {Markup.Escape(sentence.Text)}{note}");
    }
}
