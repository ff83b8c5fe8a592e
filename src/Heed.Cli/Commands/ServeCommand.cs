using System.CommandLine;
using System.Net;
using Heed.Models;
using Heed.Server;
using Heed.Studio;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Heed.Cli.Commands;

/// <summary>heed serve: models over HTTP, for any OpenAI client.</summary>
internal static class ServeCommand
{
    private const string KeyVariable = "HEED_API_KEY";

    public static Command Create(Terminal terminal)
    {
        Argument<string[]> models = new("MODEL") { Arity = ArgumentArity.ZeroOrMore, Description = "Models to serve: folders, .gguf files, names that heed models lists, or OWNER/NAMEs that heed pull has fetched. Default: all that heed models lists" };
        Option<int?> port = CommonOptions.Whole("--port", "Port to listen on; 0 takes a free one. Default 8080").InRange(0, 65535);
        Option<string?> host = new("--host") { HelpName = "ADDRESS", Description = "Address to listen on; 0.0.0.0 is every network of this machine. Default 127.0.0.1: this machine alone" };
        Option<string[]> keys = new("--api-key") { HelpName = "KEY", Description = $"Answer only requests that show this key; may be given again. {KeyVariable} in the environment does the same, unseen by others on this machine" };
        Option<int?> parallel = CommonOptions.Whole("--parallel", "Texts that a model writes at a time. Default 16").InRange(1, 1024);
        Option<int?> queue = CommonOptions.Whole("--queue", "Requests that may wait for a model; further ones are told to come again (429). Default 64").InRange(1, 100_000);
        Option<float?> memory = CommonOptions.Number("--memory", "Memory that the loaded models may take, in GiB; the one that was not used for the longest time makes room. Default: three quarters of what there is");
        Option<int?> rate = CommonOptions.Whole("--requests-per-minute", "Requests a minute that a key (or without keys an address) may send. Default: any number").InRange(1);
        Option<int?> most = CommonOptions.Whole("--max-tokens", "Most tokens that a request may ask for. Default 16384").InRange(1);
        Option<int?> seconds = CommonOptions.Whole("--timeout", "Longest time that a request may take, in seconds; then its answer ends as it is. Default 600").InRange(1, 1_000_000);
        Option<string[]> origins = new("--cors") { HelpName = "ORIGIN", Description = "Let web pages of this origin (https://example.org) call the server; may be given again. Default: none" };
        Option<bool> prompts = new("--log-prompts") { Description = "Let the log hold what is asked. Default: only which route, how long, and with which result" };
        Option<string?> otlp = new("--otlp") { HelpName = "ENDPOINT", Arity = ArgumentArity.ZeroOrOne, Description = "Send traces and metrics, without prompts and answers, to an OpenTelemetry collector: over gRPC to port 4317, else over HTTP. Without ENDPOINT: as OTEL_EXPORTER_OTLP_ENDPOINT says, else http://localhost:4317. Default: nothing is sent" };
        Option<bool> bare = new("--no-studio") { Description = "The API alone, without the pages" };
        Option<bool> still = new("--no-train") { Description = "No training by visitors of the pages. Without keys, only this machine's may" };
        Option<bool> json = new("--json-log") { Description = "Write the log as JSON, one object a line with its values by name. Default: for people" };
        Option<bool> quiet = new("--quiet") { Description = "No line for each request" };
        Option<int?> threads = CommonOptions.Threads();
        HeedCommand command = new("serve", "Serve models over HTTP, for any OpenAI client")
        {
            About = "Answers the API of OpenAI on http://127.0.0.1:8080/v1: models, completions, chat/completions, responses, embeddings; and rerank, classify, fill-mask. /docs is a page on which to try them. A model is loaded when it is first asked for. Ctrl-C lets answers that are being written end, then exits; a second one exits at once.",
            Examples =
            [
                ("heed serve", "all models that heed models lists"),
                ("heed serve poems-zh zh-en --port 9000", "two of them, on another port"),
                ("heed serve models/Qwen3-0.6B --host 0.0.0.0 --api-key s3cret", "for the whole network, with a key"),
            ],
        };
        command.Add(models);
        foreach (Option option in (Option[])[port, host, keys, parallel, queue, memory, rate, most, seconds, origins, prompts, otlp, bare, still, json, quiet, threads]) command.Add(option);
        command.Validators.Add(result =>
        {
            if (result.GetValue(otlp) is { } collector && !OtlpExport.IsEndpoint(collector)) result.AddError($"--otlp must be an address such as http://localhost:4317, given '{collector}'.");
            if (result.GetValue(host) is { } given && given != "localhost" && !IPAddress.TryParse(given, out _)) result.AddError($"--host must be an IP address or localhost, given '{given}'.");
            if (result.GetResult(memory) is { Tokens.Count: 1 } m && float.TryParse(m.Tokens[0].Value, System.Globalization.CultureInfo.InvariantCulture, out float gib) && !(gib is > 0 and < 1 << 20)) result.AddError($"--memory must be more than 0, given {gib}.");
        });
        command.SetAction((parse, _) =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            ServerOptions usual = new() { Models = Sources(parse.GetValue(models) ?? [], terminal) };
            string[] given = [.. parse.GetValue(keys) ?? [], .. Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key ? (string[])[key] : []];
            ServerOptions options = usual with
            {
                Port = parse.GetValue(port) ?? usual.Port,
                Host = parse.GetValue(host) ?? usual.Host,
                ApiKeys = given,
                Parallel = parse.GetValue(parallel) ?? usual.Parallel,
                QueueLimit = parse.GetValue(queue) ?? usual.QueueLimit,
                MemoryLimit = parse.GetValue(memory) is { } gib ? (long)(gib * (1L << 30)) : usual.MemoryLimit,
                RequestsPerMinute = parse.GetValue(rate),
                MaxTokens = parse.GetValue(most) ?? usual.MaxTokens,
                RequestTimeout = parse.GetValue(seconds) is { } time ? TimeSpan.FromSeconds(time) : usual.RequestTimeout,
                Origins = parse.GetValue(origins) ?? [],
                LogPrompts = parse.GetValue(prompts),
            };
            Action<IServiceCollection>? export = parse.GetResult(otlp) is null ? null : services => OtlpExport.Add(services, parse.GetValue(otlp));
            return Run(terminal, options, parse.GetValue(bare) ? null : new StudioOptions { Train = !parse.GetValue(still) }, parse.GetValue(quiet), parse.GetValue(json), export);
        });
        return command;
    }

    private static async Task<int> Run(Terminal terminal, ServerOptions options, StudioOptions? studio, bool quiet, bool jsonLog, Action<IServiceCollection>? export)
    {
        using Interrupt interrupt = new();
        await using WebApplication server = HeedServer.Build(options, builder =>
        {
            if (studio is not null) builder.AddHeedStudio(studio);
            if (jsonLog) builder.Logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
            else builder.Logging.AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat) = (true, "HH:mm:ss "));
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
            // What keeps the server from starting is told once, as of every command.
            builder.Logging.AddFilter((category, level) => level >= (category?.StartsWith("Heed", StringComparison.Ordinal) == true && !quiet ? LogLevel.Information : LogLevel.Warning)
                && category?.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) != true);
            export?.Invoke(builder.Services);
        });
        if (studio is not null) server.MapHeedStudio();
        await server.StartAsync(CancellationToken.None);
        if (studio is not null) foreach (string url in server.Urls) terminal.Out.WriteLine($"the Studio is on {url}");
        foreach (string url in server.Urls) terminal.Out.WriteLine($"serving {string.Join(", ", options.Models.Select(m => m.Name))} on {url}/v1 (Ctrl-C ends)");
        terminal.Out.Flush();
        if (options.ApiKeys.Count == 0 && IPAddress.TryParse(options.Host, out IPAddress? address) && !IPAddress.IsLoopback(address)) terminal.Error.WriteLine("heed: everybody who reaches this machine may use the server; --api-key demands a key");
        await Task.Delay(Timeout.Infinite, interrupt.Token).ContinueWith(static _ => { }, TaskScheduler.Default);
        await server.StopAsync(CancellationToken.None);
        return ExitCode.Ok;
    }

    // Of models that nobody named, those that no route answers for are passed over.
    private static List<ModelSource> Sources(string[] names, Terminal terminal)
    {
        if (names.Length > 0) return [.. names.Select(name => ModelSource.Read(CommonOptions.Folder(name), Directory.Exists(name) || GgufModel.IsFile(name) ? null : name))];
        List<ModelSource> sources = [];
        foreach (CatalogModel model in ModelCatalog.List())
            try
            {
                sources.Add(ModelSource.Read(model.Path, model.Name));
            }
            catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException)
            {
                terminal.Error.WriteLine($"{Failure.Describe(e)} (passed over)");
            }
        return sources;
    }
}
