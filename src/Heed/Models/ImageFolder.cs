using System.Text;
using System.Text.Json;
using Heed.Formats;

namespace Heed.Models;

/// <summary>Folders of image models in the layout of Hugging Face: <c>config.json</c> beside <c>model.safetensors</c> (or shards with an index).</summary>
public static class ImageFolder
{
    /// <summary>Whether the folder's configuration is that of an image model.</summary>
    /// <exception cref="InvalidDataException">The configuration is damaged.</exception>
    /// <exception cref="FileNotFoundException">The folder or its config.json is missing.</exception>
    public static bool IsImageModel(string folder) => Registry.ImageFamilies.ContainsKey(ConfigFile.ModelType(ConfigFile.In(folder)));

    /// <summary>Reads the configuration of a folder.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or says what Heed does not know.</exception>
    /// <exception cref="FileNotFoundException">The folder or its config.json is missing.</exception>
    public static ImageConfig LoadConfig(string folder) => ConfigFile.Read(ConfigFile.In(folder), c =>
    {
        ImageConfig config = Registry.FindImage(c.Text("model_type")).Read(c);
        config.Validate();
        return config;
    });

    /// <summary>Loads a model.</summary>
    /// <exception cref="InvalidDataException">A file is damaged, or weights are missing, unused or misshapen.</exception>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    public static ImageTransformer Load(string folder)
    {
        ImageConfig config = LoadConfig(folder);
        using WeightSource source = WeightSource.Open(folder);
        CheckSize(config, source);
        ImageTransformer model = new(config, seed: null);
        Layout(model).Load(source);
        return model;
    }

    /// <summary>Saves configuration and weights; files are written beside and renamed, so that none is ever half there.</summary>
    public static void Save(ImageTransformer model, string folder)
    {
        string config = ConfigJson(model.Config);
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), Layout(model).Save());
        AtomicFile.WriteText(Path.Combine(folder, "config.json"), config);
    }

    /// <summary>How the weights of a model stand in its family's file.</summary>
    public static WeightLayout Layout(ImageTransformer model)
    {
        ImageFamily family = Registry.FindImage(model.Config.ModelType);
        return new WeightLayout(family, family.Names(model.Config), model.Weights);
    }

    private static string ConfigJson(ImageConfig config)
    {
        ImageFamily family = Registry.FindImage(config.ModelType);
        return Encoding.UTF8.GetString(ConfigFile.Write(family, config.Head.Kind, config.Last.InitialDeviation, w =>
        {
            HeadKeys.Write(w, config.Head);
            family.Write(w, config);
        }));
    }

    private static void CheckSize(ImageConfig config, WeightSource source)
    {
        double expected = config.Stages.Sum(s => (double)s.Depth * s.Width * (4.0 * s.Heads * s.HeadColumns + 2.0 * s.FeedForward.Width))
            + (double)config.Patches.Values * config.Stages[0].Width + (double)config.Head.Labels.Count * config.Last.Width
            + (config.Positions ? (double)config.Patches.Rows * config.Patches.Columns * config.Stages[0].Width : 0)
            + config.Stages.Sum(s => (double)s.Depth * s.Heads * 4 * config.Window * config.Window);
        ModelFolder.CheckSize(source, expected);
    }
}
