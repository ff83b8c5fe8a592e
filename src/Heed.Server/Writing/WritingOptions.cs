using System.Globalization;
using System.Text.Json;
using Heed.Generation;

namespace Heed.Server;

/// <summary>Reads how a request wants its texts written.</summary>
internal static class WritingOptions
{
    private const int MostStops = 16, MostLogProbs = 20;

    /// <summary>The options of a request, else the model's.</summary>
    /// <param name="fields">The request.</param>
    /// <param name="writer">The model.</param>
    /// <param name="limits">The server's limits.</param>
    /// <param name="maxTokens">Most tokens, and the parameter that says so.</param>
    /// <param name="usual">Most tokens where nobody says so.</param>
    /// <param name="form">The form that the texts must have; null = any.</param>
    /// <param name="logProbs">Alternatives to report with each token, and the parameter that says so; null = no probabilities.</param>
    /// <exception cref="ApiException">A value is out of range.</exception>
    public static GenerationOptions Read(WritingFields fields, ModelWriter writer, ServerOptions limits, (int? Value, string Name) maxTokens, int usual, TextForm? form, (int? Value, string Name) logProbs)
    {
        SamplingOptions own = writer.Defaults.Sampling;
        Demand("temperature", fields.Temperature, v => v is >= 0 and <= 100, "0 to 100");
        Demand("top_p", fields.TopP, v => v is > 0 and <= 1, "more than 0, up to 1");
        Demand("top_k", fields.TopK, v => v >= 0, "0 (all) or more");
        Demand("min_p", fields.MinP, v => v is >= 0 and <= 1, "0 to 1");
        Demand("presence_penalty", fields.PresencePenalty, v => v is >= -2 and <= 2, "-2 to 2");
        Demand("frequency_penalty", fields.FrequencyPenalty, v => v is >= -2 and <= 2, "-2 to 2");
        Demand("repetition_penalty", fields.RepetitionPenalty, v => v is > 0 and <= 100, "more than 0, up to 100");
        Demand(maxTokens.Name, maxTokens.Value, v => v >= 0 && v <= limits.MaxTokens, $"0 to {limits.MaxTokens}");
        Demand(logProbs.Name, logProbs.Value, v => v is >= 0 and <= MostLogProbs, $"0 to {MostLogProbs}");
        if (logProbs.Value is not null && !writer.TellsProbabilities) throw ApiException.Unsupported(logProbs.Name, writer.Source.Name, "rewrites texts and tells no probabilities");
        SamplingOptions sampling = own with
        {
            Temperature = fields.Temperature ?? own.Temperature,
            TopP = fields.TopP ?? own.TopP,
            TopK = fields.TopK ?? own.TopK,
            MinP = fields.MinP ?? own.MinP,
            PresencePenalty = fields.PresencePenalty ?? own.PresencePenalty,
            FrequencyPenalty = fields.FrequencyPenalty ?? own.FrequencyPenalty,
            RepetitionPenalty = fields.RepetitionPenalty ?? own.RepetitionPenalty,
            Rules = own.Rules with { Biases = [.. own.Rules.Biases, .. Biases(fields.LogitBias, writer.Vocabulary)] },
            Seed = fields.Seed is { } seed ? unchecked((ulong)seed) : null,
            Stop = Stops(fields.Stop),
            MaxTokens = maxTokens.Value ?? Math.Min(writer.MaxTokens(usual), limits.MaxTokens),
            LogProbs = logProbs.Value ?? 0,
            Constraint = form is null ? null : ApiException.Asking(form.Parameter, () => writer.Constrain(form)),
        };
        return writer.Defaults with { Sampling = sampling, MaxLength = maxTokens.Value is null ? writer.Defaults.MaxLength : null };
    }

    /// <summary>How many texts are asked for.</summary>
    public static int Count(string name, int? value, int prompts, ServerOptions limits)
    {
        int most = Math.Max(1, limits.MaxChoices / Math.Max(1, prompts));
        Demand(name, value, v => v >= 1 && v <= most, $"1 to {most}");
        return value ?? 1;
    }

    /// <summary>Throws where a value is out of range.</summary>
    public static void Demand<T>(string name, T? value, Func<T, bool> good, string expected) where T : struct, IFormattable
    {
        if (value is { } given && !good(given)) throw ApiException.Invalid(name, $"{name} must be {expected}, given {given.ToString(null, CultureInfo.InvariantCulture)}");
    }

    private static IEnumerable<SequenceBias> Biases(Dictionary<string, float>? biases, int vocabulary)
    {
        foreach ((string token, float bias) in biases ?? [])
        {
            if (!int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= vocabulary) throw ApiException.Invalid("logit_bias", $"logit_bias must have token ids from 0 to {vocabulary - 1} as names, given '{token}'");
            if (!(bias is >= -100 and <= 100)) throw ApiException.Invalid("logit_bias", $"logit_bias must be -100 to 100, given {bias.ToString(CultureInfo.InvariantCulture)} for token {token}");
            yield return new SequenceBias([id], bias);
        }
    }

    private static string[] Stops(JsonElement? stop)
    {
        string[] stops = JsonParts.Texts(stop, "stop");
        if (stops.Any(s => s.Length == 0)) throw ApiException.Invalid("stop", "a stop text must not be empty");
        return stops.Length <= MostStops ? stops : throw ApiException.Invalid("stop", $"at most {MostStops} stop texts are taken, given {stops.Length}");
    }

    /// <summary>The form that a request demands of its texts; null = any.</summary>
    /// <param name="format">The demand.</param>
    /// <param name="parameter">The parameter that holds it.</param>
    /// <exception cref="ApiException">The demand is not understood.</exception>
    public static TextForm? Form(ResponseFormat? format, string parameter = "response_format")
    {
        switch (format?.Type)
        {
            case null when format is null:
            case "text":
                return null;
            case "json_object":
                return new TextForm("object", () => Grammar.JsonObject(), parameter);
            case "json_schema":
                return format!.JsonSchema?.Schema is { ValueKind: JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False } schema ? new TextForm($"schema {schema.GetRawText()}", () => Grammar.JsonSchema(schema), parameter)
                    : throw ApiException.Invalid(SchemaOf(parameter), $"{SchemaOf(parameter)} must be a JSON Schema");
            default:
                throw ApiException.Invalid($"{parameter}.type", $"{parameter}.type must be text, json_object or json_schema, given {format!.Type ?? "none"}");
        }
    }

    private static string SchemaOf(string parameter) => parameter == "response_format" ? "response_format.json_schema.schema" : $"{parameter}.schema";
}
