using System.Diagnostics;
using System.Globalization;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Bench;

/// <summary>Decoding with guesses beside plain decoding: speed, tokens for each pass, and that the text is the same.</summary>
internal static class SpeculativeBench
{
    public static int Run(string[] args)
    {
        string? path = null, draft = null, text = null;
        int lookup = 3, tokens = 128, rounds = 3, guesses = SpeculativeOptions.ExactGuesses;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--model": path = args[i + 1]; break;
                case "--draft": draft = args[i + 1]; break;
                case "--text": text = args[i + 1]; break;
                case "--lookup": lookup = Number(); break;
                case "--tokens": tokens = Number(); break;
                case "--rounds": rounds = Number(); break;
                case "--guesses": guesses = Number(); break;
                case "--threads": WorkerTeam.Threads = Number(); break;
                default:
                    throw new ArgumentException($"unknown option {args[i]}");

                    int Number() => int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            }
        Transformer model = ModelFolder.Open(path ?? throw new ArgumentException("give --model FOLDER or FILE.gguf"));
        // Without a text: sixteen random tokens, three times.
        RandomSource random = new(1);
        int[] prompt = text is not null
            ? Tokenization.Tokenizer.Load(path).Encode(File.ReadAllText(text))
            : [.. Enumerable.Repeat(Enumerable.Range(0, 16).Select(_ => random.Next(model.Config.Vocabulary)).ToArray(), 3).SelectMany(p => p)];
        SamplingOptions options = new() { Temperature = 0, MaxTokens = tokens, StopAtEnd = false };
        SpeculativeGenerator speculative = new(model, new() { Draft = draft is null ? null : ModelFolder.Open(draft), Lookup = draft is null ? lookup : 0, MostGuesses = guesses });
        Generator plain = new(model);
        List<double> alone = [], guessed = [];
        for (int round = 0; round <= rounds; round++)
        {
            int[] expected = Time(plain.Generate(prompt, options), round == 0 ? null : alone), given = Time(speculative.Generate(prompt, options), round == 0 ? null : guessed);
            if (!expected.AsSpan().SequenceEqual(given)) throw new InvalidDataException($"the texts differ from token {expected.AsSpan().CommonPrefixLength(given)} on");
        }
        SpeculativeStatistics s = speculative.Statistics;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)}: plain {Median(alone):F1} tokens/s, with guesses {Median(guessed):F1}: {Median(guessed) / Median(alone):F2}x; {s.TokensPerPass:F2} tokens a pass, {s.Accepted} of {s.Guesses} guesses right; the same {s.Tokens} tokens"));
        return 0;
    }

    // Speed behind the first token.
    private static int[] Time(IEnumerable<GeneratedToken> text, List<double>? speeds)
    {
        List<int> ids = [];
        long start = 0;
        foreach (GeneratedToken token in text)
        {
            if (ids.Count == 0) start = Stopwatch.GetTimestamp();
            ids.Add(token.Id);
        }
        speeds?.Add((ids.Count - 1) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        return [.. ids];
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
