using CsCheck;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Tests.Generation;

public sealed class ThoughtReaderTests
{
    // Answer; whether the prompt ends within thoughts; the thoughts; what is answered.
    public static TheoryData<string, bool, string, string> Answers => new()
    {
        { "<think>\nHm, a <b>.\n</think>\n\nYes.\n", false, "Hm, a <b>.", "Yes.\n" },
        { "\n <think>a</think>b", false, "a", "b" },
        { "<think>\n\n</think>\n\nYes", false, "", "Yes" },
        { "Hm\n</think>\n\nYes", true, "Hm", "Yes" },
        { "Hm </thin \n", true, "Hm </thin", "" },
        { "<think> never ends", false, "never ends", "" },
        { " Yes, <think>no</think>", false, "", " Yes, <think>no</think>" },
        { "<thi", false, "", "<thi" },
        { "<think>a</think>b <think>c</think>", false, "a", "b <think>c</think>" },
        { "", false, "", "" },
        { " ", false, "", " " },
    };

    private static (string, string) Read(IEnumerable<string> pieces, bool opened)
    {
        ThoughtReader reader = new(opened);
        ThoughtPart[] parts = [.. pieces.SelectMany(p => reader.Append(p)).ToArray(), .. reader.Finish()];
        Assert.DoesNotContain(parts, p => p.Text.Length == 0);
        return (string.Concat(parts.Where(p => p.IsThought).Select(p => p.Text)), string.Concat(parts.Where(p => !p.IsThought).Select(p => p.Text)));
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public void AnAnswerIsReadWholeAndInPieces(string answer, bool opened, string thoughts, string rest)
    {
        Assert.Equal((thoughts, rest), Read([answer], opened));
        Gen.Int[1, 6].Array[30].Sample(lengths =>
        {
            List<string> pieces = [];
            for (int at = 0, i = 0; at < answer.Length; at += lengths[i++ % 30]) pieces.Add(answer[at..Math.Min(answer.Length, at + lengths[i % 30])]);
            return Read(pieces, opened) == (thoughts, rest);
        }, iter: 30, threads: 1);
    }

    [Fact]
    public void ThoughtsGoOnAtOnce()
    {
        ThoughtReader reader = new();
        Assert.Empty(reader.Append("<thi"));
        Assert.Empty(reader.Append("nk>\n"));
        Assert.True(reader.IsThinking);
        Assert.Equal(new ThoughtPart("a b", true), Assert.Single(reader.Append("a b ")));
        Assert.Equal(new ThoughtPart(" c", true), Assert.Single(reader.Append("c")));
        Assert.Equal([new ThoughtPart("d", true), new ThoughtPart("Y", false)], reader.Append("d</think>Y"));
        Assert.False(reader.IsThinking);
    }

    [Fact]
    public void APromptMayEndWithinThoughts()
    {
        Tokenizer letters = Tokenizer.Train(["<think>/\nab"], new CharacterTrainer { SpecialTokens = ["<think>"] });
        foreach (SpecialTokens special in (SpecialTokens[])[SpecialTokens.None, SpecialTokens.Parse])
        {
            Assert.True(ThoughtReader.IsOpen(letters, letters.Encode("a<think>\n", special)));
            Assert.False(ThoughtReader.IsOpen(letters, letters.Encode("<think>a", special)));
        }
        Assert.False(ThoughtReader.IsOpen(letters, letters.Encode("a<think>\n\n</think>\n\n", SpecialTokens.None)));
        Assert.False(ThoughtReader.IsOpen(letters, []));
    }
}
