using System.CommandLine;

namespace Heed.Cli;

/// <summary>A command that teaches: its help has more words and examples than an option list.</summary>
internal sealed class HeedCommand(string name, string description) : Command(name, description)
{
    /// <summary>More about the command, shown under its usage.</summary>
    public string About { get; init; } = "";

    /// <summary>Command lines and what each is for.</summary>
    public (string Line, string Purpose)[] Examples { get; init; } = [];
}
