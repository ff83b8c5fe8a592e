using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text;
using Heed.Tokenization;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer train.</summary>
internal static class TokenizerTrainCommand
{
    private const double HeldOut = 0.1;

    private static readonly string[] Kinds = ["bpe", "wordpiece", "unigram", "characters"];

    private static readonly string[] Pipelines = ["gpt2", "gpt4", "o200k", "qwen2", "bytes", "sentencepiece", "bert"];

    public static HeedCommand Create(Terminal terminal)
    {
        Argument<string[]> files = new("FILE") { Arity = ArgumentArity.OneOrMore, Description = "UTF-8 text files; they may be larger than memory" };
        Option<int?> vocabulary = new Option<int?>("--vocab") { HelpName = "N", Description = "Number of tokens, special tokens and alphabet included; needed but for --kind characters" }.InRange(1, 1_000_000);
        Option<string> kind = new("--kind") { HelpName = "KIND", Description = "bpe, wordpiece, unigram or characters. Default bpe" };
        kind.AcceptOnlyFromAmong(Kinds);
        Option<string?> pipeline = new("--pipeline") { HelpName = "NAME", Description = $"How text is cut into words: {string.Join(", ", Pipelines)}. Default gpt2; bert for wordpiece, sentencepiece for unigram" };
        pipeline.AcceptOnlyFromAmong(Pipelines);
        Option<string?> pattern = new("--pattern") { HelpName = "REGEX", Description = "Cut text with this regular expression instead, and train on bytes" };
        Option<string[]> special = new("--special") { HelpName = "TOKEN", Description = "A special token; may be given again. Default: those of the kind" };
        Option<int?> frequency = new Option<int?>("--min-frequency") { HelpName = "N", Description = "A pair must stand in the text this often to become a token; bpe and wordpiece. Default 2" }.InRange(1);
        Option<int?> alphabet = new Option<int?>("--alphabet-limit") { HelpName = "N", Description = "Most characters in the alphabet; not for bytes" }.InRange(1);
        Option<int?> threads = CommonOptions.Threads();
        Option<string?> output = new("--output") { HelpName = "FILE", Description = "Where to write. Default tokenizer.json" };
        Option<bool> json = CommonOptions.Json("One JSON object: output, vocabulary, bytes, tokens, bytes_per_token");
        HeedCommand command = new("train", "Train a tokenizer on text files")
        {
            About = "Learns from the first 90% of each file and measures the compression, in bytes a token, on the rest, which it has not seen. (With --kind characters the vocabulary is that of the whole text.) The file can be read by Hugging Face tokenizers. Ctrl-C leaves no half-written file.",
            Examples =
            [
                ("heed tokenizer train corpus.txt --vocab 4096", "write tokenizer.json"),
                ("heed tokenizer train a.txt b.txt --vocab 32000 --output en.json", "from several files, elsewhere"),
                ("heed tokenizer train corpus.txt --kind unigram --vocab 8000", "a unigram model, as sentencepiece makes it"),
                ("heed tokenizer train corpus.txt --vocab 8000 --pipeline sentencepiece", "BPE over characters with byte fallback, as for LLaMA"),
                ("heed tokenizer train corpus.txt --kind wordpiece --vocab 8000 --min-frequency 3", "for BERT"),
                ("heed tokenizer train corpus.txt --kind characters", "one token for each character of the text"),
            ],
        };
        command.Add(files);
        foreach (Option option in (Option[])[vocabulary, kind, pipeline, pattern, special, frequency, alphabet, threads, output, json]) command.Add(option);
        command.Validators.Add(result =>
        {
            string name = result.GetValue(kind) ?? "bpe";
            bool characters = name == "characters";
            if (!characters && result.GetResult(vocabulary) is null) result.AddError("--vocab is needed: the number of tokens, such as --vocab 4096.");
            if (characters)
                foreach (Option option in (Option[])[vocabulary, pipeline, pattern, frequency, alphabet])
                    if (result.GetResult(option) is not null)
                        result.AddError($"{option.Name} does not go with --kind characters: the text decides.");
            if (result.GetResult(pipeline) is not null && result.GetResult(pattern) is not null) result.AddError("--pipeline and --pattern exclude each other.");
            if (name == "unigram" && result.GetResult(frequency) is not null) result.AddError("--min-frequency is for bpe and wordpiece.");
            if (Misfit(result, name, pipeline, pattern) is { } misfit) result.AddError(misfit);
        });
        command.SetAction(parse =>
        {
            using Interrupt interrupt = new();
            string name = parse.GetValue(kind) ?? "bpe";
            string[] paths = parse.GetRequiredValue(files);
            string[]? given = parse.GetResult(special) is null ? null : parse.GetValue(special);
            Tokenizer tokenizer;
            TextUnit unit = TextUnit.File;
            if (name == "characters")
                tokenizer = Tokenizer.Train(TextCorpus.FromFiles(paths).Texts(), new CharacterTrainer { SpecialTokens = given ?? [] }, interrupt.Token);
            else
            {
                string stages = parse.GetValue(pipeline) ?? DefaultPipeline(name);
                TokenizerTrainer trainer = Trainer(name, stages, parse.GetValue(frequency)) with
                {
                    VocabularySize = parse.GetValue(vocabulary)!.Value,
                    AlphabetLimit = parse.GetValue(alphabet),
                };
                if (given is not null) trainer = trainer with { SpecialTokens = given };
                if (parse.GetValue(threads) is { } count) trainer = trainer with { Threads = count };
                if (stages == "sentencepiece") unit = TextUnit.Sentence;
                TokenizerPipeline cut = parse.GetValue(pattern) is { } regex ? TokenizerPipeline.ByteLevel(regex) : Pipeline(stages);
                TextCorpus corpus = TextCorpus.FromFiles(paths.Select(path => Part(path, learned: true)), unit);
                tokenizer = Finish(Learn(terminal, corpus, trainer, cut, !parse.GetValue(json), interrupt.Token), stages);
            }
            (long bytes, long tokens) = Measure(tokenizer, TextCorpus.FromFiles(paths.Select(path => Part(path, learned: false)), unit), interrupt.Token);
            string target = parse.GetValue(output) ?? "tokenizer.json";
            tokenizer.Save(target);
            Report(terminal, parse.GetValue(json), target, tokenizer, bytes, tokens);
            return ExitCode.Ok;
        });
        return command;
    }

    private static string DefaultPipeline(string kind) => kind switch { "wordpiece" => "bert", "unigram" => "sentencepiece", _ => "gpt2" };

    private static string? Misfit(SymbolResult result, string kind, Option<string?> pipeline, Option<string?> pattern)
    {
        string? stages = result.GetValue(pipeline);
        if (result.GetValue(pattern) is not null && kind is "wordpiece" or "unigram") return "--pattern is for --kind bpe.";
        return (kind, stages) switch
        {
            (_, null) => null,
            ("bpe", "bert") => "--pipeline bert is for --kind wordpiece.",
            ("wordpiece", not "bert") => "--kind wordpiece needs --pipeline bert.",
            ("unigram", not "sentencepiece") => "--kind unigram needs --pipeline sentencepiece.",
            _ => null,
        };
    }

    private static TokenizerTrainer Trainer(string kind, string pipeline, int? frequency) => kind switch
    {
        "wordpiece" => new WordPieceTrainer { MinFrequency = frequency ?? 2 },
        "unigram" => new UnigramTrainer { ByteFallback = true, CharacterCoverage = 0.9995 },
        _ when pipeline == "sentencepiece" => BpeTrainer.SentencePiece with { MinFrequency = frequency ?? 2 },
        _ => new BpeTrainer { MinFrequency = frequency ?? 2 },
    };

    private static TokenizerPipeline Pipeline(string name) => name switch
    {
        "gpt2" => TokenizerPipeline.Gpt2,
        "gpt4" => TokenizerPipeline.Gpt4,
        "o200k" => TokenizerPipeline.O200k,
        "qwen2" => TokenizerPipeline.Qwen2,
        "bytes" => TokenizerPipeline.Bytes,
        "sentencepiece" => TokenizerPipeline.SentencePiece,
        "bert" => TokenizerPipeline.Bert,
        _ => throw new ArgumentException($"there is no pipeline '{name}'"),
    };

    /// <summary>BERT's frame of [CLS] and [SEP], whose ids are known only now.</summary>
    private static Tokenizer Finish(Tokenizer tokenizer, string pipeline) =>
        pipeline == "bert" && tokenizer.TokenToId("[CLS]") is { } first && tokenizer.TokenToId("[SEP]") is { } last
            ? new Tokenizer(tokenizer.Model, tokenizer.Pipeline with { PostProcessor = new BertPostProcessor(("[CLS]", first), ("[SEP]", last)) }, tokenizer.AddedTokens)
            : tokenizer;

    private static FilePart Part(string path, bool learned)
    {
        long cut = File.Exists(path) ? (long)Math.Ceiling(new FileInfo(path).Length * (1 - HeldOut)) : 0;
        return learned ? new FilePart(path, 0, cut) : new FilePart(path, cut);
    }

    private static Tokenizer Learn(Terminal terminal, TextCorpus corpus, TokenizerTrainer trainer, TokenizerPipeline pipeline, bool shows, CancellationToken cancellation)
    {
        if (!terminal.Live || !shows) return Tokenizer.Train(corpus, trainer, pipeline, null, cancellation);
        Tokenizer? tokenizer = null;
        terminal.Console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn()).Start(progress =>
            tokenizer = Tokenizer.Train(corpus, trainer, pipeline, new Relay(progress), cancellation));
        return tokenizer!;
    }

    private static (long Bytes, long Tokens) Measure(Tokenizer tokenizer, TextCorpus heldOut, CancellationToken cancellation)
    {
        long bytes = 0, tokens = 0;
        foreach (string text in heldOut.Texts())
        {
            cancellation.ThrowIfCancellationRequested();
            bytes += Encoding.UTF8.GetByteCount(text);
            tokens += tokenizer.Encode(text, SpecialTokens.None).Length;
        }
        return (bytes, tokens);
    }

    private static void Report(Terminal terminal, bool json, string path, Tokenizer tokenizer, long bytes, long tokens)
    {
        double perToken = tokens == 0 ? double.NaN : (double)bytes / tokens;
        if (json)
        {
            JsonLine.Write(terminal.Out, w =>
            {
                w.WriteString("output", path);
                w.WriteNumber("vocabulary", tokenizer.VocabularySize);
                w.WriteNumber("bytes", bytes);
                w.WriteNumber("tokens", tokens);
                w.WriteFinite("bytes_per_token", perToken);
            });
            return;
        }
        terminal.Line($"  [grey]vocabulary[/]   {tokenizer.VocabularySize.ToString("N0", CultureInfo.InvariantCulture)} tokens");
        terminal.Line($"  [grey]compression[/]  [bold]{Show.Number(perToken, "F3")}[/] bytes a token [grey](held-out text: {bytes.ToString("N0", CultureInfo.InvariantCulture)} bytes, {tokens.ToString("N0", CultureInfo.InvariantCulture)} tokens)[/]");
        terminal.Line($"  [grey]written[/]      {Markup.Escape(path)}");
    }

    /// <summary>A bar for each stage.</summary>
    private sealed class Relay(ProgressContext progress) : IProgress<TrainingProgress>
    {
        private readonly Dictionary<TrainingStage, ProgressTask> tasks = [];

        public void Report(TrainingProgress value)
        {
            if (!tasks.TryGetValue(value.Stage, out ProgressTask? task))
            {
                foreach (ProgressTask earlier in tasks.Values) earlier.Value = earlier.MaxValue;
                string name = value.Stage switch { TrainingStage.Reading => "reading", TrainingStage.Merging => "learning merges", _ => "pruning pieces" };
                tasks[value.Stage] = task = progress.AddTask($"  {name}", maxValue: Math.Max(1, value.Target));
            }
            task.Value = value.Done;
        }
    }
}
