using Microsoft.JSInterop;

namespace Heed.Studio;

/// <summary>Texts that a reader's own browser keeps.</summary>
internal interface ITextStore
{
    /// <summary>A text; null where there is none, or one that is too long to have been written here.</summary>
    ValueTask<string?> Read(string key);

    /// <summary>Keeps a text; false where the browser has no room or keeps nothing.</summary>
    ValueTask<bool> Write(string key, string text);

    /// <summary>Lets a text go.</summary>
    ValueTask Remove(string key);
}

/// <summary>The browser's local storage. Once the browser is gone, nothing is read and nothing is missed.</summary>
internal sealed class BrowserStore(IJSRuntime js) : ITextStore
{
    public ValueTask<string?> Read(string key) => Ask<string?>("heedStudio.read", null, key);

    public ValueTask<bool> Write(string key, string text) => Ask("heedStudio.write", true, key, text);

    public async ValueTask Remove(string key) => await Ask("heedStudio.remove", true, key);

    private async ValueTask<T> Ask<T>(string function, T gone, params object?[] arguments)
    {
        try
        {
            return await js.InvokeAsync<T>(function, arguments);
        }
        catch (Exception e) when (e is JSDisconnectedException or OperationCanceledException)
        {
            return gone;
        }
    }
}
