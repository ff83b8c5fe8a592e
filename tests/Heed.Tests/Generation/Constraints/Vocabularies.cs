using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Tests.Generation.Constraints;

/// <summary>Small vocabularies of each kind.</summary>
internal static class Vocabularies
{
    private static readonly string[] Lines =
    [
        "{\"name\": \"Ann\", \"age\": 42, \"tags\": [\"a\", \"bc\"], \"ok\": true}", "{\"name\":\"Bob\",\"age\":7,\"tags\":[],\"ok\":false,\"none\":null}",
        "the quick brown fox, 1234567890. the name is \"quoted\"; the end", "天地转,光阴迫。一万年太久,只争朝夕。天地玄黄", "aab abb abab baba \"a\",\"b\" \"}, {\"", "été, naïve: über-schön",
    ];

    /// <summary>Byte-level BPE: all bytes, and merges that cross the parts of JSON.</summary>
    public static Tokenizer Bytes { get; } = Tokenizer.Train(Enumerable.Repeat(Lines, 4).SelectMany(l => l), new BpeTrainer { VocabularySize = 420, MinFrequency = 2 }, TokenizerPipeline.ByteLevel(@"[\s\S]{1,9}"));

    /// <summary>sentencepiece: a sign for spaces, bytes as tokens for what the vocabulary lacks.</summary>
    public static Tokenizer Pieces { get; } = Tokenizer.Train(Enumerable.Repeat(Lines, 4).SelectMany(l => l), BpeTrainer.SentencePiece with { VocabularySize = 420 }, TokenizerPipeline.SentencePiece);

    /// <summary>WordPiece.</summary>
    public static Tokenizer Words { get; } = Tokenizer.Train(Enumerable.Repeat(Lines, 4).SelectMany(l => l), new WordPieceTrainer { VocabularySize = 200 }, TokenizerPipeline.Bert);

    /// <summary>One token for each character that was met, and no byte.</summary>
    public static Tokenizer Characters { get; } = Tokenizer.Train(["abcé {}[]:,\"0123456789truefalsn"], new CharacterTrainer());

    /// <summary>The token that ends texts: the first special one, or one behind the vocabulary.</summary>
    public static int End(Tokenizer tokenizer) => tokenizer.AddedTokens.FirstOrDefault(t => t.Special)?.Id ?? tokenizer.VocabularySize;
}

/// <summary>A writer that knows nothing: it takes any token that may come next.</summary>
internal static class RandomWriter
{
    /// <summary>The ids of a text; the last is the end token unless the text was cut.</summary>
    public static List<int> Write(TokenConstraint constraint, Random random, int most, out ConstraintStatus status)
    {
        int end = Vocabularies.End(constraint.Tokenizer);
        ConstraintState state = constraint.Start([end]);
        ulong[] mask = new ulong[constraint.MaskWords + 1];
        List<int> ids = [];
        while (ids.Count < most)
        {
            state.Mask(mask);
            int[] allowed = [.. Allowed(mask)];
            Assert.True(allowed.Length > 0, $"nothing may follow '{constraint.Tokenizer.Decode([.. ids])}'");
            Assert.Equal(state.IsComplete, allowed.Contains(end));
            int id = state.IsComplete && random.Next(3) == 0 ? end : allowed[random.Next(allowed.Length)];
            Assert.True(state.Accept(id));
            ids.Add(id);
            if (id == end) break;
        }
        status = state.Status;
        Assert.Equal(status.IsComplete, state.IsComplete);
        return ids;
    }

    /// <summary>The text of a run, completed where it was cut.</summary>
    public static string Text(TokenConstraint constraint, Random random, int most)
    {
        List<int> ids = Write(constraint, random, most, out ConstraintStatus status);
        int end = Vocabularies.End(constraint.Tokenizer);
        bool ended = ids.Count > 0 && ids[^1] == end;
        if (!ended)
        {
            // To the end along what is missing, token by token: a cut may lie within a character.
            ConstraintState state = constraint.Start([end]);
            foreach (int id in ids) state.Accept(id);
            ulong[] mask = new ulong[constraint.MaskWords + 1];
            while (!state.IsComplete)
            {
                state.Mask(mask);
                long before = state.MissingBytes;
                int next = Allowed(mask).Where(id => id != end).MinBy(id =>
                {
                    state.Accept(id);
                    long left = state.MissingBytes;
                    state.Rollback(1);
                    return left;
                });
                Assert.True(state.Accept(next));
                ids.Add(next);
                Assert.True(state.MissingBytes < before, "what is missing does not become less");
            }
        }
        return constraint.Tokenizer.Decode([.. ended ? ids[..^1] : ids]);
    }

    private static IEnumerable<int> Allowed(ulong[] mask)
    {
        for (int word = 0; word < mask.Length; word++)
            for (ulong bits = mask[word]; bits != 0; bits &= bits - 1) yield return (64 * word) + System.Numerics.BitOperations.TrailingZeroCount(bits);
    }
}
