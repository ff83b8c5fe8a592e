using Heed.Generation;
using Heed.Studio.Language;

namespace Heed.Studio.Pages.Chat;

/// <summary>What happens on one reader's chat page. Not for several threads: all is called on the page's own.</summary>
public sealed class ChatSession : IDisposable
{
    private readonly AnswerWriter writer;
    private readonly ChatShelf shelf;
    private readonly Func<Task> changed;
    private CancellationTokenSource? writing;

    /// <summary>Begins with an empty conversation.</summary>
    /// <param name="writer">Lets models answer.</param>
    /// <param name="shelf">Keeps the conversations.</param>
    /// <param name="changed">Called when there is something new to see.</param>
    internal ChatSession(AnswerWriter writer, ChatShelf shelf, Func<Task> changed) => (this.writer, this.shelf, this.changed) = (writer, shelf, changed);

    /// <summary>The conversation that is shown.</summary>
    public StoredChat Chat { get; private set; } = StoredChat.New();

    /// <summary>All conversations, the last used first.</summary>
    public IReadOnlyList<ChatEntry> Entries => shelf.Entries;

    /// <summary>How texts are written.</summary>
    public ChatSettings Settings { get; private set; } = new();

    /// <summary>Whether an answer is being written.</summary>
    public bool IsWriting => writing is not null;

    /// <summary>Whether the browser has no room for what was said.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The words in which failures are told.</summary>
    public Words Words { get; set; } = Words.English;

    /// <summary>Reads what the browser kept.</summary>
    public async Task Load()
    {
        Settings = await shelf.Settings();
        await shelf.Load();
    }

    /// <summary>Begins an empty conversation.</summary>
    public void New()
    {
        Stop();
        Chat = StoredChat.New();
    }

    /// <summary>Shows another conversation.</summary>
    public async Task Open(string id)
    {
        Stop();
        Chat = await shelf.Open(id);
    }

    /// <summary>Gives a conversation a name.</summary>
    public async Task Rename(string id, string name)
    {
        StoredChat chat = id == Chat.Id ? Chat : await shelf.Open(id);
        chat.Name = string.IsNullOrWhiteSpace(name) ? null : name.Trim();
        await Keep(chat);
        await changed();
    }

    /// <summary>Lets a conversation go.</summary>
    public async Task Remove(string id)
    {
        if (id == Chat.Id) New();
        await shelf.Remove(id);
        await changed();
    }

    /// <summary>Changes how texts are written.</summary>
    public async Task Set(ChatSettings settings)
    {
        Settings = settings;
        await changed();
        await shelf.Keep(settings);
    }

    /// <summary>Changes what the model is told before the first turn.</summary>
    public async Task SetSystem(string system)
    {
        Chat.SystemPrompt = system;
        if (Chat.Turns.Count > 0) await Keep(Chat);
    }

    /// <summary>Says something and waits for the whole answer.</summary>
    public async Task Send(string model, string text)
    {
        if (IsWriting || string.IsNullOrWhiteSpace(text)) return;
        Chat.Turns.Add(new ChatTurn { IsUser = true, Text = text });
        await Answer(model, []);
    }

    /// <summary>Says something else in an earlier turn's place; what followed is forgotten.</summary>
    public async Task Edit(string model, int turn, string text)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        Stop();
        Chat.Turns.RemoveRange(turn, Chat.Turns.Count - turn);
        await Send(model, text);
    }

    /// <summary>Lets a turn be answered anew; what followed is forgotten.</summary>
    /// <param name="model">The model.</param>
    /// <param name="turn">The answer's place.</param>
    public async Task Retry(string model, int turn)
    {
        Stop();
        Chat.Turns.RemoveRange(turn, Chat.Turns.Count - turn);
        await Answer(model, []);
    }

    /// <summary>Takes another token at a place of an answer, and goes on from it; what followed is forgotten.</summary>
    /// <param name="turn">The answer's place.</param>
    /// <param name="place">The token's place in it.</param>
    /// <param name="choice">The token.</param>
    public async Task GoOn(int turn, int place, TokenProbability choice)
    {
        Stop();
        ChatTurn old = Chat.Turns[turn];
        Chat.Turns.RemoveRange(turn, Chat.Turns.Count - turn);
        await Answer(old.Model!, [.. old.Tokens.Take(place), old.Tokens[place] with { Id = choice.Id, LogProb = choice.LogProb }], old.Text[..old.Tokens[place].Start]);
    }

    /// <summary>Goes on with an answer that was not finished.</summary>
    public async Task GoOn(int turn)
    {
        Stop();
        ChatTurn old = Chat.Turns[turn];
        Chat.Turns.RemoveRange(turn, Chat.Turns.Count - turn);
        await Answer(old.Model!, old.Tokens, old.Text);
    }

    /// <summary>Ends the answer that is being written, where it is.</summary>
    public void Stop()
    {
        writing?.Cancel();
        writing = null;
    }

    public void Dispose() => Stop();

    private async Task Answer(string model, List<AnswerToken> given, string text = "")
    {
        Stop();
        if (Chat.Turns is not [.., { IsUser: true }]) return;
        StoredChat chat = Chat;
        ChatTurn answer = new() { IsUser = false, Text = text, Tokens = given, Model = model };
        ChatTurn[] said = [.. chat.Turns];
        chat.Turns.Add(answer);
        chat.Model = model;
        CancellationTokenSource own = writing = new CancellationTokenSource();
        try
        {
            await Keep(chat);
            await changed();
            await writer.Write(model, chat.SystemPrompt, said, answer, Settings, changed, own.Token);
        }
        catch (OperationCanceledException)
        {
            answer.Finish = "stopped";
        }
        catch (Exception e) when (Failures.IsTold(e))
        {
            (answer.Finish, answer.Failure) = ("failed", Failures.Sentence(e, Words));
        }
        finally
        {
            answer.Finish ??= "stopped";
            if (writing == own) writing = null;
            own.Dispose();
        }
        // A conversation that was let go meanwhile stays away.
        if (chat == Chat || Entries.Any(e => e.Id == chat.Id)) await Keep(chat);
        await changed();
    }

    private async Task Keep(StoredChat chat) => IsFull = !await shelf.Keep(chat);
}
