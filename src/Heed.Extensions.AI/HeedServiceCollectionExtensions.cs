using Heed.Extensions.AI;
using Heed.Tasks;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Heed's models as services. Each is loaded when it is first asked for, and shared by all.</summary>
public static class HeedServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="IChatClient"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="model">A folder, a .gguf file, or the name of a model of the catalog.</param>
    /// <param name="options">How it is served; null = the defaults.</param>
    /// <returns>A builder, for <c>UseFunctionInvocation()</c>, <c>UseLogging()</c> and the like.</returns>
    public static ChatClientBuilder AddHeedChatClient(this IServiceCollection services, string model, HeedChatClientOptions? options = null) =>
        services.AddChatClient(_ => HeedChatClient.Load(model, options));

    /// <summary>Adds an <see cref="IChatClient"/> under a key, for programs with several models.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="model">A folder, a .gguf file, or the name of a model of the catalog.</param>
    /// <param name="options">How it is served; null = the defaults.</param>
    /// <returns>A builder, for <c>UseFunctionInvocation()</c>, <c>UseLogging()</c> and the like.</returns>
    public static ChatClientBuilder AddKeyedHeedChatClient(this IServiceCollection services, object? serviceKey, string model, HeedChatClientOptions? options = null) =>
        services.AddKeyedChatClient(serviceKey, _ => HeedChatClient.Load(model, options));

    /// <summary>Adds an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/>.</summary>
    /// <param name="services">The services.</param>
    /// <param name="model">A folder, a .gguf file, or the name of a model of the catalog.</param>
    /// <param name="options">How a text becomes one vector; null = as the folder says.</param>
    /// <returns>A builder, for <c>UseDistributedCache()</c> and the like.</returns>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddHeedEmbeddingGenerator(this IServiceCollection services, string model, EmbeddingOptions? options = null) =>
        services.AddEmbeddingGenerator<string, Embedding<float>>(_ => HeedEmbeddingGenerator.Load(model, options));

    /// <summary>Adds an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> under a key, for programs with several models.</summary>
    /// <param name="services">The services.</param>
    /// <param name="serviceKey">The key.</param>
    /// <param name="model">A folder, a .gguf file, or the name of a model of the catalog.</param>
    /// <param name="options">How a text becomes one vector; null = as the folder says.</param>
    /// <returns>A builder, for <c>UseDistributedCache()</c> and the like.</returns>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddKeyedHeedEmbeddingGenerator(this IServiceCollection services, object? serviceKey, string model, EmbeddingOptions? options = null) =>
        services.AddKeyedEmbeddingGenerator<string, Embedding<float>>(serviceKey, _ => HeedEmbeddingGenerator.Load(model, options));
}
