using System.CommandLine;
using System.Globalization;
using Heed.Models;

namespace Heed.Cli;

/// <summary>The option with which adapters take part in a model's passes.</summary>
internal sealed class AdapterArguments
{
    private readonly Option<string[]> adapter = new("--adapter") { HelpName = "FOLDER[=WEIGHT]", Description = "A LoRA adapter of the model (adapter_config.json, adapter_model.safetensors, as PEFT and heed train write them), and how much of it counts. May be given again" };

    /// <summary>Adds the option to a command.</summary>
    public AdapterArguments(Command command)
    {
        command.Add(adapter);
        command.Validators.Add(result =>
        {
            foreach (string text in result.GetValue(adapter) ?? [])
                if (Parse(text) is null) result.AddError($"--adapter must be FOLDER or FOLDER=WEIGHT with a number, given '{text}'.");
        });
    }

    /// <summary>The adapters that are given.</summary>
    public IReadOnlyList<AdapterUse> Read(ParseResult parse) => [.. (parse.GetValue(adapter) ?? []).Select(text => Parse(text)!.Value)];

    /// <summary>FOLDER or FOLDER=WEIGHT; null = neither.</summary>
    public static AdapterUse? Parse(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals < 0 || Directory.Exists(text)) return text.Length > 0 ? new AdapterUse(text) : null;
        return equals > 0 && float.TryParse(text.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float weight) && float.IsFinite(weight) ? new AdapterUse(text[..equals], weight) : null;
    }
}
