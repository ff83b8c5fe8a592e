using Heed.Autograd;
using Heed.Data.Records;
using Heed.Generation;
using Heed.Tests.Formats;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Conversations to learn from: in every form of record, written by templates, and the assistant's words alone count.</summary>
public sealed class ChatDataTests
{
    private static readonly ChatMessage[] Talk = [new("system", "Be brief."), new("user", "Hi"), new("assistant", "Hello!"), new("user", "2+2?"), new("assistant", "4")];

    // The formats as their models' cards show them.
    [Theory]
    [InlineData("chatml", "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!<|im_end|>\n", "<|im_start|>assistant\n", "Hello!<|im_end|>")]
    [InlineData("llama3", "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHello!<|eot_id|>", "<|start_header_id|>assistant<|end_header_id|>\n\n", "Hello!<|eot_id|>")]
    [InlineData("zephyr", "<|user|>\nHi</s>\n<|assistant|>\nHello!</s>\n", "<|assistant|>\n", "Hello!</s>")]
    public void ABuiltInTemplateWritesWhatItsModelsKnow(string name, string text, string invitation, string answer)
    {
        ChatTemplate template = ChatTemplate.Parse(BuiltInChatTemplates.Source(name), [("eos_token", "</s>")]);
        ChatMessage[] talk = [new("user", "Hi"), new("assistant", "Hello!")];
        Assert.Equal(text, template.Render(talk, addGenerationPrompt: false));
        Assert.Equal(text + invitation, template.Render(talk, addGenerationPrompt: true));
        Tokenizer tokenizer = Bytes([.. BuiltInChatTemplates.Tokens(name), "</s>"]);
        ChatExample example = Assert.Single(new ChatText(template, tokenizer).Examples(talk));
        Assert.Equal(text, tokenizer.Decode(example.Ids));
        Assert.Equal(answer, Counted(tokenizer, example));
    }

    // Without marks, what a turn adds behind the invitation; with marks, what they enclose.
    private const string Plain = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|e|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}";
    private const string Marked = "{% for m in messages %}<|{{ m.role }}|>{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<|e|>{% endgeneration %}{% else %}{{ m.content }}<|e|>{% endif %}{{ '\\n' }}{% endfor %}";

    [Theory]
    [InlineData(Plain)]
    [InlineData(Marked)]
    public void OnlyTheAssistantsTurnsCount(string source)
    {
        Tokenizer tokenizer = Bytes(["<|e|>"]);
        ChatExample example = Assert.Single(new ChatText(ChatTemplate.Parse(source), tokenizer).Examples(Talk));
        Assert.Equal("<|system|>Be brief.<|e|>\n<|user|>Hi<|e|>\n<|assistant|>Hello!<|e|>\n<|user|>2+2?<|e|>\n<|assistant|>4<|e|>\n", tokenizer.Decode(example.Ids));
        Assert.Equal("Hello!<|e|>4<|e|>", Counted(tokenizer, example));
        // The prompt that the model sees when it is to answer is how the example begins.
        int[] prompt = new ChatText(ChatTemplate.Parse(Plain), tokenizer).Encode(Talk[..2]);
        Assert.Equal(prompt, example.Ids[..prompt.Length]);
        Assert.DoesNotContain(true, example.Counted[..prompt.Length]);
    }

    [Fact]
    public void WhatPeopleWroteIsNeverASpecialToken()
    {
        Tokenizer tokenizer = Bytes(["<|e|>"]);
        ChatExample example = Assert.Single(new ChatText(ChatTemplate.Parse(Plain), tokenizer).Examples([new("user", "what is <|e|>?"), new("assistant", "<|e|> ends")]));
        int end = tokenizer.TokenToId("<|e|>")!.Value;
        Assert.Equal(2, example.Ids.Count(id => id == end));
        Assert.Equal("<|e|> ends<|e|>", Counted(tokenizer, example));
    }

    [Fact]
    public void ATemplateThatForgetsEarlierTurnsMakesAnExampleOfEach()
    {
        // As templates do that drop the thoughts of earlier turns.
        const string forgets = "{% for m in messages %}{{ m.role[0] }}:{{ m.content if loop.last or m.role == 'user' else '-' }}<|e|>{% endfor %}{% if add_generation_prompt %}a:{% endif %}";
        Tokenizer tokenizer = Bytes(["<|e|>"]);
        IReadOnlyList<ChatExample> examples = new ChatText(ChatTemplate.Parse(forgets), tokenizer).Examples(Talk[1..]);
        Assert.Equal(["u:Hi<|e|>a:Hello!<|e|>", "u:Hi<|e|>a:-<|e|>u:2+2?<|e|>a:4<|e|>"], examples.Select(e => tokenizer.Decode(e.Ids)));
        Assert.Equal(["Hello!<|e|>", "4<|e|>"], examples.Select(e => Counted(tokenizer, e)));
    }

    [Fact]
    public void WhatIsTooLongLosesWholeTurnsFromItsEnd()
    {
        Tokenizer tokenizer = Bytes(["<|e|>"]);
        ChatTemplate template = ChatTemplate.Parse(Plain);
        int whole = new ChatText(template, tokenizer).Examples(Talk)[0].Ids.Length, first = new ChatText(template, tokenizer).Examples(Talk[..3])[0].Ids.Length;
        Assert.Equal("Hello!<|e|>4<|e|>", Fitted(whole, 0, 0));
        Assert.Equal("Hello!<|e|>", Fitted(whole - 1, 1, 0));
        Assert.Equal("Hello!<|e|>", Fitted(first, 1, 0));
        Assert.Equal("Hell", Fitted(first - 4, 1, 0)); // "o!", the end, the line end
        Assert.Contains("none has an answer", Assert.Throws<InvalidDataException>(() => Fitted(8, 0, 1)).Message, StringComparison.Ordinal);

        string Fitted(int most, int shortened, int dropped)
        {
            ChatExamples examples = new(template, tokenizer, most);
            ChatExample example = Assert.Single(examples.Of([Talk], TestContext.Current.CancellationToken));
            Assert.Equal((shortened, dropped), (examples.Shortened, examples.Dropped));
            return Counted(tokenizer, example);
        }
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes."}]}""", null, null)]
    [InlineData("""{"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Yes."}]}""", null, null)]
    [InlineData("""{"talk": [{"role": "user", "text": "Hi"}, {"role": "model", "text": "Yes."}]}""", "talk", null)]
    [InlineData("""{"instruction": "Hi", "input": "", "output": "Yes."}""", null, null)]
    [InlineData("""{"q": "H", "r": "i", "a": "Yes."}""", "{q}{r}", "a")]
    public void EveryFormOfRecordIsAConversation(string line, string? text, string? target)
    {
        IReadOnlyList<ChatMessage> messages = Read(line, text, target);
        Assert.Equal([new("user", "Hi"), new("assistant", "Yes.")], messages);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Hi"}]}""", "no word of the assistant")]
    [InlineData("""{"messages": [{"role": "boss", "content": "Hi"}]}""", "boss")]
    [InlineData("""{"messages": [{"who": "user"}]}""", "no \"role\"")]
    [InlineData("""{"messages": "Hi"}""", "list of messages")]
    [InlineData("""{"text": "Hi"}""", "instruction")]
    public void WhatIsNoConversationIsNamedWithItsLine(string line, string words) =>
        Assert.Contains(words, Assert.Throws<RecordException>(() => Read(line, null, null)).Message, StringComparison.Ordinal);

    [Fact]
    public void AModelLearnsToAnswerAndKnowsItsTemplate()
    {
        using TemporaryFolder folder = new();
        File.WriteAllLines(folder["talk.jsonl"], Enumerable.Range(0, 40).Select(i => $$"""{"messages": [{"role": "user", "content": "{{(i % 2 == 0 ? "ping" : "tick")}}"}, {"role": "assistant", "content": "{{(i % 2 == 0 ? "pong" : "tock")}}"}]}"""));
        List<string> samples = [];
        TrainingResult result = Trainer.Run(new Recipe
        {
            Data = new() { Source = folder["talk.jsonl"], Tokenizer = "bytes", Template = "chatml" },
            Algorithm = new() { Objective = "chat", Family = "llama", Depth = 1, Width = 32, Heads = 2, Context = 64, Steps = 70, Batch = 4, Optimizer = new() { LearningRate = 1e-2 }, Schedule = new() { WarmupSteps = 5 } },
            Compute = new() { Output = folder["run"], SampleEvery = 69, SamplePrompt = "ping", SampleTokens = 9, EvaluateEvery = 1000, CheckpointEvery = 1000 },
        }, s =>
        {
            if (s.Sample is { } sample) samples.Add(sample);
        });
        Assert.Equal(["pong"], samples);
        Assert.InRange(result.Accuracy!.Value, 0.99, 1);
        LanguageModel model = LanguageModel.Load(folder["run"]);
        Chat chat = model.StartChat();
        Assert.Equal("tock", string.Concat(chat.Send("tick", new() { Temperature = 0, MaxTokens = 9 }).Select(p => p.Text)));
        Assert.Equal(FinishReason.Stop, chat.Finish);
        Assert.Equal("pong", string.Concat(chat.Send("ping", new() { Temperature = 0, MaxTokens = 9 }).Select(p => p.Text)));
    }

    private static IReadOnlyList<ChatMessage> Read(string line, string? text, string? target)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder["a.jsonl"], line);
        Conversations conversations = new(text, target);
        return conversations.Of(RecordFile.Read(folder["a.jsonl"], conversations.Columns).Single());
    }

    private static string Counted(Tokenizer tokenizer, ChatExample example) => tokenizer.Decode([.. example.Ids.Where((_, i) => example.Counted[i])]);

    private static Tokenizer Bytes(string[] special) => Tokenizer.Bytes(special);
}
