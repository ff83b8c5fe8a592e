using System.Text.Json;
using Heed.Generation;
using Heed.Tests.Formats;

namespace Heed.Tests.Generation;

/// <summary>Files and arguments become options as Hugging Face reads them.</summary>
public sealed class GenerationConfigTests
{
    private static GenerationOptions Load(string? generation, string config = """{ "model_type": "bart" }""")
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["config.json"], config);
        if (generation is not null) File.WriteAllText(folder["generation_config.json"], generation);
        return GenerationConfig.Load(folder.Path);
    }

    private static GenerationOptions Override(GenerationOptions options, string arguments) =>
        GenerationConfig.Override(options, JsonDocument.Parse(arguments).RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value)));

    [Fact]
    public void EveryKeyIsRead()
    {
        GenerationOptions o = Load("""
            { "max_new_tokens": 33, "min_length": 4, "min_new_tokens": 2, "early_stopping": "never", "do_sample": true, "num_beams": 6, "num_beam_groups": 3, "temperature": 0.7,
              "top_k": 9, "top_p": 0.8, "min_p": 0.05, "typical_p": 0.9, "epsilon_cutoff": 0.0003, "eta_cutoff": 0.002, "diversity_penalty": 0.5, "repetition_penalty": 1.3, "encoder_repetition_penalty": 1.1, "length_penalty": -1.5,
              "no_repeat_ngram_size": 3, "encoder_no_repeat_ngram_size": 2, "bad_words_ids": [[1], [2, 3]], "forced_bos_token_id": 8, "forced_eos_token_id": [1, 2],
              "suppress_tokens": [5], "begin_suppress_tokens": [6, 7], "sequence_bias": [[[4, 5], -2.5]], "num_return_sequences": 2, "pad_token_id": 1, "eos_token_id": [2, 9],
              "decoder_start_token_id": 3, "transformers_version": "4.53.0", "cache_implementation": "static" }
            """);
        Assert.Equal((0.7f, 9, 0.8f, 0.05f, 1.3f, 33), (o.Sampling.Temperature, o.Sampling.TopK, o.Sampling.TopP, o.Sampling.MinP, o.Sampling.RepetitionPenalty, o.Sampling.MaxTokens));
        Assert.Equal(new CutoffOptions { Typical = 0.9f, Epsilon = 0.0003f, Eta = 0.002f }, o.Sampling.Cutoffs);
        Assert.Equal(new BeamOptions { Count = 6, Groups = 3, DiversityPenalty = 0.5f, LengthPenalty = -1.5, EarlyStopping = EarlyStopping.Never, Returned = 2 }, o.Beams);
        TokenRules r = o.Sampling.Rules;
        Assert.Equal((4, 2, 3, 2, 1.1f, 8), (r.MinLength, r.MinNewTokens, r.NoRepeatNgram, r.NoSourceNgram, r.SourcePenalty, r.ForcedBegin));
        Assert.Equal([1, 2], r.ForcedEnd);
        Assert.Equal([5], r.Suppressed);
        Assert.Equal([6, 7], r.SuppressedAtBegin);
        Assert.Equal([[1], [2, 3]], r.Forbidden);
        Assert.Equal([4, 5], r.Biases.Single().Ids);
        Assert.Equal(-2.5f, r.Biases.Single().Bias);
        Assert.Equal([2, 9], o.EndTokens);
        Assert.Equal((1, 3, (int?)null), (o.PadToken, o.DecoderStartToken, o.MaxLength));
    }

    [Fact]
    public void DefaultsAreThoseOfTheOriginal()
    {
        GenerationOptions o = Load("{}");
        Assert.Equal((0f, 0, 1f, 20), (o.Sampling.Temperature, o.Sampling.TopK, o.Sampling.TopP, o.Sampling.MaxTokens));
        Assert.Equal(new BeamOptions(), o.Beams);
        Assert.Empty(o.Sampling.Rules.ForcedEnd);
        Assert.Equal((1f, 50), (Load("""{ "do_sample": true }""").Sampling.Temperature, Load("""{ "do_sample": true }""").Sampling.TopK));
        Assert.Equal(0, Load("""{ "temperature": 0.5 }""").Sampling.Temperature); // without do_sample nothing is sampled
    }

    [Fact]
    public void WithoutTheFileTheModelsConfigurationSpeaks()
    {
        GenerationOptions bart = Load(null, """{ "model_type": "bart", "num_beams": 4, "length_penalty": 2.0, "max_length": 142, "min_length": 56, "no_repeat_ngram_size": 3, "early_stopping": true, "eos_token_id": 2 }""");
        Assert.Equal(new BeamOptions { Count = 4, LengthPenalty = 2, EarlyStopping = EarlyStopping.WhenFull }, bart.Beams);
        Assert.Equal((142, 56, 3), (bart.MaxLength, bart.Sampling.Rules.MinLength, bart.Sampling.Rules.NoRepeatNgram));
        Assert.Equal([2], bart.Sampling.Rules.ForcedEnd); // the class's own default
        Assert.Empty(Load(null, """{ "model_type": "bart", "forced_eos_token_id": null }""").Sampling.Rules.ForcedEnd);
        Assert.Equal([0], Load(null, """{ "model_type": "marian" }""").Sampling.Rules.ForcedEnd);
        Assert.Empty(Load(null, """{ "model_type": "t5" }""").Sampling.Rules.ForcedEnd);
        Assert.Equal(7, Load(null, """{ "model_type": "bart", "bos_token_id": 7, "force_bos_token_to_be_generated": true }""").Sampling.Rules.ForcedBegin);
        Assert.Empty(Load("{}", """{ "model_type": "bart", "num_beams": 4 }""").Sampling.Rules.ForcedEnd); // where the file is, it alone speaks
    }

    [Fact]
    public void LengthsGoBeforeOneAnother()
    {
        Assert.Equal((null, 20), Length(Load("""{ "max_length": 20 }""")));
        Assert.Equal((16, 20), Length(Load("""{ "max_length": 16 }""")));
        Assert.Equal((null, 8), Length(Override(Load("""{ "max_length": 16 }"""), """{ "max_new_tokens": 8 }""")));
        Assert.Equal((7, 20), Length(Override(Load("{}"), """{ "max_length": 7 }""")));
        Assert.Equal((null, 9), Length(Load("""{ "max_length": 16, "max_new_tokens": 9 }""")));

        static (int?, int) Length(GenerationOptions o) => (o.MaxLength, o.Sampling.MaxTokens);
    }

    [Fact]
    public void ArgumentsOverrideOnlyWhatTheyName()
    {
        GenerationOptions o = Override(Load("""{ "num_beams": 3, "bad_words_ids": [[9]], "early_stopping": true, "do_sample": true, "top_k": 7 }"""), """{ "num_beams": 2, "min_length": 5, "do_sample": false }""");
        Assert.Equal((2, 5, EarlyStopping.WhenFull), (o.Beams.Count, o.Sampling.Rules.MinLength, o.Beams.EarlyStopping));
        Assert.Equal([[9]], o.Sampling.Rules.Forbidden);
        Assert.Equal(0, o.Sampling.Temperature);
    }

    [Theory]
    [InlineData("""{ "num_beams": 0 }""", "beams must be 1 or more")]
    [InlineData("""{ "num_beams": "four" }""", "num_beams must be a whole number, given \"four\"")]
    [InlineData("""{ "early_stopping": "sometimes" }""", "early_stopping")]
    [InlineData("""{ "bad_words_ids": [1] }""", "bad_words_ids must be lists of token ids")]
    [InlineData("""{ "bad_words_ids": [[]] }""", "at least one token")]
    [InlineData("""{ "sequence_bias": [[[1], "x"]] }""", "sequence_bias")]
    [InlineData("""{ "sequence_bias": { "1": 2 } }""", "sequence_bias")]
    [InlineData("""{ "do_sample": true, "typical_p": 0 }""", "typical must be more than 0, up to 1, given 0")]
    [InlineData("""{ "repetition_penalty": 0 }""", "repetition penalty")]
    [InlineData("""{ "num_beam_groups": 2, "num_beams": 3 }""", "divide")]
    [InlineData("""{ "num_return_sequences": 0 }""", "num_return_sequences")]
    [InlineData("[]", "expected an object")]
    [InlineData("{", "is not JSON")]
    public void AWrongFileIsNamed(string json, string what)
    {
        InvalidDataException e = Assert.ThrowsAny<InvalidDataException>(() => Load(json));
        Assert.Contains(what, e.Message);
        Assert.Contains("generation_config.json", e.Message);
    }

    [Fact]
    public void WhatIsNotKnownIsNamed()
    {
        Assert.Null(Unknown("""{ "num_beams": 2, "typical_p": 1.0, "renormalize_logits": false, "use_cache": true, "penalty_alpha": null }"""));
        Assert.Equal("penalty_alpha", Unknown("""{ "num_beams": 2, "penalty_alpha": 0.6 }"""));
        Assert.Equal("force_words_ids", Unknown("""{ "force_words_ids": [[1]] }"""));

        static string? Unknown(string json) => GenerationConfig.Unsupported(JsonDocument.Parse(json).RootElement.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, p.Value)));
    }
}
