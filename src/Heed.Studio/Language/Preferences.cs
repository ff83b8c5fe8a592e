using Microsoft.AspNetCore.Http;

namespace Heed.Studio.Language;

/// <summary>A reader's language and light, which a cookie keeps.</summary>
/// <param name="Language">"en" or "zh".</param>
/// <param name="Theme">"light" or "dark"; null = as the reader's system.</param>
public sealed record Preferences(string Language, string? Theme)
{
    /// <summary>The cookie's name.</summary>
    public const string Cookie = "heed-studio";

    /// <summary>The words of the language.</summary>
    public Words Words => Language == "zh" ? Words.Zh : Words.English;

    /// <summary>The cookie's text.</summary>
    public string Text => $"{Language}.{Theme}";

    /// <summary>What a request shows; without the cookie the language is the first that the browser asks for.</summary>
    public static Preferences Of(HttpRequest request)
    {
        string[] parts = (request.Cookies[Cookie] ?? "").Split('.');
        string language = parts[0] is "en" or "zh" ? parts[0] : request.Headers.AcceptLanguage.ToString().StartsWith("zh", StringComparison.OrdinalIgnoreCase) ? "zh" : "en";
        return new Preferences(language, parts.Length > 1 && parts[1] is "light" or "dark" ? parts[1] : null);
    }
}
