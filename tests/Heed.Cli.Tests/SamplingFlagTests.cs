using System.Text.Json;
using Heed.Generation;

namespace Heed.Cli.Tests;

/// <summary>Every flag that says how a model writes, through the command line: what comes is what the library writes with these options.</summary>
[Collection("tiny model")]
public sealed class SamplingFlagTests(TinyModel tiny)
{
    private const string Prompt = "1 green bottle, 2 green bottle, ";

    private string Library(SamplingOptions options) => LanguageModel.Load(tiny.Model).Complete(Prompt[^12..], options) + "\n";

    private string Written(params string[] flags) => Cli.Run(["generate", tiny.Model, Prompt[^12..], .. flags]).Good().Out;

    [Fact]
    public void Every_filter_and_penalty_arrives()
    {
        SamplingOptions options = new()
        {
            Seed = 9,
            MaxTokens = 4,
            Temperature = 1.4f,
            TopK = 30,
            TopP = 0.98f,
            MinP = 0.001f,
            Cutoffs = new() { Typical = 0.97f, TopNSigma = 2.5f, Epsilon = 0.001f, Eta = 0.002f },
            Xtc = new(0.6f, 0.05f),
            DynamicTemperature = new(0.7f, 1.3f),
            RepetitionPenalty = 1.05f,
            PresencePenalty = 0.1f,
            FrequencyPenalty = 0.2f,
            PenaltyRange = 5,
            Dry = new DryOptions { Multiplier = 2, Base = 1.5f, AllowedLength = 1, Range = 10 }.WithBreakers(LanguageModel.Load(tiny.Model).Tokenizer, ["g"]),
            Rules = new() { Biases = [new([3], 1.5f), new([4], float.NegativeInfinity)] },
            Filters = [TokenFilter.Dry, TokenFilter.Temperature, TokenFilter.MinP, TokenFilter.TopNSigma, TokenFilter.TopK, TokenFilter.Xtc, TokenFilter.TopP, TokenFilter.Typical, TokenFilter.Epsilon, TokenFilter.Eta],
        };
        string[] flags =
        [
            "--seed", "9", "--max-tokens", "4", "--temperature", "1.4", "--top-k", "30", "--top-p", "0.98", "--min-p", "0.001", "--typical", "0.97", "--top-n-sigma", "2.5", "--epsilon", "0.001", "--eta", "0.002",
            "--xtc-probability", "0.6", "--xtc-threshold", "0.05", "--dynamic-temperature", "0.7", "--dynamic-exponent", "1.3", "--repetition-penalty", "1.05", "--presence-penalty", "0.1",
            "--frequency-penalty", "0.2", "--penalty-last", "5", "--dry", "2", "--dry-base", "1.5", "--dry-allowed-length", "1", "--dry-range", "10", "--dry-breaker", "g", "--logit-bias", "3=1.5", "--logit-bias", "4=-inf",
            "--samplers", "dry,temperature,min-p,top-n-sigma,top-k,xtc,top-p,typical,epsilon,eta",
        ];
        Assert.Equal(Library(options), Written(flags));
    }

    [Fact]
    public void Mirostat_arrives() =>
        Assert.Equal(Library(new() { Seed = 2, MaxTokens = 4, Mirostat = new() { Version = 1, Target = 3, Rate = 0.4f } }), Written("--seed", "2", "--max-tokens", "4", "--mirostat", "1", "--mirostat-tau", "3", "--mirostat-eta", "0.4"));

    [Fact]
    public void Guessing_ahead_writes_the_same_text()
    {
        string plain = Written("--greedy");
        JsonElement looked = JsonDocument.Parse(Written("--greedy", "--json", "--lookup")).RootElement;
        Assert.Equal(plain, looked.GetProperty("text").GetString() + "\n");
        Assert.True(looked.GetProperty("speculation").GetProperty("passes").GetInt32() >= 1);
        JsonElement drafted = JsonDocument.Parse(Written("--greedy", "--json", "--draft", tiny.Model, "--guesses", "3")).RootElement;
        Assert.Equal(plain, drafted.GetProperty("text").GetString() + "\n");
        JsonElement s = drafted.GetProperty("speculation");
        Assert.Equal(s.GetProperty("guesses").GetInt32(), s.GetProperty("accepted").GetInt32()); // the model itself guessed
        Assert.True(s.GetProperty("passes").GetInt32() < plain.Length - 1);
    }

    [Theory]
    [InlineData("no filter is called 'best'", "--samplers", "top-k,best")]
    [InlineData("--logit-bias must be ID=VALUE", "--logit-bias", "five")]
    [InlineData("mirostat must be 1 or 2, given 3", "--mirostat", "3")]
    [InlineData("--xtc-threshold needs --xtc-probability", "--xtc-threshold", "0.2")]
    [InlineData("exclude", "--lookup", "2", "--draft", "m")]
    [InlineData("--guesses needs", "--guesses", "2")]
    public void Wrong_flags_are_refused(string words, params string[] flags) => Cli.Run(["generate", "m", "a", .. flags]).Misused(words);
}
