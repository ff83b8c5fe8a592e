using System.Diagnostics;
using System.Text.Json;
using Heed.Generation;
using Heed.Tasks;

namespace Heed.Server.Tests;

/// <summary>The official client for JavaScript, where node is and a registry answers.</summary>
[Collection("clients")]
public sealed class NodeClientTests(SmallModels models)
{
    private const string Version = "7.57.0";
    private const int Patience = 60; // seconds

    [Fact]
    public async Task It_chats_streams_calls_tools_embeds_and_understands_errors()
    {
        string folder = await Package();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Clients", "openai.mjs"), Path.Combine(folder, "openai.mjs"), overwrite: true);
        (int code, string output, string errors) = await Run("node", folder, "openai.mjs", models.Server.Url.AbsoluteUri.TrimEnd('/'));
        Assert.True(code == 0, errors);
        JsonElement got = JsonDocument.Parse(output).RootElement;
        string Text(string name) => got.GetProperty(name).GetString()!;

        LanguageModel model = LanguageModel.Load(models.Writer);
        string chat = string.Concat(model.StartChat().Send("Hello", new() { Temperature = 0, MaxTokens = 16 }).Select(p => p.Text));
        Assert.Equal((chat, chat, chat), (Text("chat"), Text("chatStreamed"), Text("responseText")));
        Assert.Equal((16, 16), (got.GetProperty("chatTokens").GetInt32(), got.GetProperty("chatStreamedTokens").GetInt32()));
        string completion = model.Complete("Once ", new() { Seed = 7, MaxTokens = 24 });
        Assert.Equal((completion, completion), (Text("completion"), Text("completionStreamed")));

        JsonElement call = got.GetProperty("call");
        Assert.Equal(("clock", "tool_calls"), (call.GetProperty("name").GetString(), Text("callFinish")));
        string arguments = call.GetProperty("arguments").GetString()!;
        Assert.Contains(JsonDocument.Parse(arguments).RootElement.GetProperty("zone").GetString(), (string[])["utc", "cet"]);
        foreach (string same in (string[])["callStreamed", "response", "responseStreamed"])
            Assert.Equal(("clock", arguments), (got.GetProperty(same).GetProperty("name").GetString(), got.GetProperty(same).GetProperty("arguments").GetString()));
        Assert.NotEmpty(Text("after"));

        Assert.Equal(TextEmbedder.Load(models.Filler).Embed("a cat"), got.GetProperty("embedding").EnumerateArray().Select(v => v.GetSingle()), (a, b) => Math.Abs(a - b) < 1e-5f);
        Assert.Equal(models.Server.Registry.Sources.Select(s => s.Name), got.GetProperty("models").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal("""{"kind":"NotFoundError","status":404,"code":"model_not_found","param":"model"}""", got.GetProperty("unknown").GetRawText());
        Assert.Equal(("BadRequestError", "top_p"), (got.GetProperty("wrong").GetProperty("kind").GetString(), got.GetProperty("wrong").GetProperty("param").GetString()));
        Assert.Equal(5, got.GetProperty("parts").GetInt32());
        await Soon.Holds(() => models.Server.Statistics("caller") is { Running: 0, Waiting: 0, Cancelled: > 0 }, "whoever stops listening frees the place");
    }

    // A folder with the package, kept for the next time.
    private static async Task<string> Package()
    {
        string kept = Path.Combine(Path.GetTempPath(), $"heed-tests-openai-{Version}");
        if (Directory.Exists(kept)) return kept;
        string folder = Directory.CreateTempSubdirectory("heed-tests-").FullName;
        try
        {
            (int code, _, string errors) = await Run("npm", folder, "install", $"openai@{Version}", "--no-audit", "--no-fund", "--ignore-scripts", "--no-save");
            if (code != 0) Assert.Skip($"the package openai {Version} cannot be installed: {errors.Split('\n')[0]}");
            Directory.Move(folder, kept);
        }
        catch (IOException) when (Directory.Exists(kept))
        {
            // Another run was faster.
        }
        finally
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        return kept;
    }

    private static async Task<(int Code, string Output, string Errors)> Run(string program, string folder, params string[] arguments)
    {
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(Patience));
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        Process? process = null;
        try
        {
            process = Process.Start(start)!;
            process.StandardInput.Close();
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token), errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, await output, await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip($"there is no {program} on this machine");
            throw;
        }
        catch (OperationCanceledException)
        {
            process!.Kill(entireProcessTree: true);
            if (program == "npm") Assert.Skip($"no registry gave the package within {Patience} seconds");
            throw;
        }
        finally
        {
            process?.Dispose();
        }
    }
}
