using System.Text.Json;
using Heed.Generation;
using Heed.Kernels;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Server.Tests;

/// <summary>/v1/completions: what comes over the wire is what the library writes by itself.</summary>
[Collection("server")]
public sealed class CompletionTests(SmallModels models)
{
    private const string Route = "/v1/completions";
    private readonly TestServer server = models.Server;

    [Fact]
    public async Task A_seed_writes_what_the_library_writes()
    {
        string expected = LanguageModel.Load(models.Writer).Complete("Once ", new() { Temperature = 0.8f, TopK = 20, TopP = 0.9f, MinP = 0.01f, PresencePenalty = 0.5f, FrequencyPenalty = 0.25f, RepetitionPenalty = 1.1f, Seed = 7, MaxTokens = 24 });
        Dictionary<string, object> body = new() { ["model"] = "chat", ["prompt"] = "Once ", ["temperature"] = 0.8, ["top_k"] = 20, ["top_p"] = 0.9, ["min_p"] = 0.01, ["presence_penalty"] = 0.5, ["frequency_penalty"] = 0.25, ["repetition_penalty"] = 1.1, ["seed"] = 7, ["max_tokens"] = 24 };
        JsonElement whole = await server.Post(Route, body);
        Assert.Equal(expected, Text(whole));
        Assert.Equal("text_completion", whole.GetProperty("object").GetString());
        Assert.Equal("chat", whole.GetProperty("model").GetString());
        Assert.Equal((5, 24, 29), Usage(whole));
        Assert.Equal("length", whole.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        body["stream"] = true;
        body["stream_options"] = new { include_usage = true };
        List<JsonElement> events = await server.Events(Route, body);
        Assert.Equal(expected, string.Concat(events.SkipLast(1).Select(Text)));
        Assert.True(events.Count > 10, "the text came in one piece");
        Assert.Equal("length", events[^2].GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal((5, 24, 29), Usage(events[^1]));
        Assert.Single(events.Select(e => e.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task Several_prompts_and_several_texts_each_have_their_own_seed()
    {
        LanguageModel model = LanguageModel.Load(models.Writer);
        string[] prompts = ["a dog ", "two cats "];
        string[] expected = [.. prompts.SelectMany(p => Enumerable.Range(0, 3).Select(i => model.Complete(p, new() { Seed = 5 + (ulong)i, MaxTokens = 12 })))];
        object body = new { model = "chat", prompt = prompts, n = 3, seed = 5, max_tokens = 12 };
        JsonElement[] choices = [.. (await server.Post(Route, body)).GetProperty("choices").EnumerateArray()];
        Assert.Equal(expected, choices.Select(c => c.GetProperty("text").GetString()));
        Assert.Equal(Enumerable.Range(0, 6), choices.Select(c => c.GetProperty("index").GetInt32()));
        string[] streamed = new string[6];
        foreach (JsonElement e in await server.Events(Route, new { model = "chat", prompt = prompts, n = 3, seed = 5, max_tokens = 12, stream = true }))
            streamed[e.GetProperty("choices")[0].GetProperty("index").GetInt32()] += Text(e);
        Assert.Equal(expected, streamed);
    }

    [Fact]
    public async Task The_best_of_several_has_the_highest_mean_probability()
    {
        JsonElement all = await server.Post(Route, new { model = "chat", prompt = "x", n = 6, seed = 3, max_tokens = 8, logprobs = 0 });
        string[] ranked = [.. all.GetProperty("choices").EnumerateArray().OrderByDescending(c => c.GetProperty("logprobs").GetProperty("token_logprobs").EnumerateArray().Average(l => l.GetDouble())).Select(c => c.GetProperty("text").GetString()!)];
        JsonElement best = await server.Post(Route, new { model = "chat", prompt = "x", n = 2, best_of = 6, seed = 3, max_tokens = 8 });
        Assert.Equal(ranked[..2], best.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal(48, best.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    /// <summary>Against the logits of one plain pass over the whole text.</summary>
    [Fact]
    public async Task Probabilities_are_those_of_a_plain_pass()
    {
        LanguageModel model = LanguageModel.Load(models.Writer);
        JsonElement choice = (await server.Post(Route, new { model = "chat", prompt = "the dog", max_tokens = 6, temperature = 0, echo = true, logprobs = 3 })).GetProperty("choices")[0];
        string text = choice.GetProperty("text").GetString()!;
        Assert.StartsWith("the dog", text, StringComparison.Ordinal);
        int[] ids = model.Tokenizer.Encode(text);
        JsonElement logs = choice.GetProperty("logprobs");
        string[] tokens = [.. logs.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!)];
        Assert.Equal(text, string.Concat(tokens));
        Assert.Equal(Enumerable.Range(0, ids.Length), logs.GetProperty("text_offset").EnumerateArray().Select(o => o.GetInt32())); // letters
        Assert.Equal(JsonValueKind.Null, logs.GetProperty("token_logprobs")[0].ValueKind);
        using MemoryScope scope = new();
        Tensor logits = model.Transformer.Forward(Tensor.From(new Shape(1, ids.Length), ids));
        for (int i = 1; i < ids.Length; i++)
        {
            float[] row = logits.Row(i - 1).ToArray();
            double sum = row.Sum(l => Math.Exp(l));
            Assert.Equal(row[ids[i]] - Math.Log(sum), logs.GetProperty("token_logprobs")[i].GetDouble(), 4);
            double[] top = [.. row.OrderDescending().Take(3).Select(l => l - Math.Log(sum))];
            Assert.Equal(top, logs.GetProperty("top_logprobs")[i].EnumerateObject().Select(t => t.Value.GetDouble()), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Fact]
    public async Task A_stop_text_ends_the_text_before_it()
    {
        string whole = Text(await server.Post(Route, new { model = "chat", prompt = "Hi", max_tokens = 20, seed = 1 }));
        string stop = whole.Substring(8, 2);
        object body = new { model = "chat", prompt = "Hi", max_tokens = 20, seed = 1, stop = new[] { "never written", stop }, logprobs = 0 };
        JsonElement stopped = await server.Post(Route, body);
        Assert.Equal(whole[..whole.IndexOf(stop, StringComparison.Ordinal)], Text(stopped));
        JsonElement choice = stopped.GetProperty("choices")[0];
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        Assert.Equal(Text(stopped), string.Concat(choice.GetProperty("logprobs").GetProperty("tokens").EnumerateArray().Select(t => t.GetString())));
        List<JsonElement> events = await server.Events(Route, new { model = "chat", prompt = "Hi", max_tokens = 20, seed = 1, stop, stream = true });
        Assert.Equal(Text(stopped), string.Concat(events.Select(Text)));
    }

    [Fact]
    public async Task Biases_and_token_ids_work()
    {
        LanguageModel model = LanguageModel.Load(models.Writer);
        int x = model.Tokenizer.Encode("x")[0];
        Dictionary<string, int> bias = new() { [$"{x}"] = 100 };
        Assert.Equal("xxxxx", Text(await server.Post(Route, new { model = "chat", prompt = "a", max_tokens = 5, logit_bias = bias })));
        int[] ids = model.Tokenizer.Encode("a dog");
        object body = new { model = "chat", prompt = ids, max_tokens = 9, temperature = 0 };
        Assert.Equal(model.Complete("a dog", new() { Temperature = 0, MaxTokens = 9 }), Text(await server.Post(Route, body)));
        Assert.Equal("a dog", Text(await server.Post(Route, new { model = "chat", prompt = new[] { ids }, max_tokens = 0, echo = true })));
    }

    [Fact]
    public async Task A_gap_is_filled_where_the_model_knows_how()
    {
        LanguageModel model = LanguageModel.Load(models.GapFiller);
        string expected = string.Concat(model.FillGap("a dog", "in paris", new() { Temperature = 0, MaxTokens = 10 }).Select(p => p.Text));
        Assert.Equal(expected, Text(await server.Post(Route, new { model = "gaps", prompt = "a dog", suffix = "in paris", max_tokens = 10, temperature = 0 })));
        await server.Refused(Route, new { model = "chat", prompt = "a dog", suffix = "in paris" }, 400, "suffix");
    }

    [Fact]
    public async Task Special_tokens_in_a_prompt_are_text()
    {
        const string typed = "a</s><|e|>b";
        JsonElement answer = await server.Post(Route, new { model = "chat", prompt = typed, max_tokens = 1 });
        Assert.Equal(typed.Length, answer.GetProperty("usage").GetProperty("prompt_tokens").GetInt32()); // letters
        Assert.Equal(4, LanguageModel.Load(models.Writer).Tokenizer.Encode(typed).Length); // whereas the tokenizer would find two tokens in it
    }

    [Fact]
    public async Task An_encoder_decoder_rewrites_the_prompt()
    {
        TextRewriter rewriter = TextRewriter.Load(models.Rewriter);
        string[] sources = ["a cat sleeps", "the dog runs in paris"];
        GenerationOptions options = rewriter.Defaults with { MaxLength = null, Sampling = rewriter.Defaults.Sampling with { MaxTokens = 6 } };
        JsonElement answer = await server.Post(Route, new { model = "bart", prompt = sources, max_tokens = 6 });
        Assert.Equal(rewriter.Run(sources, options), answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        GenerationOptions three = options with { Beams = options.Beams with { Count = Math.Max(3, options.Beams.Count), Returned = 3 } };
        JsonElement several = await server.Post(Route, new { model = "bart", prompt = sources[0], max_tokens = 6, n = 3 });
        Assert.Equal(rewriter.RunAll(sources[..1], three)[0], several.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        await server.Refused(Route, new { model = "bart", prompt = "a", logprobs = 1 }, 400, "logprobs");
    }

    [Fact]
    public async Task A_recurrent_model_writes_too()
    {
        using Heed.Cli.Tests.TaskModels folder = new();
        string path = Path.Combine(Path.GetDirectoryName(folder.Writer())!, "lstm");
        Tokenizer tokenizer = Tokenizer.Load(Path.Combine(Path.GetDirectoryName(path)!, "chat"));
        LanguageModel model = new(new RecurrentModel(new RecurrentModelConfig { Kind = RecurrentKind.Lstm, Vocabulary = tokenizer.VocabularySize, EmbeddingWidth = 8, Width = 16, Layers = 1, Context = 64 }, seed: 1), tokenizer);
        model.Save(path);
        await using TestServer own = await TestServer.Start([path]);
        JsonElement answer = await own.Post(Route, new { prompt = "ab", seed = 4, n = 2, max_tokens = 9, stop = "\n" });
        string[] expected = [.. new[] { 4UL, 5UL }.Select(seed => model.Complete("ab", new() { Seed = seed, MaxTokens = 9, Stop = ["\n"] }))];
        Assert.Equal(expected, answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));
        Assert.Equal(expected[0], string.Concat((await own.Events(Route, new { prompt = "ab", seed = 4, max_tokens = 9, stop = "\n", stream = true })).Select(Text)));
        await own.Refused("/v1/chat/completions", new { messages = new[] { new { role = "user", content = "a" } } }, 400, "model");
    }

    [Theory]
    [InlineData("""{"model":"chat","prompt":"a","temperature":"warm"}""", 400, "temperature")]
    [InlineData("""{"model":"chat","prompt":"a","temperature":-1}""", 400, "temperature")]
    [InlineData("""{"model":"chat","prompt":"a","top_p":0}""", 400, "top_p")]
    [InlineData("""{"model":"chat","prompt":"a","top_k":1.5}""", 400, "top_k")]
    [InlineData("""{"model":"chat","prompt":"a","n":0}""", 400, "n")]
    [InlineData("""{"model":"chat","prompt":"a","n":100000}""", 400, "n")]
    [InlineData("""{"model":"chat","prompt":"a","n":2,"best_of":1}""", 400, "best_of")]
    [InlineData("""{"model":"chat","prompt":"a","best_of":2,"stream":true}""", 400, "best_of")]
    [InlineData("""{"model":"chat","prompt":"a","max_tokens":-1}""", 400, "max_tokens")]
    [InlineData("""{"model":"chat","prompt":"a","max_tokens":99999999}""", 400, "max_tokens")]
    [InlineData("""{"model":"chat","prompt":"a","max_tokens":99999999999999}""", 400, "max_tokens")]
    [InlineData("""{"model":"chat","prompt":"a","logprobs":21}""", 400, "logprobs")]
    [InlineData("""{"model":"chat","prompt":"a","presence_penalty":3}""", 400, "presence_penalty")]
    [InlineData("""{"model":"chat","prompt":"a","logit_bias":{"dog":1}}""", 400, "logit_bias")]
    [InlineData("""{"model":"chat","prompt":"a","logit_bias":{"1":1000}}""", 400, "logit_bias")]
    [InlineData("""{"model":"chat","prompt":"a","stop":[""]}""", 400, "stop")]
    [InlineData("""{"model":"chat","prompt":"a","stop":7}""", 400, "stop")]
    [InlineData("""{"model":"chat","prompt":"a","stop":["\ud800"]}""", 400, null)]
    [InlineData("""{"model":"chat","prompt":"a","\udc00":1}""", 400, null)]
    [InlineData("""{"model":"chat","prompt":"a","response_format":{"type":"json_schema","json_schema":{"schema":{"type":"\ud800"}}}}""", 400, null)]
    [InlineData("""{"model":"chat","prompt":"a","stream":"yes"}""", 400, "stream")]
    [InlineData("""{"model":"chat","prompt":7}""", 400, "prompt")]
    [InlineData("""{"model":"chat","prompt":[]}""", 400, "prompt")]
    [InlineData("""{"model":"chat","prompt":["a",1]}""", 400, "prompt[1]")]
    [InlineData("""{"model":"chat","prompt":[1,100000]}""", 400, "prompt")]
    [InlineData("""{"model":"chat","prompt":[[1],"a"]}""", 400, "prompt[1]")]
    [InlineData("""{"model":"chat","prompt":"a","response_format":{"type":"xml"}}""", 400, "response_format.type")]
    [InlineData("""{"model":7,"prompt":"a"}""", 400, "model")]
    [InlineData("""{"prompt":"a"}""", 400, "model")]
    [InlineData("""{"model":"nobody","prompt":"a"}""", 404, "model")]
    [InlineData("""{"model":"../chat","prompt":"a"}""", 404, "model")]
    [InlineData("""{"model":"bert-classify","prompt":"a"}""", 400, "model")]
    [InlineData("""{"model":"chat","prompt":"a",""", 400, null)]
    [InlineData("""[1]""", 400, null)]
    [InlineData("""null""", 400, null)]
    [InlineData("", 400, null)]
    public async Task What_is_wrong_is_told_by_parameter(string body, int status, string? parameter) => await server.Refused(Route, body, status, parameter);

    [Fact]
    public async Task A_prompt_beyond_the_context_is_refused() =>
        Assert.Contains("128", await server.Refused(Route, new { model = "chat", prompt = new string('a', 300) }, 400, "prompt"), StringComparison.Ordinal);

    private static string Text(JsonElement answer) => string.Concat(answer.GetProperty("choices").EnumerateArray().Select(c => c.GetProperty("text").GetString()));

    private static (int, int, int) Usage(JsonElement answer)
    {
        JsonElement usage = answer.GetProperty("usage");
        return (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32());
    }
}
