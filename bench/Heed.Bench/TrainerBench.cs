using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Bench;

/// <summary>
/// Trainers of tokenizers on files, Heed beside sentencepiece's spm_train and the Rust trainer of Hugging Face tokenizers (in the npm
/// package `tokenizers`). Per round every contender runs once, in turn; the medians count, and ratios are between medians of one run.
/// Times are from files to a vocabulary in memory; for spm_train that of the process, for Hugging Face that of its train call.
/// </summary>
internal static class TrainerBench
{
    private sealed record Contender(string Name, int Vocabulary, Func<string, double> Seconds);

    public static int Run(string[] args)
    {
        int rounds = 3, vocabulary = 32_000, threads = 1;
        string huggingFace = Path.Combine(Directory.GetCurrentDirectory(), "node_modules", "tokenizers");
        string? only = null;
        bool json = false;
        List<string> files = [];
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--json") json = true;
            else if (i + 1 == args.Length) return Fail($"Unknown option {args[i]}, or its value is missing.");
            else if (args[i] == "--rounds") rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--vocab") vocabulary = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--threads") threads = int.Parse(args[++i], CultureInfo.InvariantCulture);
            else if (args[i] == "--huggingface") huggingFace = args[++i];
            else if (args[i] == "--kind") only = args[++i];
            else if (args[i] == "--file") files.Add(args[++i]);
            else return Fail($"Unknown option {args[i]}.");
        }
        string folder = Directory.CreateTempSubdirectory("heed-bench").FullName;
        try
        {
            if (files.Count == 0) files.AddRange(TrainerTexts.Write(folder));
            if (files.Count == 0) return Fail("No text: give --file, or have shared/data beside the repository.");
            List<(string Kind, Contender[] Contenders)> races = Races(folder, huggingFace, vocabulary, threads);
            if (!json) Console.WriteLine($"{"file",-18} {"MB",6} {"kind",-10} {"trainer",-22} {"vocabulary",10} {"seconds",9} {"first",9} {"to Heed",8}");
            foreach (string file in files)
                foreach ((string kind, Contender[] contenders) in races.Where(r => only is null || r.Kind == only))
                    Race(file, kind, contenders, rounds, threads, json);
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 2;
    }

    private static List<(string, Contender[])> Races(string folder, string huggingFace, int vocabulary, int threads)
    {
        var byteLevel = new BpeTrainer { VocabularySize = vocabulary, MinFrequency = 1, SpecialTokens = [], Threads = threads };
        BpeTrainer pieces = BpeTrainer.SentencePiece with { VocabularySize = vocabulary, CharacterCoverage = 1, ByteFallback = false, Pieces = new PieceRule(), Threads = threads };
        var unigram = new UnigramTrainer { VocabularySize = vocabulary, Threads = threads };
        var wordPiece = new WordPieceTrainer { VocabularySize = vocabulary, Threads = threads };
        List<Contender> bpe = [Heed("Heed, bytes", byteLevel, TokenizerPipeline.Gpt2), Heed("Heed, pieces", pieces, TokenizerPipeline.SentencePiece)];
        List<Contender> uni = [Heed("Heed", unigram, TokenizerPipeline.SentencePiece)];
        List<Contender> word = [Heed("Heed", wordPiece, TokenizerPipeline.Bert)];
        if (Directory.Exists(huggingFace) && Works("node", "--version"))
        {
            bpe.Add(HuggingFace("bpe", 30_000));
            uni.Add(HuggingFace("unigram", 8_000));
            word.Add(HuggingFace("wordpiece", 30_000));
        }
        else Console.Error.WriteLine("Hugging Face tokenizers: not found (npm install tokenizers, and --huggingface FOLDER)");
        if (Works("spm_train", "--version"))
        {
            bpe.Add(SentencePiece("bpe"));
            uni.Add(SentencePiece("unigram"));
        }
        else Console.Error.WriteLine("spm_train: not found");
        return [("bpe", [.. bpe]), ("unigram", [.. uni]), ("wordpiece", [.. word])];

        Contender Heed(string name, TokenizerTrainer trainer, TokenizerPipeline pipeline) => new(name, trainer.VocabularySize, file =>
        {
            long start = Stopwatch.GetTimestamp();
            Tokenizer.Train(TextCorpus.FromFiles([file], TextUnit.Line), trainer, pipeline);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });

        // The Node binding trains with the defaults of each model and has no options.
        Contender HuggingFace(string kind, int size)
        {
            string script = Path.Combine(folder, "train.cjs");
            File.WriteAllText(script, """
                const [library, kind, file] = process.argv.slice(2);
                const t = require(library);
                const model = { bpe: () => t.BPE.empty(), unigram: () => t.Unigram.empty(), wordpiece: () => t.WordPiece.empty() }[kind]();
                const tokenizer = new t.Tokenizer(model);
                if (kind === 'wordpiece') tokenizer.setNormalizer(t.bertNormalizer());
                tokenizer.setPreTokenizer({ bpe: () => t.byteLevelPreTokenizer(false, true), unigram: () => t.metaspacePreTokenizer(), wordpiece: () => t.bertPreTokenizer() }[kind]());
                const start = process.hrtime.bigint();
                tokenizer.train([file]);
                console.error('\nseconds ' + Number(process.hrtime.bigint() - start) / 1e9);
                """);
            return new("Hugging Face (Rust)", size, file =>
            {
                string output = Execute("node", [script, Path.GetFullPath(huggingFace), kind, file], ("RAYON_NUM_THREADS", $"{threads}"));
                return double.Parse(output.Split("seconds ")[^1].Trim(), CultureInfo.InvariantCulture);
            });
        }

        Contender SentencePiece(string kind) => new("spm_train", vocabulary, file =>
        {
            long start = Stopwatch.GetTimestamp();
            Execute("spm_train", [$"--input={file}", $"--model_prefix={Path.Combine(folder, "spm")}", $"--model_type={kind}", $"--vocab_size={vocabulary}",
                "--character_coverage=1.0", "--max_sentence_length=1000000", "--hard_vocab_limit=false", "--minloglevel=2", $"--num_threads={threads}"]);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }

    private static void Race(string file, string kind, Contender[] contenders, int rounds, int threads, bool json)
    {
        var times = contenders.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round < rounds; round++)
            for (int c = 0; c < contenders.Length; c++)
            {
                GC.Collect();
                times[c].Add(contenders[c].Seconds(file));
            }
        double[] medians = [.. times.Select(t => t.Order().ElementAt(t.Count / 2))];
        double megabytes = new FileInfo(file).Length / 1e6;
        for (int c = 0; c < contenders.Length; c++)
        {
            (string name, int size) = (contenders[c].Name, contenders[c].Vocabulary);
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(new
                {
                    file = Path.GetFileName(file),
                    megabytes = Math.Round(megabytes, 3),
                    kind,
                    trainer = name,
                    vocabulary = size,
                    threads,
                    seconds = Math.Round(medians[c], 4),
                    firstSeconds = Math.Round(times[c][0], 4),
                    ratioToHeed = Math.Round(medians[c] / medians[0], 3),
                }));
            else
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(file),-18} {megabytes,6:F2} {kind,-10} {name,-22} {size,10} {medians[c],9:F3} {times[c][0],9:F3} {medians[c] / medians[0],7:F2}x"));
        }
    }

    private static bool Works(string command, string argument)
    {
        try
        {
            Execute(command, [argument]);
            return true;
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Runs a program to its end and returns what it wrote to standard error.</summary>
    private static string Execute(string command, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? error.Result : throw new InvalidOperationException($"{command} ended with {process.ExitCode}: {error.Result}");
    }
}

/// <summary>The texts to train on, from the data beside the repository: one of 1 MB and one of about 44 MB.</summary>
internal static class TrainerTexts
{
    public static IEnumerable<string> Write(string folder)
    {
        DirectoryInfo? above = new(Directory.GetCurrentDirectory());
        while (above is not null && !Directory.Exists(Path.Combine(above.FullName, "shared", "data"))) above = above.Parent;
        if (above is null) yield break;
        string data = Path.Combine(above.FullName, "shared", "data");
        yield return Path.Combine(data, "tinyshakespeare", "input.txt");

        string big = Path.Combine(folder, "stories-wiki-books");
        using (var writer = new StreamWriter(big, append: false, new UTF8Encoding(false)) { NewLine = "\n" })
            foreach (string set in (string[])["tinystories", "wikitext2", "childrens_books"])
                foreach (string path in Directory.GetFiles(Path.Combine(data, set)).Order(StringComparer.Ordinal))
                {
                    string name = path.EndsWith(".gz", StringComparison.Ordinal) ? path[..^3] : path;
                    if (!name.EndsWith(".txt", StringComparison.Ordinal) && !name.EndsWith(".jsonl", StringComparison.Ordinal)) continue;
                    using Stream file = File.OpenRead(path);
                    using var reader = new StreamReader(name == path ? file : new GZipStream(file, CompressionMode.Decompress));
                    while (reader.ReadLine() is { } line) writer.WriteLine(name.EndsWith(".txt", StringComparison.Ordinal) ? line : TextOf(line));
                }
        yield return big;
    }

    private static string? TextOf(string line)
    {
        using JsonDocument record = JsonDocument.Parse(line);
        return record.RootElement.GetProperty("text").GetString();
    }
}
