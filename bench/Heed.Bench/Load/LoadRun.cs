using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Heed.Bench.Load;

/// <summary>A text to be continued, and what comes of it alone.</summary>
/// <param name="Text">The prompt.</param>
/// <param name="Seed">Of the draw.</param>
/// <param name="MaxTokens">Tokens at most.</param>
/// <param name="Expected">What the library alone writes.</param>
internal sealed record LoadPrompt(string Text, int Seed, int MaxTokens, string Expected);

/// <summary>What the clients of a run saw.</summary>
/// <param name="Answers">Answers that came whole and were the right ones.</param>
/// <param name="Left">Answers in the middle of which a client went away.</param>
/// <param name="Wrong">Answers, or beginnings of one, that were another prompt's or damaged, each with what came instead.</param>
/// <param name="Lost">Requests that were refused or broke off, each with what happened.</param>
/// <param name="FirstPiece">Times from request to first piece, in seconds, sorted.</param>
/// <param name="Pieces">Pieces of text that each client got.</param>
internal sealed record LoadResult(int Answers, int Left, IReadOnlyList<string> Wrong, IReadOnlyList<string> Lost, IReadOnlyList<double> FirstPiece, IReadOnlyList<int> Pieces)
{
    /// <summary>Jain's index of fairness over the clients: 1 where all got the same, 1/n where one got all (R. Jain et al., DEC-TR-301, 1984).</summary>
    public double Fairness => Pieces.Sum(p => (double)p) is var sum && sum > 0 ? sum * sum / (Pieces.Count * Pieces.Sum(p => (double)p * p)) : 0;

    /// <summary>The time to the first piece that a share of the requests did not exceed.</summary>
    public double FirstPieceAt(double share) => FirstPiece.Count == 0 ? double.NaN : FirstPiece[Math.Min(FirstPiece.Count - 1, (int)(share * FirstPiece.Count))];
}

/// <summary>Clients that stream completions all at once, one after the other each, of which some go away in the middle; each answer is compared with what it must be.</summary>
/// <param name="url">The server.</param>
/// <param name="model">The model's name.</param>
/// <param name="prompts">What is asked, at random.</param>
/// <param name="clients">How many ask.</param>
internal sealed class LoadRun(Uri url, string model, IReadOnlyList<LoadPrompt> prompts, int clients)
{
    private const double Leaves = 0.3; // of the requests
    private readonly Lock gate = new();
    private readonly List<string> wrong = [], lost = [];
    private readonly List<double> first = [];
    private int answers, left;

    /// <summary>Runs until the time is over and the last answers have come.</summary>
    public async Task<LoadResult> Run(TimeSpan time, int seed)
    {
        using HttpClient http = new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { BaseAddress = url, Timeout = Timeout.InfiniteTimeSpan };
        long start = Stopwatch.GetTimestamp();
        int[] pieces = await Task.WhenAll(Enumerable.Range(0, clients).Select(i => Task.Run(() => Client(http, new Random(seed + i), () => Stopwatch.GetElapsedTime(start) < time))));
        return new LoadResult(answers, left, wrong, lost, [.. first.Order()], pieces);
    }

    private async Task<int> Client(HttpClient http, Random random, Func<bool> goesOn)
    {
        int pieces = 0;
        while (goesOn())
        {
            LoadPrompt prompt = prompts[random.Next(prompts.Count)];
            int most = random.NextDouble() < Leaves ? random.Next(prompt.MaxTokens) : int.MaxValue;
            try
            {
                pieces += await Ask(http, prompt, most);
            }
            catch (Exception e) when (e is HttpRequestException or IOException or JsonException)
            {
                lock (gate) lost.Add(e.Message);
            }
        }
        return pieces;
    }

    private async Task<int> Ask(HttpClient http, LoadPrompt prompt, int most)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/completions") { Content = new ByteArrayContent(Body(prompt)) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        long start = Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using StreamReader lines = new(await response.Content.ReadAsStreamAsync());
        StringBuilder text = new();
        int pieces = 0;
        double? waited = null;
        bool ended = false;
        while (pieces < most && await lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0) continue;
            string data = line["data: ".Length..];
            if (ended = data == "[DONE]") break;
            using JsonDocument piece = JsonDocument.Parse(data);
            string more = piece.RootElement.GetProperty("choices")[0].GetProperty("text").GetString()!;
            if (more.Length == 0) continue;
            waited ??= Stopwatch.GetElapsedTime(start).TotalSeconds;
            text.Append(more);
            pieces++;
        }
        string got = text.ToString();
        lock (gate)
        {
            if (waited is { } seconds) first.Add(seconds);
            if (ended ? got != prompt.Expected : !prompt.Expected.StartsWith(got, StringComparison.Ordinal)) wrong.Add($"'{prompt.Text}' with seed {prompt.Seed}: '{got}', expected '{prompt.Expected}'");
            else if (ended) answers++;
            else if (pieces >= most) left++;
            else lost.Add("the stream ended before its end");
        }
        return pieces;
    }

    private byte[] Body(LoadPrompt prompt) => JsonSerializer.SerializeToUtf8Bytes(new { model, prompt = prompt.Text, seed = prompt.Seed, max_tokens = prompt.MaxTokens, stream = true });
}
