using System.Text;
using System.Text.Json;
using Heed.Formats;

namespace Heed.Models;

/// <summary>Folders of models of tables: <c>config.json</c>, which names the columns and the figures by which they are standardised, beside <c>model.safetensors</c>.</summary>
public static class TabularFolder
{
    private static readonly Family File = new FileFamily();

    /// <summary>Whether the folder's configuration is that of a model of tables.</summary>
    /// <exception cref="InvalidDataException">The configuration is damaged.</exception>
    public static bool IsTabularModel(string folder) => System.IO.File.Exists(Path.Combine(folder, "config.json")) && ConfigFile.ModelType(ConfigFile.In(folder)) == TabularConfig.ModelType;

    /// <summary>Reads the configuration of a folder.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The folder or its config.json is missing.</exception>
    public static TabularConfig LoadConfig(string folder) => ConfigFile.Read(ConfigFile.In(folder), c =>
    {
        if (c.Text("model_type") is not TabularConfig.ModelType and string other) throw c.Unsupported("model_type", $"\"{other}\" is no model of tables, whose type is {TabularConfig.ModelType}");
        IReadOnlyList<string> names = c.Texts("numbers");
        IReadOnlyList<double> means = c.Numbers("means"), deviations = c.Numbers("deviations");
        if (means.Count != names.Count || deviations.Count != names.Count) throw c.Unsupported("means", $"{names.Count} columns of numbers need as many means and deviations, given {means.Count} and {deviations.Count}");
        ConfigReader? categories = c.Section("categories");
        ConfigReader target = c.Section("target") ?? throw c.Unsupported("target", "it is missing; expected a section with name, mean, deviation, log and labels");
        TabularConfig config = new()
        {
            Numbers = [.. names.Select((name, i) => new NumberColumn(name, means[i], deviations[i]))],
            Categories = categories is null ? [] : [.. c.Texts("category_names").Select(name => new CategoryColumn(name, categories.Texts(name)))],
            Target = new TabularTarget(target.Text("name"), target.Number("mean", 0), target.Number("deviation", 1), target.Bool("log", false), target.Texts("labels")),
            Width = c.Int("hidden_size"),
            Depth = c.Int("num_hidden_layers"),
            FeedForward = c.Int("intermediate_size"),
            Frequencies = c.Int("frequencies", 0),
            FrequencyScale = c.Number("frequency_scale", 1),
            Embedding = c.Int("embedding_size", 16),
            Joint = c.Texts("joint"),
            JointFrequencies = c.Int("joint_frequencies", 64),
            JointScale = c.Number("joint_scale", 1),
            Members = c.Int("members", 1),
        };
        config.Validate();
        return config;
    });

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or weights are missing, unused or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static TabularModel Load(string folder)
    {
        TabularConfig config = LoadConfig(folder);
        using WeightSource source = WeightSource.Open(folder);
        double expected = config.Members * (2.0 * config.Depth * config.Width * config.FeedForward + (double)config.Width * (config.Numbers.Count * (1 + (config.Frequencies > 0 ? config.Embedding : 0)) + (config.Joint.Count > 0 ? 2 * config.JointFrequencies : 0)));
        ModelFolder.CheckSize(source, expected);
        TabularModel model = new(config, seed: null);
        Layout(model).Load(source);
        return model;
    }

    /// <summary>Saves configuration and weights; files are written beside and renamed, so that none is ever half there.</summary>
    public static void Save(TabularModel model, string folder)
    {
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Layout(model).Save());
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), ConfigJson(model.Config));
    }

    /// <summary>How the weights of a model stand in its file: under their own names.</summary>
    public static WeightLayout Layout(TabularModel model) => new(File, model.Weights.Select(w => new WeightName(w.Key, w.Key)), model.Weights);

    /// <summary>The configuration file.</summary>
    public static string ConfigJson(TabularConfig config) => Encoding.UTF8.GetString(ConfigFile.Write(File, HeadKind.None, 1, w =>
    {
        Texts(w, "numbers", config.Numbers.Select(n => n.Name));
        Numbers(w, "means", config.Numbers.Select(n => n.Mean));
        Numbers(w, "deviations", config.Numbers.Select(n => n.Deviation));
        Texts(w, "category_names", config.Categories.Select(c => c.Name));
        w.WriteStartObject("categories");
        foreach (CategoryColumn c in config.Categories) Texts(w, c.Name, c.Values);
        w.WriteEndObject();
        w.WriteStartObject("target");
        w.WriteString("name", config.Target.Name);
        w.WriteNumber("mean", config.Target.Mean);
        w.WriteNumber("deviation", config.Target.Deviation);
        w.WriteBoolean("log", config.Target.Log);
        Texts(w, "labels", config.Target.Labels);
        w.WriteEndObject();
        w.WriteNumber("hidden_size", config.Width);
        w.WriteNumber("num_hidden_layers", config.Depth);
        w.WriteNumber("intermediate_size", config.FeedForward);
        w.WriteNumber("frequencies", config.Frequencies);
        w.WriteNumber("frequency_scale", config.FrequencyScale);
        w.WriteNumber("embedding_size", config.Embedding);
        Texts(w, "joint", config.Joint);
        w.WriteNumber("joint_frequencies", config.JointFrequencies);
        w.WriteNumber("joint_scale", config.JointScale);
        w.WriteNumber("members", config.Members);
    }));

    private static void Texts(Utf8JsonWriter w, string key, IEnumerable<string> texts)
    {
        w.WriteStartArray(key);
        foreach (string text in texts) w.WriteStringValue(text);
        w.WriteEndArray();
    }

    private static void Numbers(Utf8JsonWriter w, string key, IEnumerable<double> numbers)
    {
        w.WriteStartArray(key);
        foreach (double number in numbers) w.WriteNumberValue(number);
        w.WriteEndArray();
    }

    private sealed record FileFamily() : Family(TabularConfig.ModelType, [(HeadKind.None, "TabularModel")], "", []);
}
