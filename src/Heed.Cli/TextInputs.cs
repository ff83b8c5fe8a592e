using System.CommandLine;
using System.Text;
using Heed.Data;

namespace Heed.Cli;

/// <summary>Where a command takes its texts from: arguments, the lines of a file, or the lines of standard input.</summary>
internal sealed class TextInputs
{
    /// <summary>Texts that are worked on together: enough to fill batches, few enough to see answers soon.</summary>
    private const int AtATime = 256;

    private readonly Argument<string[]> texts;
    private readonly Option<string?> file = new("--file") { HelpName = "FILE", Description = "Take the lines of a file instead; - is standard input" };

    public TextInputs(Command command, string name, string description)
    {
        texts = new(name) { Arity = ArgumentArity.ZeroOrMore, Description = description };
        command.Add(texts);
        command.Add(file);
        command.Validators.Add(result =>
        {
            if (result.GetValue(file) is not null && result.GetValue(texts) is { Length: > 0 }) result.AddError($"{name} and --file exclude each other.");
        });
    }

    /// <summary>The file whose lines are the texts, if one is named.</summary>
    public string? FileOf(ParseResult parse) => parse.GetValue(file);

    /// <summary>Whether there is one text alone, given as an argument.</summary>
    public bool IsSingle(ParseResult parse) => parse.GetValue(texts) is [not "-"];

    /// <summary>The texts in groups, in their order; lines that are blank are left out.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public IEnumerable<string[]> Read(ParseResult parse)
    {
        bool any = false;
        foreach (string[] group in All(parse).Where(t => !string.IsNullOrWhiteSpace(t)).Select(Show.Clean).Chunk(AtATime))
        {
            any = true;
            yield return group;
        }
        if (!any) throw new ArgumentException("there is no text: give one, or --file FILE, or lines on standard input");
    }

    /// <summary>The lines of a file, or of standard input for "-" or where no file is named.</summary>
    /// <exception cref="InvalidDataException">It is not UTF-8 text.</exception>
    public static IReadOnlyList<string> Lines(string? path) => [.. Split(path is null or "-" ? Terminal.ReadInput() : TextFile.Read(path)).Select(Show.Clean)];

    private IEnumerable<string> All(ParseResult parse)
    {
        if (parse.GetValue(texts) is { Length: > 0 } given and not ["-"]) return given;
        if (parse.GetValue(file) is { } path and not "-") return Split(TextFile.Read(path));
        return Console.IsInputRedirected || parse.GetValue(file) is not null || parse.GetValue(texts) is ["-"] ? InputLines() : [];
    }

    private static IEnumerable<string> InputLines()
    {
        using StreamReader reader = new(Console.OpenStandardInput(), new UTF8Encoding(false, throwOnInvalidBytes: true));
        while (Next(reader) is { } line) yield return line;
    }

    private static string? Next(StreamReader reader)
    {
        try
        {
            return reader.ReadLine();
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("standard input is not UTF-8 text", e);
        }
    }

    private static IEnumerable<string> Split(string text)
    {
        using StringReader reader = new(text);
        while (reader.ReadLine() is { } line) yield return line;
    }
}
