using System.Diagnostics;
using System.Text;

namespace Heed.Cli.Tests;

/// <summary>What a finished command left.</summary>
internal sealed record Outcome(int Code, string Out, string Error)
{
    /// <summary>Exit code 1 and exactly one line, without a stack trace.</summary>
    public Outcome Failed(string words)
    {
        Assert.True(Code == 1, $"exit code {Code}, expected 1\n{Out}\n{Error}");
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("heed: ", line, StringComparison.Ordinal);
        Assert.Contains(words, line, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("internal error", line, StringComparison.Ordinal);
        Assert.DoesNotContain(" at Heed.", Out + Error, StringComparison.Ordinal);
        return this;
    }

    /// <summary>Exit code 2, what is wrong, and where help is.</summary>
    public Outcome Misused(string words)
    {
        Assert.True(Code == 2, $"exit code {Code}, expected 2\n{Out}\n{Error}");
        string line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("heed: ", line, StringComparison.Ordinal);
        Assert.Contains("--help", line, StringComparison.Ordinal);
        Assert.Contains(words, line, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("", Out);
        return this;
    }

    /// <summary>Exit code 0, nothing on standard error, no escape sequences.</summary>
    public Outcome Good()
    {
        Assert.True(Code == 0, $"exit code {Code}, expected 0\n{Out}\n{Error}");
        Assert.Equal("", Error);
        Assert.DoesNotContain('\e', Out);
        return this;
    }
}

/// <summary>Runs the built command as a child process.</summary>
internal static class Cli
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "Heed.Cli.dll");

    public static Outcome Run(params string[] args) => RunWith("", args);

    public static Outcome RunWith(string input, params string[] args) => RunWith(Encoding.UTF8.GetBytes(input), args);

    public static Outcome RunWith(byte[] input, params string[] args)
    {
        using Process process = Start(args);
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The command did not read its input.
        }
        return End(process, output, error);
    }

    public static Process Start(params string[] args)
    {
        ProcessStartInfo start = new("dotnet", [Program, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Remove("HEED_DEBUG");
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1"; // commands run beside each other; threads that wait for work would take it from them
        return Process.Start(start)!;
    }

    /// <summary>Runs a line of the shell in which "$HEED" is the command.</summary>
    public static Outcome Shell(string line)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", line]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        start.Environment["HEED"] = $"dotnet {Program}";
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return End(process, process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
    }

    /// <summary>A folder of the small random-weight models.</summary>
    public static string Fixture(string name) => Repository("tests", "Heed.Tests", "Fixtures", name);

    /// <summary>A file or folder of the repository.</summary>
    public static string Repository(params string[] path)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Heed.slnx"))) root = root.Parent;
        Assert.NotNull(root);
        return Path.Combine([root.FullName, .. path]);
    }

    private static Outcome End(Process process, Task<string> output, Task<string> error)
    {
        if (!process.WaitForExit(TimeSpan.FromMinutes(3)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("the command did not end");
        }
        return new Outcome(process.ExitCode, output.Result, error.Result);
    }
}

/// <summary>A folder of its own for one test.</summary>
internal sealed class Folder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("heed-cli-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <summary>A recipe over a small text; <paramref name="algorithm"/> and <paramref name="compute"/> add keys.</summary>
    public string Recipe(string algorithm = "\"steps\": 6", string compute = "\"log_every\": 1", string data = "\"tokenizer\": \"characters\"")
    {
        if (!File.Exists(this["text.txt"])) Write("text.txt", string.Concat(Enumerable.Range(0, 60).Select(i => $"{i} green bottles hang on the wall; take {i % 7} down, pass it around.\n")));
        return Write("tiny.json", $$"""
            {
              "data": { "source": "text.txt", {{data}} },
              "algorithm": { "depth": 1, "width": 16, "heads": 2, "context": 16, "batch": 4, "schedule": { "warmup_steps": 2 }, {{algorithm}} },
              "compute": { "evaluate_batches": 2, {{compute}} }
            }
            """);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A killed child may still hold a file on some systems.
        }
    }
}

/// <summary>One tiny model for all the tests that only read it.</summary>
public sealed class TinyModel : IDisposable
{
    private readonly Folder folder = new();

    public TinyModel()
    {
        Training = Cli.Run("train", folder.Recipe("\"steps\": 30", "\"log_every\": 5, \"evaluate_every\": 10, \"sample_every\": 15, \"sample_prompt\": \"1 green\""), "--output", Model);
    }

    internal Outcome Training { get; }

    public string Model => folder["model"];

    public void Dispose() => folder.Dispose();
}

[CollectionDefinition("tiny model")]
public sealed class TinyModelCollection : ICollectionFixture<TinyModel>
{
}
