using System.Text;
using System.Text.Json;
using Heed.Generation;
using Heed.Studio.Pages.Chat;
using Heed.Studio.Pages.Next;

namespace Heed.Studio.Tests;

/// <summary>What the pages keep and compute, without a browser.</summary>
public sealed class ChatStateTests
{
    [Fact]
    public void A_conversation_comes_back_as_it_was()
    {
        StoredChat chat = StoredChat.New();
        (chat.Name, chat.SystemPrompt, chat.Model) = ("名字", "Be \"brief\"", "m");
        chat.Turns.Add(new ChatTurn { IsUser = true, Text = "hi <b>\n😀" });
        chat.Turns.Add(Answer(3));
        StoredChat again = StoredChat.Read(chat.Id, chat.Write());
        Assert.Equal((chat.Name, chat.SystemPrompt, chat.Model), (again.Name, again.SystemPrompt, again.Model));
        Assert.Equal(["hi <b>\n😀", "abc"], again.Turns.Select(t => t.Text));
        Assert.Equal([true, false], again.Turns.Select(t => t.IsUser));
        ChatTurn answer = again.Turns[1];
        Assert.Equal((ModelUse.Continue, true, 3, 0.25, "length"), (answer.Use, answer.Thinking, answer.Count, answer.Seconds, answer.Finish));
        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(answer.TextOf));
        Assert.Equal([7, 8, 9], answer.Tokens.Select(t => t.Id));
        Assert.Equal(-0.5, answer.Tokens[1].LogProb, 1e-6);
        Assert.Equal([(8, -0.5f), (1, -2.25f)], answer.Tokens[1].Top.Select(t => (t.Id, t.LogProb)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"turns\":7}")]
    [InlineData("{\"turns\":[{\"text\":null},null]}")]
    [InlineData("{\"name\":\"\\ud800\",\"turns\":[")]
    public void What_is_broken_is_an_empty_conversation(string? text) => Assert.Empty(StoredChat.Read("0123456789ab", text).Turns);

    [Theory]
    [InlineData("[[7,0,-1]]", 1)]
    [InlineData("[[7,1,-1]]", 0)]     // begins behind the beginning
    [InlineData("[[7,0,-1],[7,9,-1]]", 0)] // behind the end
    [InlineData("[[7,0,-1],[7,2,-1],[7,1,-1]]", 0)] // goes back
    [InlineData("[[-7,0,-1]]", 0)]
    [InlineData("[[1e12,0,-1]]", 0)]
    [InlineData("[[7,0,-1,3]]", 0)]   // half an alternative
    [InlineData("[[7]]", 0)]
    [InlineData("[null]", 0)]
    public void Tokens_that_make_no_sense_are_left_out(string tokens, int expected)
    {
        ChatTurn turn = StoredChat.Read("0123456789ab", $$"""{"turns":[{"role":"assistant","text":"abc","use":"?","seconds":-1,"tokens":{{tokens}}}]}""").Turns.Single();
        Assert.Equal((expected, "abc", 0d, ModelUse.Converse), (turn.Tokens.Count, turn.Text, turn.Seconds, turn.Use));
    }

    [Fact]
    public void What_is_too_long_loses_old_probabilities_first_and_then_old_turns()
    {
        StoredChat chat = StoredChat.New();
        for (int i = 0; i < 100; i++) chat.Turns.Add(Answer(100));
        StoredChat again = StoredChat.Read(chat.Id, chat.Write());
        Assert.Equal(100, again.Turns.Count);
        Assert.Equal(100, again.Turns[^1].Tokens.Count);
        Assert.Empty(again.Turns[0].Tokens);
        for (int i = 0; i < 100; i++) chat.Turns.Add(new ChatTurn { IsUser = true, Text = new string('界', 5000) });
        Assert.InRange(chat.Write().Length, StoredChat.Longest / 2, StoredChat.Longest);
        Assert.True(StoredChat.Read(chat.Id, chat.Write()).Turns.Count > 20);
    }

    [Fact]
    public async Task The_shelf_lists_the_last_used_first_and_says_when_it_is_full()
    {
        Memory memory = new();
        ChatShelf shelf = new(memory);
        StoredChat one = StoredChat.New(), two = StoredChat.New();
        one.Turns.Add(new ChatTurn { IsUser = true, Text = "one\nmore" });
        Assert.True(await shelf.Keep(one));
        Assert.True(await shelf.Keep(two));
        Assert.True(await shelf.Keep(one));
        ChatShelf again = new(memory);
        await again.Load();
        Assert.Equal([new ChatEntry(one.Id, "one more"), new ChatEntry(two.Id, null)], again.Entries);
        await again.Remove(one.Id);
        Assert.Empty((await again.Open(one.Id)).Turns);
        memory.IsFull = true;
        Assert.False(await again.Keep(two));
        memory["heed-chat-settings"] = JsonSerializer.Serialize(new { Temperature = 1e9, TopP = 0.5, TopK = -3 });
        Assert.Equal(new ChatSettings { TopP = 0.5f }, await again.Settings());
        memory["heed-chat-settings"] = "{";
        Assert.Equal(new ChatSettings(), await again.Settings());
    }

    [Fact]
    public void Thoughts_and_calls_are_told_from_what_is_said()
    {
        ChatTurn turn = new() { IsUser = false, Use = ModelUse.Converse, Text = "<think>\nhm\n</think>\n\nYes.<tool_call>{\"name\": \"f\"}</tool_call>So." };
        Assert.Equal([new(PartKind.Thought, "hm"), new(PartKind.Text, "Yes."), new(PartKind.Call, "{\"name\": \"f\"}"), new(PartKind.Text, "So.")], AnswerParts.Of(turn));
        Assert.Equal("Yes.<tool_call>{\"name\": \"f\"}</tool_call>So.", AnswerParts.Said(turn));
        (turn.Text, turn.Thinking) = ("hm</think>No", true);
        Assert.Equal([new(PartKind.Thought, "hm"), new(PartKind.Text, "No")], AnswerParts.Of(turn));
        turn.Text = "still thin";
        Assert.Equal([new(PartKind.Thought, "still thin")], AnswerParts.Of(turn));
        Assert.Equal("", AnswerParts.Said(turn));
    }

    [Theory]
    [InlineData(" a", new[] { " time", ",", " there" }, false, " a", " time")]
    [InlineData(" a", new[] { " big", " gre" }, false, " a", " big")]   // the last word may go on
    [InlineData(" a", new[] { " big", " gre" }, true, " a", " big gre")]
    [InlineData(" don", new[] { "'", "t", " go", "." }, false, " don", "'t go")]
    [InlineData(".", new[] { "\n", "The" }, false, ".", "")]
    [InlineData("春", new[] { "风", "，", "又" }, false, "春", "风")]
    public void A_phrase_ends_with_its_last_whole_word(string token, string[] following, bool ended, string first, string more) =>
        Assert.Equal(new NextPhrase(first, more), PhraseText.Of(Encoding.UTF8.GetBytes(token), following.Select(Encoding.UTF8.GetBytes), ended));

    [Fact]
    public void Parts_of_characters_wait_for_the_rest()
    {
        byte[] bytes = Encoding.UTF8.GetBytes("界面");
        Assert.Equal(new NextPhrase("界", "面"), PhraseText.Of(bytes[..1], [bytes[1..2], bytes[2..3], bytes[3..]], ended: true));
        Assert.Equal(new NextPhrase("", ""), PhraseText.Of(bytes[..1], [bytes[1..2]], ended: true));
        Assert.Equal("界‹E9 9D›·⏎", TokenLabel.Of([.. bytes[..5], (byte)' ', (byte)'\n']));
    }

    private static ChatTurn Answer(int tokens) => new()
    {
        IsUser = false,
        Text = string.Concat(Enumerable.Range(0, tokens).Select(i => (char)('a' + i % 26))),
        Use = ModelUse.Continue,
        Thinking = true,
        Count = tokens,
        Seconds = 0.25,
        Finish = "length",
        Tokens = [.. Enumerable.Range(0, tokens).Select(i => new AnswerToken(7 + i, -0.5f, i, [new TokenProbability(7 + i, -0.5f), new TokenProbability(i, -2.25f)]))],
    };

    private sealed class Memory : ITextStore
    {
        private readonly Dictionary<string, string> texts = [];

        public bool IsFull { get; set; }

        public string this[string key]
        {
            set => texts[key] = value;
        }

        public ValueTask<string?> Read(string key) => new(texts.GetValueOrDefault(key));

        public ValueTask<bool> Write(string key, string text)
        {
            if (!IsFull) texts[key] = text;
            return new(!IsFull);
        }

        public ValueTask Remove(string key)
        {
            texts.Remove(key);
            return default;
        }
    }
}
