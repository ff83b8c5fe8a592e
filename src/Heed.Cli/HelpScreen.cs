using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using System.Text;
using Spectre.Console;

namespace Heed.Cli;

/// <summary>Writes --help: usage, arguments, options, examples.</summary>
internal sealed class HelpScreen(Terminal terminal) : SynchronousCommandLineAction
{
    private const int LongestFirstColumn = 30;

    private static readonly (string, string)[] RootExamples =
    [
        ("heed quickstart", "train a small language model from nothing in about a minute"),
        ("heed train recipes/stories.json", "run a recipe: data, algorithm and compute in one JSON file"),
        ("heed generate runs/stories \"Once upon a time\"", "let the model write"),
        ("heed next runs/stories \"Once upon a\"", "see what it thinks comes next"),
    ];

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        Write(result.CommandResult.Command);
        return ExitCode.Ok;
    }

    /// <summary>The words that call a command: "heed tokenizer train".</summary>
    public static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{PathOf(parent)} {command.Name}" : "heed";

    private void Write(Command command)
    {
        string path = PathOf(command);
        Line($"[bold]{path}[/]  {Escape(command.Description ?? "")}");
        Line();
        Heading("Usage");
        StringBuilder usage = new(path);
        foreach (Argument argument in command.Arguments) usage.Append(' ').Append(Usage(argument));
        if (command.Subcommands.Count > 0) usage.Append(" COMMAND");
        usage.Append(" [options]");
        Line($"  {Escape(usage.ToString())}");
        if (command is HeedCommand { About.Length: > 0 } about)
        {
            Line();
            foreach (string paragraph in about.About.ReplaceLineEndings("\n").Split('\n')) Wrapped("  ", "  ", paragraph);
        }
        Columns("Commands", command.Subcommands.Where(c => !c.Hidden).Select(c => (c.Name, c.Description ?? "")));
        Columns("Arguments", command.Arguments.Where(a => !a.Hidden).Select(a => (a.Name, a.Description ?? "")));
        Columns("Options", Options(command));
        (string Line, string Purpose)[] examples = command switch
        {
            HeedCommand taught => taught.Examples,
            RootCommand => RootExamples,
            _ => [],
        };
        if (examples.Length > 0)
        {
            Line();
            Heading(examples.Length == 1 ? "Example" : "Examples");
            foreach ((string line, string purpose) in examples)
            {
                Line($"  [cyan]{Escape(line)}[/]");
                Wrapped("      ", "      ", purpose, "grey");
            }
        }
        if (command is RootCommand)
        {
            Line();
            Line("[grey]heed COMMAND --help tells more. Exit codes: 0 good, 1 failed, 2 wrong usage, 130 stopped with Ctrl-C.[/]");
        }
    }

    private static IEnumerable<(string, string)> Options(Command command)
    {
        foreach (Option option in command.Options.Where(o => !o.Hidden && o is not (System.CommandLine.Help.HelpOption or VersionOption)))
        {
            string value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
            yield return (option.Name + value, option.Description ?? "");
        }
        yield return ("--help", "Show this page");
        if (command is RootCommand) yield return ("--version", "Show the version");
    }

    private static string Usage(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    private void Columns(string heading, IEnumerable<(string First, string Second)> rows)
    {
        (string First, string Second)[] all = [.. rows];
        if (all.Length == 0) return;
        Line();
        Heading(heading);
        int width = Math.Min(LongestFirstColumn, all.Max(r => r.First.Length));
        foreach ((string first, string second) in all)
        {
            string start = $"  {first.PadRight(width)}  ";
            if (first.Length > width)
            {
                Line($"  [cyan]{Escape(first)}[/]");
                start = new string(' ', width + 4);
            }
            Wrapped(start, new string(' ', width + 4), second, first: first.Length > width ? 0 : width + 2);
        }
    }

    // Breaks a text at spaces; `first` characters of the first line stand in the colour of commands.
    private void Wrapped(string start, string indent, string text, string style = "default", int first = 0)
    {
        int width = Math.Max(30, Math.Min(100, terminal.Console.Profile.Width) - indent.Length - 1);
        string prefix = start;
        StringBuilder line = new();
        foreach (string word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width) Break();
            if (line.Length > 0) line.Append(' ');
            line.Append(word);
        }
        Break();

        void Break()
        {
            int coloured = Math.Min(first, prefix.Length);
            Line($"[cyan]{Escape(prefix[..coloured])}[/]{prefix[coloured..]}[{style}]{Escape(line.ToString())}[/]");
            line.Clear();
            (prefix, first) = (indent, 0);
        }
    }

    private void Heading(string text) => Line($"[bold]{text}[/]");

    private void Line(string markup = "") => terminal.Line(markup);

    private static string Escape(string text) => Markup.Escape(text);
}

/// <summary>Writes --version.</summary>
internal sealed class VersionLine(Terminal terminal) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult result)
    {
        string version = typeof(VersionLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        terminal.Line($"heed {version.Split('+')[0]}");
        return ExitCode.Ok;
    }
}
