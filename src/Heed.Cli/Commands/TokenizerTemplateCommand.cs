using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Heed.Data;
using Heed.Tokenization;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer template: a conversation as the text that a model reads.</summary>
internal static class TokenizerTemplateCommand
{
    public static HeedCommand Create(Terminal terminal)
    {
        Argument<string> file = new("FILE") { Description = "A template (.jinja), or the folder of a model that has one" };
        Option<string?> variables = new("--vars") { HelpName = "FILE", Description = "JSON object of what the template knows: messages, tools, add_generation_prompt, ... Without it: standard input" };
        Option<string?> name = new("--name") { HelpName = "NAME", Description = "Which template, where a model has several, such as tool_use" };
        Option<string?> now = new("--now") { HelpName = "TIME", Description = "What the template takes for the present, such as 2025-07-10T12:00. Default: the clock" };
        Option<bool> json = CommonOptions.Json("One JSON object: text, and generation_spans as [start, end] in UTF-16 units");
        HeedCommand command = new("template", "Write a conversation as a model's chat template has it")
        {
            About = "Renders as transformers does. tools and documents are none unless given; of a folder, the special tokens (bos_token, eos_token, ...) are known too. Redirected, exactly the text is written; on a terminal a line end follows.",
            Examples =
            [
                ("heed tokenizer template chat_template.jinja --vars conversation.json", "the text that the model reads"),
                ("echo '{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}' | heed tokenizer template models/Qwen3-0.6B", "a model's own template"),
            ],
        };
        command.Add(file);
        foreach (Option option in (Option[])[variables, name, now, json]) command.Add(option);
        now.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !TryRead(result.Tokens[0].Value, out _)) result.AddError($"--now must be a time such as 2025-07-10T12:00, given {result.Tokens[0].Value}.");
        });
        command.SetAction(parse =>
        {
            string path = parse.GetRequiredValue(file);
            ChatTemplate template = ChatTemplate.Load(path, parse.GetValue(name));
            KeyValuePair<string, TemplateValue>[] given = Read(parse.GetValue(variables));
            ChatTemplateOptions options = new() { Now = parse.GetValue(now) is { } text && TryRead(text, out DateTime time) ? time : null };
            RenderedChat chat;
            try
            {
                chat = template.RenderWithSpans(given, options);
            }
            catch (ChatTemplateException e)
            {
                throw new InvalidDataException($"{path}: {e.Message}", e);
            }
            if (parse.GetValue(json))
                JsonLine.Write(terminal.Out, w =>
                {
                    w.WriteString("text", chat.Text);
                    w.WriteStartArray("generation_spans");
                    foreach (GenerationSpan span in chat.GenerationSpans)
                    {
                        w.WriteStartArray();
                        w.WriteNumberValue(span.Start);
                        w.WriteNumberValue(span.End);
                        w.WriteEndArray();
                    }
                    w.WriteEndArray();
                });
            else terminal.Text(Console.IsOutputRedirected ? chat.Text : chat.Text + "\n");
            return ExitCode.Ok;
        });
        return command;
    }

    private static bool TryRead(string text, out DateTime time) => DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out time);

    private static KeyValuePair<string, TemplateValue>[] Read(string? path)
    {
        string text = path is null ? Terminal.ReadInput() : TextFile.Read(path), place = path ?? "standard input";
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 200 });
            if (document.RootElement.ValueKind != JsonValueKind.Object) throw new FormatException($"the variables must be a JSON object, but are {document.RootElement.ValueKind}");
            return [.. document.RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, TemplateValue.From(p.Value)))];
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw new InvalidDataException($"{place}: {e.Message}", e);
        }
    }
}
