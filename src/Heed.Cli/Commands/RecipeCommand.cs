using System.CommandLine;
using Heed.Training;
using Spectre.Console;

namespace Heed.Cli.Commands;

/// <summary>heed recipe: what a recipe may say.</summary>
internal static class RecipeCommand
{
    public static Command Create(Terminal terminal)
    {
        HeedCommand schema = new("schema", "Write the JSON Schema of recipes")
        {
            About = "An editor that knows the schema completes and checks a recipe that names it in a \"$schema\" key.",
            Examples = [("heed recipe schema > recipe.schema.json", "then write \"$schema\": \"recipe.schema.json\" into a recipe")],
        };
        schema.SetAction(_ =>
        {
            terminal.Out.Write(RecipeSchema.Write());
            return ExitCode.Ok;
        });
        HeedCommand keys = new("keys", "List every key of a recipe: default, accepted values, meaning")
        {
            About = "A table on a terminal, Markdown when redirected.",
            Examples = [("heed recipe keys", "the whole list"), ("heed recipe keys | grep schedule", "some of it")],
        };
        keys.SetAction(_ =>
        {
            if (terminal.Live) terminal.Console.Write(Table());
            else terminal.Out.Write(RecipeSchema.WriteMarkdown());
            return ExitCode.Ok;
        });
        HeedCommand command = new("recipe", "Describe recipes")
        {
            Examples = [("heed recipe keys", "every key with its default, its accepted values and its meaning"), ("heed recipe schema", "the same for editors: JSON Schema")],
        };
        command.Add(schema);
        command.Add(keys);
        return command;
    }

    private static Table Table()
    {
        Table table = new() { Border = TableBorder.Simple, BorderStyle = new Style(Color.Grey) };
        table.AddColumn("key").AddColumn("default").AddColumn("accepted and meaning");
        foreach (string row in RecipeSchema.WriteMarkdown().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2))
        {
            string[] cells = [.. row.Trim('|', ' ').Split(" | ").Select(c => c.Trim('`'))];
            table.AddRow(new Markup($"[bold]{Markup.Escape(cells[0])}[/]"), new Text(cells[1]), new Markup($"{Markup.Escape(cells[3])} [grey]({Markup.Escape(cells[2])})[/]"));
        }
        return table;
    }
}
