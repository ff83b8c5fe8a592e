using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;
using System.Text.RegularExpressions;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Cli;

/// <summary>Exit codes of the command.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failed = 1;
    public const int Usage = 2;

    /// <summary>Stopped with Ctrl-C, as shells count it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}

/// <summary>Turns every exception into one line on standard error.</summary>
internal static partial class Failure
{
    /// <summary>Whether HEED_DEBUG=1 asks for the inside of errors.</summary>
    public static bool Debugging => Environment.GetEnvironmentVariable("HEED_DEBUG") == "1";

    /// <summary>Writes the line and returns the exit code.</summary>
    public static int Show(Exception e, Terminal terminal)
    {
        terminal.Error.WriteLine(Describe(e));
        if (Debugging) terminal.Error.WriteLine(e);
        return e is OperationCanceledException ? ExitCode.Interrupted : ExitCode.Failed;
    }

    /// <summary>The line: "heed: " and what went wrong.</summary>
    public static string Describe(Exception e)
    {
        while (e is AggregateException or System.Reflection.TargetInvocationException or TypeInitializationException && e.InnerException is { } inner) e = inner;
        string text = e switch
        {
            OperationCanceledException => "stopped",
            OutOfMemoryException => "there is not enough memory: take a smaller model, batch or context",
            IOException when IsDiskFull(e) && !e.Message.Contains("full", StringComparison.OrdinalIgnoreCase) => $"the disk is full: {e.Message}",
            RecipeException or TrainingException or InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException
                or NotSupportedException or JsonException or OverflowException or ChatTemplateException => e.Message,
            _ => $"internal error, {e.GetType().Name}: {e.Message} (set HEED_DEBUG=1 to see where)",
        };
        return "heed: " + OneLine(ParameterName().Replace(text, ""));
    }

    /// <summary>The same text in one line; control characters are left out.</summary>
    public static string OneLine(string text) => Breaks().Replace(text, " ").Trim();

    // ENOSPC and EDQUOT, or the two codes of Windows.
    private static bool IsDiskFull(Exception e) => OperatingSystem.IsWindows() ? (uint)e.HResult is 0x80070070 or 0x80070027 : e.HResult is 28 or 122 or 69;

    [GeneratedRegex(@" \(Parameter '[^']*'\)")]
    private static partial Regex ParameterName();

    [GeneratedRegex(@"[\s\p{Cc}]*[\r\n][\s\p{Cc}]*|\p{Cc}+")]
    private static partial Regex Breaks();
}

/// <summary>Wrong use of the command line: what is wrong, and where help is.</summary>
internal static partial class UsageErrors
{
    /// <summary>A word that was taken for an argument and looks like an option; null = none. What stands behind "--" is meant as it is.</summary>
    public static string? UnknownOption(ParseResult result)
    {
        HashSet<Token> meant = new(result.Tokens.SkipWhile(t => t.Type != TokenType.DoubleDash), ReferenceEqualityComparer.Instance);
        return result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).FirstOrDefault(t => OptionName().IsMatch(t.Value) && !meant.Contains(t))?.Value;
    }

    public static int Show(ParseResult result, Terminal terminal, string? message = null)
    {
        string command = HelpScreen.PathOf(result.CommandResult.Command);
        // A word that is not understood explains a missing command or argument, not the other way round.
        message ??= result.Errors.FirstOrDefault(e => Unknown().IsMatch(e.Message))?.Message ?? result.Errors.FirstOrDefault()?.Message ?? "The command line is not understood.";
        if (Conversion().Match(message) is { Success: true } wrong)
            message = $"{wrong.Groups[2].Value} must be {Kind(wrong.Groups[3].Value)}, given '{wrong.Groups[1].Value}'.";
        terminal.Error.WriteLine($"heed: {Failure.OneLine(message).TrimEnd('.')}. Try '{command} --help'.");
        return ExitCode.Usage;
    }

    private static string Kind(string type) => type.Contains("UInt", StringComparison.Ordinal) ? "a whole number from 0" : type.Contains("Int", StringComparison.Ordinal) ? "a whole number" : "a number";

    [GeneratedRegex("^--[a-z][a-z-]*(=.*)?$")]
    private static partial Regex OptionName();

    [GeneratedRegex("^Unrecognized ")]
    private static partial Regex Unknown();

    [GeneratedRegex(@"^Cannot parse argument '(.*)' for option '([^']*)' as expected type '(?:System\.Nullable`1\[)?System\.(\w+)\]?'\.", RegexOptions.Singleline)]
    private static partial Regex Conversion();
}
