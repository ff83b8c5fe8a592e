using System.Buffers;
using System.Text.Json;
using Heed.Models;

namespace Heed.Generation;

/// <summary>Reads <c>generation_config.json</c>, or where there is none the same keys of <c>config.json</c>, with the meaning and defaults of Hugging Face.</summary>
public static class GenerationConfig
{
    private const int DefaultLength = 20;

    // What is right to pass over where it has this value.
    private static readonly Dictionary<string, string[]> Neutral = new()
    {
        ["penalty_alpha"] = ["0"],
        ["guidance_scale"] = ["1", "1.0"],
        ["renormalize_logits"] = ["false"],
        ["token_healing"] = ["false"],
        ["remove_invalid_values"] = ["false"],
    };

    private static readonly string[] Known =
    [
        "max_length", "max_new_tokens", "min_length", "min_new_tokens", "early_stopping", "do_sample", "num_beams", "num_beam_groups", "temperature", "top_k", "top_p", "min_p", "typical_p", "epsilon_cutoff", "eta_cutoff",
        "diversity_penalty", "repetition_penalty", "encoder_repetition_penalty", "length_penalty", "no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids",
        "forced_bos_token_id", "forced_eos_token_id", "suppress_tokens", "begin_suppress_tokens", "sequence_bias", "num_return_sequences", "pad_token_id", "bos_token_id",
        "eos_token_id", "decoder_start_token_id", "use_cache", "output_scores", "return_dict_in_generate", "transformers_version", "_from_model_config",
    ];

    /// <summary>The options of a model folder.</summary>
    /// <exception cref="InvalidDataException">A file is damaged or says something impossible.</exception>
    /// <exception cref="FileNotFoundException">The folder has neither file.</exception>
    public static GenerationOptions Load(string folder)
    {
        string own = Path.Combine(folder, "generation_config.json"), model = Path.Combine(folder, "config.json");
        GenerationOptions start = new() { Sampling = new() { Temperature = 0, MaxTokens = DefaultLength } };
        if (GgufModel.IsFile(folder))
        {
            using JsonDocument document = JsonDocument.Parse(GgufModel.ConfigJson(folder));
            ConfigReader c = new(folder, document.RootElement);
            return Apply(WithClassDefaults(start, c), c);
        }
        return File.Exists(own)
            ? ConfigFile.Read(own, c => Apply(start, c))
            : ConfigFile.Read(model, c => Apply(WithClassDefaults(start, c), c));
    }

    /// <summary>Options with some keys set anew, as the arguments of a call override a file.</summary>
    /// <exception cref="InvalidDataException">A value is of the wrong kind or out of range.</exception>
    public static GenerationOptions Override(GenerationOptions options, IEnumerable<KeyValuePair<string, JsonElement>> arguments)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter w = new(buffer))
        {
            w.WriteStartObject();
            foreach ((string key, JsonElement value) in arguments)
            {
                w.WritePropertyName(key);
                value.WriteTo(w);
            }
            w.WriteEndObject();
        }
        using JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory);
        return Apply(options, new ConfigReader("generation arguments", document.RootElement));
    }

    /// <summary>The first key whose meaning is not known, or null.</summary>
    public static string? Unsupported(IEnumerable<KeyValuePair<string, JsonElement>> arguments) =>
        arguments.FirstOrDefault(a => a.Value.ValueKind != JsonValueKind.Null && !Known.Contains(a.Key) && !(Neutral.TryGetValue(a.Key, out string[]? values) && values.Contains(a.Value.GetRawText()))).Key;

    /// <summary>The options with the keys of a section of a file set anew; absent keys stay.</summary>
    internal static GenerationOptions Apply(GenerationOptions options, ConfigReader c)
    {
        SamplingOptions s = options.Sampling;
        TokenRules r = s.Rules;
        BeamOptions b = options.Beams;
        bool sample = c.Bool("do_sample", s.Temperature > 0);
        int? newTokens = c.OptionalInt("max_new_tokens"), length = c.OptionalInt("max_length");
        // The default of 20 counts new tokens, any other number the prompt too; a number of new tokens goes before both.
        if (newTokens is null && length == DefaultLength) (newTokens, length) = (DefaultLength, null);
        GenerationOptions result = options with
        {
            Sampling = s with
            {
                // Where nothing is sampled the numbers for it have no meaning, as in the original.
                Temperature = sample ? Single("temperature", s.Temperature > 0 ? s.Temperature : 1) : 0,
                TopK = sample ? c.Int("top_k", s.Temperature > 0 ? s.TopK : 50) : 0,
                TopP = sample ? Single("top_p", s.TopP) : 1,
                MinP = sample ? Single("min_p", s.MinP) : 0,
                Cutoffs = sample
                    ? s.Cutoffs with { Typical = Single("typical_p", s.Cutoffs.Typical), Epsilon = Single("epsilon_cutoff", s.Cutoffs.Epsilon), Eta = Single("eta_cutoff", s.Cutoffs.Eta) }
                    : new(),
                RepetitionPenalty = Single("repetition_penalty", s.RepetitionPenalty),
                MaxTokens = newTokens ?? s.MaxTokens,
                Rules = new TokenRules
                {
                    MinNewTokens = c.Int("min_new_tokens", r.MinNewTokens),
                    MinLength = c.Int("min_length", r.MinLength),
                    NoRepeatNgram = c.Int("no_repeat_ngram_size", r.NoRepeatNgram),
                    NoSourceNgram = c.Int("encoder_no_repeat_ngram_size", r.NoSourceNgram),
                    SourcePenalty = Single("encoder_repetition_penalty", r.SourcePenalty),
                    ForcedBegin = c.OptionalInt("forced_bos_token_id") ?? r.ForcedBegin,
                    ForcedEnd = c.Has("forced_eos_token_id") ? c.Ints("forced_eos_token_id") : r.ForcedEnd,
                    Suppressed = c.Has("suppress_tokens") ? c.Ints("suppress_tokens") : r.Suppressed,
                    SuppressedAtBegin = c.Has("begin_suppress_tokens") ? c.Ints("begin_suppress_tokens") : r.SuppressedAtBegin,
                    Forbidden = c.Element("bad_words_ids") is { } words ? Sequences(words) : r.Forbidden,
                    Biases = c.Element("sequence_bias") is { } biases ? Biases(biases) : r.Biases,
                },
            },
            Beams = b with
            {
                Count = c.Int("num_beams", b.Count),
                Groups = c.Int("num_beam_groups", b.Groups),
                DiversityPenalty = Single("diversity_penalty", b.DiversityPenalty),
                LengthPenalty = c.Number("length_penalty", b.LengthPenalty),
                EarlyStopping = c.Element("early_stopping") is { } early ? Early(early) : b.EarlyStopping,
                Returned = c.Int("num_return_sequences", b.Returned),
            },
            MaxLength = newTokens is null ? length ?? options.MaxLength : null,
            EndTokens = c.Has("eos_token_id") ? c.Ints("eos_token_id") : options.EndTokens,
            PadToken = c.OptionalInt("pad_token_id") ?? options.PadToken,
            DecoderStartToken = c.OptionalInt("decoder_start_token_id") ?? options.DecoderStartToken,
        };
        try
        {
            result.Sampling.Validate();
            (result.Beams with { Returned = 1 }).Validate(); // several sequences may be drawn without beams
            if (result.Beams.Returned < 1) throw new ArgumentException($"num_return_sequences must be 1 or more, given {result.Beams.Returned}");
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{c.File}: {e.Message}", e);
        }
        return result;

        float Single(string key, float otherwise) => (float)c.Number(key, otherwise);

        IReadOnlyList<int>[] Sequences(JsonElement lists) => lists.ValueKind == JsonValueKind.Array ? [.. lists.EnumerateArray().Select(l => Ids("bad_words_ids", l))] : throw c.Wrong("bad_words_ids", "lists of token ids", lists);

        SequenceBias[] Biases(JsonElement pairs) => pairs.ValueKind == JsonValueKind.Array
            ? [.. pairs.EnumerateArray().Select(p => p.ValueKind == JsonValueKind.Array && p.GetArrayLength() == 2 && p[1].ValueKind == JsonValueKind.Number
                ? new SequenceBias(Ids("sequence_bias", p[0]), p[1].GetSingle())
                : throw c.Wrong("sequence_bias", "pairs of token ids and a number", p))]
            : throw c.Wrong("sequence_bias", "a list of pairs of token ids and a number", pairs);

        int[] Ids(string key, JsonElement list) => list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(i => i.ValueKind == JsonValueKind.Number && i.TryGetInt32(out _))
            ? [.. list.EnumerateArray().Select(i => i.GetInt32())]
            : throw c.Wrong(key, "lists of token ids", list);

        EarlyStopping Early(JsonElement value) => value.ValueKind switch
        {
            JsonValueKind.True => EarlyStopping.WhenFull,
            JsonValueKind.False => EarlyStopping.Heuristic,
            JsonValueKind.String when value.GetString() == "never" => EarlyStopping.Never,
            _ => throw c.Wrong("early_stopping", "true, false or \"never\"", value),
        };
    }

    // What the classes of these models set where config.json does not name it.
    private static GenerationOptions WithClassDefaults(GenerationOptions options, ConfigReader c)
    {
        int? forcedEnd = c.Text("model_type", "") switch { "bart" => 2, "marian" => 0, _ => null };
        TokenRules rules = options.Sampling.Rules;
        if (forcedEnd is { } end && !c.Names("forced_eos_token_id")) rules = rules with { ForcedEnd = [end] };
        if (c.Bool("force_bos_token_to_be_generated", false)) rules = rules with { ForcedBegin = c.Int("bos_token_id", 0) };
        return options with { Sampling = options.Sampling with { Rules = rules } };
    }
}
