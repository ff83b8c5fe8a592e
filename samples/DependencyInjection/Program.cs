// Two models as services of a web program:
//   dotnet run --project samples/DependencyInjection -- --Chat models/Qwen3-0.6B --Embedder models/all-MiniLM-L6-v2
//   curl -N localhost:5000/ask -H 'Content-Type: application/json' -d '{"question": "What time is it?"}'
//   curl localhost:5000/similar -H 'Content-Type: application/json' -d '{"a": "a cat sleeps", "b": "the kitten is napping"}'
using System.ComponentModel;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddHeedChatClient(Model("Chat")).UseFunctionInvocation().UseLogging();
builder.Services.AddHeedEmbeddingGenerator(Model("Embedder"));
builder.Services.AddSingleton(TimeProvider.System);
WebApplication app = builder.Build();

// The answer as it is written. Who closes the connection frees the model's place.
app.MapPost("/ask", (Ask ask, IChatClient chat, TimeProvider clock, CancellationToken cancellation) => Pieces(ask, chat, clock, cancellation));

app.MapPost("/similar", async (Pair pair, IEmbeddingGenerator<string, Embedding<float>> embedder, CancellationToken cancellation) =>
{
    GeneratedEmbeddings<Embedding<float>> vectors = await embedder.GenerateAsync([pair.A, pair.B], cancellationToken: cancellation);
    return System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(vectors[0].Vector.Span, vectors[1].Vector.Span);
});

app.Run();

string Model(string kind) => builder.Configuration[kind] ?? throw new InvalidOperationException($"say which model to use: --{kind} FOLDER");

static async IAsyncEnumerable<string> Pieces(Ask ask, IChatClient chat, TimeProvider clock, [EnumeratorCancellation] CancellationToken cancellation)
{
    [Description("Tells the time in UTC.")] string Time() => clock.GetUtcNow().ToString("HH:mm", null);

    ChatOptions options = new()
    {
        MaxOutputTokens = 300,
        Seed = ask.Seed,
        Tools = [AIFunctionFactory.Create(Time, "time")],
        ToolMode = ask.UseTool ? ChatToolMode.RequireAny : ChatToolMode.Auto,
    };
    await foreach (ChatResponseUpdate update in chat.GetStreamingResponseAsync(ask.Question, options, cancellation))
        if (update.Text.Length > 0) yield return update.Text;
}

internal sealed record Ask(string Question, long? Seed = null, bool UseTool = false);

internal sealed record Pair(string A, string B);
