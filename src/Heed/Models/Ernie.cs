using System.Text.Json;

namespace Heed.Models;

/// <summary>ERNIE (Sun et al. 2019 and 2020): BERT, from version 2 on with a vector for the task.</summary>
internal static class Ernie
{
    public static ModelFamily Family { get; } = new("ernie", EncoderKeys.Classes("Ernie"), "ernie.", Read, Write, c => Bert.Names(c, "ernie."), Bert.Ignored);

    private static TransformerConfig Read(ConfigReader c)
    {
        TransformerConfig model = Bert.Read(c, Family);
        int tasks = c.Bool("use_task_id", false) ? c.Int("task_type_vocab_size", 3) : 0;
        return model with { Encoder = model.Main with { Embedding = model.Main.Embedding with { TaskTypes = tasks } } };
    }

    private static void Write(Utf8JsonWriter w, TransformerConfig config)
    {
        int tasks = config.Main.Embedding.TaskTypes;
        EncoderKeys.Write(w, config);
        w.WriteBoolean("use_task_id", tasks > 0);
        if (tasks > 0) w.WriteNumber("task_type_vocab_size", tasks);
    }
}
