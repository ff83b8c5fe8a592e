using System.Text.Json;
using System.Text.RegularExpressions;

namespace Heed.Studio.Pages.Chat;

/// <summary>An entry in the list of conversations.</summary>
/// <param name="Id">What the conversation is kept under.</param>
/// <param name="Title">What it is called; null = it is empty.</param>
public sealed record ChatEntry(string Id, string? Title);

/// <summary>The conversations that a reader's browser keeps: a list, and each conversation by itself.</summary>
internal sealed partial class ChatShelf(ITextStore store)
{
    /// <summary>What the list is kept under; a conversation stands under this, a dot and its id.</summary>
    public const string Key = "heed-chat";

    private const string SettingsKey = "heed-chat-settings";
    private const int Most = 200;

    private readonly List<ChatEntry> entries = [];

    /// <summary>The list, the last used first.</summary>
    public IReadOnlyList<ChatEntry> Entries => entries;

    /// <summary>Reads the list.</summary>
    public async Task Load()
    {
        entries.Clear();
        foreach (ChatEntry? entry in Parse<List<ChatEntry?>>(await store.Read(Key)) ?? [])
            if (entry?.Id is { } id && IdForm().IsMatch(id) && entries.Count < Most && entries.All(e => e.Id != id)) entries.Add(entry);
    }

    /// <summary>A conversation; an empty one where it is gone or broken.</summary>
    public async Task<StoredChat> Open(string id) => StoredChat.Read(id, await store.Read($"{Key}.{id}"));

    /// <summary>Keeps a conversation and puts it first; of very many the oldest go.</summary>
    /// <returns>False where the browser keeps nothing more.</returns>
    public async Task<bool> Keep(StoredChat chat)
    {
        entries.RemoveAll(e => e.Id == chat.Id);
        entries.Insert(0, new ChatEntry(chat.Id, chat.Title));
        while (entries.Count > Most) await Remove(entries[^1].Id);
        return await store.Write($"{Key}.{chat.Id}", chat.Write()) && await WriteList();
    }

    /// <summary>Lets a conversation go.</summary>
    public async Task Remove(string id)
    {
        entries.RemoveAll(e => e.Id == id);
        await store.Remove($"{Key}.{id}");
        await WriteList();
    }

    /// <summary>How the reader wants texts written.</summary>
    public async Task<ChatSettings> Settings() => (Parse<ChatSettings>(await store.Read(SettingsKey)) ?? new ChatSettings()).InRange();

    /// <summary>Keeps that.</summary>
    public async Task Keep(ChatSettings settings) => await store.Write(SettingsKey, JsonSerializer.Serialize(settings));

    private ValueTask<bool> WriteList() => store.Write(Key, JsonSerializer.Serialize(entries));

    private static T? Parse<T>(string? text) where T : class
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize<T>(text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    [GeneratedRegex("^[0-9a-f]{12}$")]
    private static partial Regex IdForm();
}
