using System.Text.Json;

namespace Heed.Studio.Language;

/// <summary>
/// The pages' words in the reader's language. Pages write them in English, <c>@W["Next token"]</c>; the files of zh/ say what each is in Chinese.
/// A text with holes is written <c>W.Of("{0} tokens", 5)</c>.
/// </summary>
public sealed class Words
{
    private static readonly Dictionary<string, string> Chinese = Read();

    private Words(bool isChinese) => IsChinese = isChinese;

    /// <summary>The English words.</summary>
    public static Words English { get; } = new(false);

    /// <summary>The Chinese words.</summary>
    public static Words Zh { get; } = new(true);

    /// <summary>Whether these are the Chinese ones.</summary>
    public bool IsChinese { get; }

    /// <summary>The language's tag in HTML.</summary>
    public string Tag => IsChinese ? "zh-CN" : "en";

    /// <summary>All that has a Chinese wording.</summary>
    public static IReadOnlyCollection<string> Known => Chinese.Keys;

    /// <summary>A text in the reader's language; in English where it has no other.</summary>
    public string this[string english] => IsChinese ? Chinese.GetValueOrDefault(english, english) : english;

    /// <summary>A text with values in its holes.</summary>
    public string Of(string english, params object?[] values) => string.Format(System.Globalization.CultureInfo.InvariantCulture, this[english], values);

    /// <summary>What stands in both languages where it is used, such as the map's texts.</summary>
    public string Either(string english, string chinese) => IsChinese ? chinese : english;

    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> all = [];
        System.Reflection.Assembly assembly = typeof(Words).Assembly;
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("zh/", StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(name)!;
            foreach ((string english, string chinese) in JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!)
                all.TryAdd(english, chinese);
        }
        return all;
    }
}
