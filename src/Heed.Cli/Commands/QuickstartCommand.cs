using System.CommandLine;
namespace Heed.Cli.Commands;
internal static class QuickstartCommand { public static Command Create(Terminal terminal) => new HeedCommand("quickstart", "x"); }
