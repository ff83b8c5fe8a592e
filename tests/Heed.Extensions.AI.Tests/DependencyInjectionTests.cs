using System.Net.Http.Json;
using Heed.Generation;
using Heed.Tasks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Heed.Extensions.AI.Tests;

/// <summary>Models as services, and the sample that uses them.</summary>
public sealed class DependencyInjectionTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("heed-ai-").FullName;
    private readonly string chat, bert;

    public DependencyInjectionTests() => (chat, bert) = (TestModels.Save(Path.Combine(folder, "letters")), TestModels.SaveBert(Path.Combine(folder, "bert")));

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task ServicesAreSharedAndKeyed()
    {
        ServiceCollection services = new();
        services.AddHeedChatClient(chat).UseFunctionInvocation();
        services.AddHeedEmbeddingGenerator(bert);
        services.AddKeyedHeedChatClient("small", chat, new() { ModelId = "small" });
        services.AddKeyedHeedEmbeddingGenerator("plain", bert, new EmbeddingOptions { Normalize = false });
        await using ServiceProvider provider = services.BuildServiceProvider();
        IChatClient client = provider.GetRequiredService<IChatClient>();
        Assert.Same(client, provider.GetRequiredService<IChatClient>());
        Assert.NotNull(client.GetService<FunctionInvokingChatClient>());
        Assert.Equal("letters", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Equal("small", provider.GetRequiredKeyedService<IChatClient>("small").GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Equal(TextEmbedder.Load(bert).Embed("a cat"), (await provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>().GenerateVectorAsync("a cat")).ToArray());
        Assert.False(provider.GetRequiredKeyedService<IEmbeddingGenerator<string, Embedding<float>>>("plain").GetService<TextEmbedder>()!.Options.Normalize);
    }

    [Fact]
    public async Task AFolderSaysHowItIsSampledAndWhatEndsAnAnswer()
    {
        int space = TestModels.Letters.TokenToId(" ")!.Value;
        File.WriteAllText(Path.Combine(chat, "generation_config.json"), $$"""{"do_sample": true, "temperature": 0.7, "top_k": 30, "eos_token_id": [{{TestModels.End}}, {{space}}]}""");
        using HeedChatClient client = HeedChatClient.Load(chat);
        LanguageModel model = LanguageModel.Load(chat);
        for (int seed = 0; seed < 4; seed++)
        {
            string expected = string.Concat(model.StartChat().Send("Hello?", new() { Temperature = 0.7f, TopK = 30, Seed = (ulong)seed, MaxTokens = 1024 }).Select(p => p.Text));
            Assert.DoesNotContain(' ', expected);
            Assert.Equal(expected, (await client.GetResponseAsync("Hello?", new() { Seed = seed })).Text);
        }
    }

    [Fact]
    public void AModelOfTheCatalogIsFoundByItsName()
    {
        string models = Path.Combine(AppContext.BaseDirectory, "models", "letters-by-name");
        try
        {
            TestModels.Save(models);
            using HeedChatClient client = HeedChatClient.Load("letters-by-name");
            Assert.Equal("letters-by-name", client.GetService<ChatClientMetadata>()!.DefaultModelId);
            Assert.Contains("letters-by-name", Assert.Throws<FileNotFoundException>(() => HeedEmbeddingGenerator.Load("another")).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(models, recursive: true);
        }
    }

    [Fact]
    public async Task TheSampleAnswers()
    {
        await using WebApplicationFactory<Program> factory = new WebApplicationFactory<Program>().WithWebHostBuilder(b => b.UseSetting("Chat", chat).UseSetting("Embedder", bert).UseSetting("Logging:LogLevel:Default", "Warning"));
        using HttpClient http = factory.CreateClient();
        ChatOptions options = new() { Seed = 3, MaxOutputTokens = 300, Tools = [AIFunctionFactory.Create([System.ComponentModel.Description("Tells the time in UTC.")] () => "", "time")] };
        using HeedChatClient alone = HeedChatClient.Load(chat);
        string expected = (await alone.GetResponseAsync("Hello?", options)).Text;
        Assert.Equal(expected, string.Concat(await Ask(http, new { Question = "Hello?", Seed = 3 })));
        Assert.NotEmpty(await Ask(http, new { Question = "What time is it?", Seed = 3, UseTool = true }));
        using HttpResponseMessage similar = await http.PostAsJsonAsync("/similar", new { A = "a cat", B = "a dog" });
        TextEmbedder embedder = TextEmbedder.Load(bert);
        Assert.Equal(TextEmbedder.Similarity(embedder.Embed("a cat"), embedder.Embed("a dog")), await similar.Content.ReadFromJsonAsync<double>(), 1e-5);
    }

    private static async Task<string[]> Ask(HttpClient http, object ask)
    {
        using HttpResponseMessage response = await http.PostAsJsonAsync("/ask", ask);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<string[]>())!;
    }
}
