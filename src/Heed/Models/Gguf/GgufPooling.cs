using Heed.Formats.Gguf;

namespace Heed.Models;

/// <summary>How an encoder's file says that a text becomes one vector.</summary>
internal static class GgufPooling
{
    /// <summary>The key, behind the name of the architecture.</summary>
    public const string Key = "pooling_type";

    /// <summary>The value of a model with labels for whole texts.</summary>
    public const uint Ranked = 4;

    private static readonly (uint Number, Pooling Pooling)[] all = [(1, Pooling.Mean), (2, Pooling.First), (3, Pooling.Last)];

    /// <summary>The number of a pooling.</summary>
    public static uint Number(Pooling pooling) => all.First(p => p.Pooling == pooling).Number;

    /// <summary>What a file says; null where it says none that makes a vector.</summary>
    public static Pooling? Read(string path)
    {
        using GgufFile file = new(path);
        string architecture = file.Fields.Get<string>("general.architecture");
        int number = file.Fields.Get($"{architecture}.{Key}", 0);
        return all.Where(p => p.Number == number).Select(p => (Pooling?)p.Pooling).FirstOrDefault();
    }
}
