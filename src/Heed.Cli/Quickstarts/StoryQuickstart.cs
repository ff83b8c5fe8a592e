using Heed.Data;
using Heed.Generation;
using Heed.Models;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Quickstarts;

/// <summary>A decoder that tells small stories.</summary>
internal sealed class StoryQuickstart(Terminal terminal, Recipe recipe, bool json, Interrupt interrupt) : Quickstart(terminal, recipe, json, interrupt)
{
    private const int SampledStories = 20;
    private const float Temperature = 0.5f;
    private const string EnglishPrompt = "Once upon a time, there was a";
    private const string ChinesePrompt = "从前，有一";

    protected override string Title => "A language model from nothing";

    protected override string DataWords => $"{Thousands(Recipe.Data.Stories)} small stories from a grammar, half English, half Chinese";

    protected override string TokenizerWords => $"byte-pair encoding: the {Thousands(Recipe.Data.Vocabulary)} most useful pieces of text become tokens";

    protected override string TrainingWords => $"in each it guesses {Thousands(Recipe.Algorithm.Batch * Recipe.Algorithm.Context)} next tokens and learns from its errors";

    protected override IEnumerable<(string Line, string Purpose)> Next(string folder) =>
    [
        ($"heed generate {folder} \"从前\" --start --temperature 0.5", "let it write"),
        ($"heed next {folder} \"Lily lost her\" --start", "look at what it expects"),
        ($"heed tokenizer encode {folder} \"Once upon a time\" --tokens", "see how a text is cut"),
        ("heed quickstart --steps 6000 --output longer", "more steps, better stories"),
        ("heed quickstart --family bert", "a model that fills gaps; --family t5 translates"),
    ];

    protected override bool ShowWork(TrainingResult result)
    {
        LanguageModel model = result.Model;
        Story(model, "English", "en", EnglishPrompt);
        Story(model, "Chinese", "zh", ChinesePrompt);
        string[] stories = Stories(model);
        int conform = stories.Count(story => StoryGrammar.Conforms(story, out _));
        double sentences = SentencesOfTheGrammar(stories), follows = stories.Average(StoryGrammar.Follows);
        IReadOnlyList<NextToken> next = model.Next(Begin(model) + EnglishPrompt);
        if (Json)
        {
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "stories");
                w.WriteNumber("sampled", SampledStories);
                w.WriteNumber("conform", conform);
                w.WriteNumber("sentences", sentences);
                w.WriteNumber("follows", follows);
            });
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "next");
                w.WriteString("prompt", EnglishPrompt);
                NextTable.Write(w, next);
            });
            return true;
        }
        Terminal.Line();
        Terminal.Line("[bold]Judged by the grammar[/]");
        Terminal.Line($"  Of {SampledStories} stories that it wrote from nothing, {Show.Number(100 * sentences, "F0")}% of the sentences are the grammar's own;");
        Terminal.Line($"  a story goes wrong, in a name or a sum, after {Show.Number(100 * follows, "F0")}% of its length on average, and {conform} never do.");
        Terminal.Line();
        Terminal.Line($"[bold]What comes next?[/]  [grey]{EnglishPrompt}[/] ...");
        Terminal.Console.Write(NextTable.Draw(model.Tokenizer, next));
        return true;
    }

    private void Story(LanguageModel model, string heading, string language, string prompt)
    {
        SamplingOptions options = new() { Temperature = Temperature, Seed = (ulong)Recipe.Seed, MaxTokens = Recipe.Algorithm.Context };
        if (!Json)
        {
            Terminal.Line();
            Terminal.Line($"[bold]It writes {heading}[/]");
            if (Terminal.Live) Terminal.Console.Write(new Text("  " + prompt, new Style(Color.Grey)));
            else Terminal.Out.Write("  " + prompt);
        }
        StoryWriter writer = new(Terminal, prompt, silent: Json);
        foreach (GeneratedText piece in model.Generate(Begin(model) + prompt, options, Interrupt.Token)) writer.Write(piece.Text);
        string text = prompt + writer.End();
        if (Json)
            JsonLine.Write(Terminal.Out, w =>
            {
                w.WriteString("event", "sample");
                w.WriteString("language", language);
                w.WriteString("text", text);
                w.WriteBoolean("conforms", StoryGrammar.Conforms(text, out _));
            });
    }

    // Stories from the token that starts a text, side by side.
    private string[] Stories(LanguageModel model)
    {
        int[] start = model.Encode("");
        List<int>[] stories = [.. Enumerable.Range(0, SampledStories).Select(_ => new List<int>())];
        SamplingOptions options = new() { Temperature = Temperature, Seed = (ulong)Recipe.Seed, MaxTokens = Recipe.Algorithm.Context };
        foreach (GeneratedToken[] step in new Generator(model.Transformer).GenerateBatch([.. stories.Select(_ => start)], options, Interrupt.Token))
            for (int i = 0; i < step.Length; i++)
                if (step[i].Id >= 0) stories[i].Add(step[i].Id);
        return [.. stories.Select(ids => model.Tokenizer.Decode([.. ids], skipSpecialTokens: true))];
    }

    // The share of sentences that also stand in one of many fresh stories of the grammar: right in themselves, whatever stands around them.
    private double SentencesOfTheGrammar(IEnumerable<string> stories)
    {
        const int Fresh = 20_000;
        HashSet<string> known = [.. StoryGrammar.Generate((ulong)Recipe.Seed + 1, Fresh, StoryLanguage.Both).SelectMany(Sentences)];
        string[] written = [.. stories.SelectMany(Sentences)];
        return written.Length == 0 ? 0 : (double)written.Count(known.Contains) / written.Length;
    }

    private static IEnumerable<string> Sentences(string story) =>
        story.Split(['.', '!', '?', '。', '！', '？'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(s => s.Trim('"', '“', '”', ' ', ',', '，')).Where(s => s.Length > 0);

    private static string Begin(LanguageModel model) => model.Transformer.Config.BeginToken is { } begin ? model.Tokenizer.IdToToken(begin) : "";
}
