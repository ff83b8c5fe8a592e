using System.Text;
using System.Text.Json;
using Heed.Formats;
using Heed.Kernels;

namespace Heed.Models;

/// <summary>
/// Folders of recurrent language models: <c>config.json</c> with a <c>model_type</c> of Heed's own beside <c>model.safetensors</c>, whose tensors have the
/// names and the layout of PyTorch's modules.
/// </summary>
public static class RecurrentFolder
{
    private static readonly string[] Types = ["heed_gru", "heed_lstm", "heed_rnn"];

    /// <summary>Whether the folder's configuration is that of a recurrent model.</summary>
    /// <exception cref="InvalidDataException">The configuration is damaged.</exception>
    public static bool IsRecurrentModel(string folder) => File.Exists(Path.Combine(folder, "config.json")) && Types.Contains(ConfigFile.ModelType(ConfigFile.In(folder)));

    /// <summary>Reads the configuration of a folder.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The folder or its config.json is missing.</exception>
    public static RecurrentModelConfig LoadConfig(string folder) => ConfigFile.Read(ConfigFile.In(folder), c =>
    {
        string type = c.Text("model_type");
        RecurrentModelConfig config = new()
        {
            Kind = type switch
            {
                "heed_lstm" => RecurrentKind.Lstm,
                "heed_gru" => RecurrentKind.Gru,
                "heed_rnn" => c.Text("nonlinearity", "tanh") switch
                {
                    "tanh" => RecurrentKind.RnnTanh,
                    "relu" => RecurrentKind.RnnRelu,
                    string other => throw c.Unsupported("nonlinearity", $"\"{other}\" is not known; known are tanh and relu"),
                },
                _ => throw c.Unsupported("model_type", $"\"{type}\" is no recurrent model; known are {string.Join(", ", Types)}"),
            },
            Vocabulary = c.Int("vocab_size"),
            EmbeddingWidth = c.Int("embedding_size"),
            Width = c.Int("hidden_size"),
            Layers = c.Int("num_hidden_layers", 1),
            TieEmbeddings = c.Bool("tie_word_embeddings", false),
            Context = c.Int("max_position_embeddings"),
            BeginToken = c.OptionalInt("bos_token_id"),
            EndTokens = c.Ints("eos_token_id"),
            InitialDeviation = (float)c.Number("initializer_range", 0.02),
        };
        config.Validate();
        return config;
    });

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or weights are missing, unused or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static RecurrentModel Load(string folder)
    {
        RecurrentModelConfig config = LoadConfig(folder);
        using WeightSource source = WeightSource.Open(folder);
        double gates = new RecurrentShape(config.Kind, 0, 0, 0).Gates, expected = (double)config.Vocabulary * config.EmbeddingWidth + config.Layers * gates * config.Width * config.Width;
        ModelFolder.CheckSize(source, expected);
        RecurrentModel model = new(config, seed: null);
        Layout(model).Load(source);
        return model;
    }

    /// <summary>Saves configuration and weights; files are written beside and renamed, so that none is ever half there.</summary>
    public static void Save(RecurrentModel model, string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Layout(model).Save());
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ConfigJson(model.Config));
    }

    /// <summary>How the weights of a model stand in its file: under their own names. A tied projection may stand there once more.</summary>
    public static WeightLayout Layout(RecurrentModel model)
    {
        string type = model.Config.ModelType;
        return new WeightLayout(new FileFamily(type, model.Config.TieEmbeddings ? ["decoder.weight"] : []), model.Weights.Select(w => new WeightName(w.Key, w.Key)), model.Weights);
    }

    /// <summary>The configuration file.</summary>
    public static string ConfigJson(RecurrentModelConfig config) => Encoding.UTF8.GetString(ConfigFile.Write(new FileFamily(config.ModelType, []), HeadKind.Vocabulary, config.InitialDeviation, w =>
    {
        w.WriteNumber("vocab_size", config.Vocabulary);
        w.WriteNumber("embedding_size", config.EmbeddingWidth);
        w.WriteNumber("hidden_size", config.Width);
        w.WriteNumber("num_hidden_layers", config.Layers);
        if (config.ModelType == "heed_rnn") w.WriteString("nonlinearity", config.Kind == RecurrentKind.RnnRelu ? "relu" : "tanh");
        w.WriteBoolean("tie_word_embeddings", config.TieEmbeddings);
        w.WriteNumber("max_position_embeddings", config.Context);
        if (config.BeginToken is { } begin) w.WriteNumber("bos_token_id", begin);
        else w.WriteNull("bos_token_id");
        w.WriteStartArray("eos_token_id");
        foreach (int end in config.EndTokens) w.WriteNumberValue(end);
        w.WriteEndArray();
        w.WriteString("torch_dtype", "float32");
    }));

    private sealed record FileFamily(string ModelType, IReadOnlyList<string> Ignored) : Family(ModelType, [(HeadKind.Vocabulary, "RNNModel")], "", Ignored);
}
