using System.Text;
using CsCheck;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Tests.Generation.Constraints;

/// <summary>Which tokens may come next: against trying each.</summary>
public sealed class TokenConstraintTests
{
    private static readonly Grammar[] Grammars =
    [
        Grammar.Choices(["the name", "the end", "天地", "天", "été", "a"]),
        Grammar.Regex(@"[a-z ]{0,12}(, ?[^,""]*)*"),
        Grammar.Regex(@".{0,9}\n?"),
        Grammar.Regex(@"(天|光|[^\x00-\x{7F}])+".Replace("\\x{7F}", "\\x7F", StringComparison.Ordinal)),
        Grammar.JsonSchema("""{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"tags":{"type":"array","items":{"type":"string","maxLength":5}}},"required":["name"]}"""),
        Grammar.JsonObject(new() { Whitespace = JsonWhitespace.Flexible }),
        Grammar.Gbnf("root ::= item (\", \" item)*\nitem ::= word | \"{\" root \"}\"\nword ::= [a-z]+ | \"\\\"\" [^\"]* \"\\\"\""),
    ];

    public static TheoryData<string> Kinds => ["bytes", "pieces", "words", "characters"];

    private static Tokenizer Of(string kind) => kind switch { "bytes" => Vocabularies.Bytes, "pieces" => Vocabularies.Pieces, "words" => Vocabularies.Words, _ => Vocabularies.Characters };

    // By the definition: the text with the token goes on to be one of the grammar. What a token writes is found by decoding.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheMaskHoldsExactlyTheTokensThatFit(string kind)
    {
        Tokenizer tokenizer = Of(kind);
        int end = Vocabularies.End(tokenizer);
        foreach (Grammar grammar in Grammars)
        {
            TokenConstraint constraint = Compile(grammar, tokenizer);
            if (constraint is null) continue;
            Automaton plain = new(GrammarCompiler.Compile(grammar, ConstraintVocabulary.Of(tokenizer).Writable));
            Random random = new(7);
            ulong[] mask = new ulong[constraint.MaskWords + 1];
            for (int run = 0; run < 2; run++)
            {
                ConstraintState state = constraint.Start([end]);
                List<int> ids = [];
                List<byte> text = [];
                for (int step = 0; step < 8; step++)
                {
                    state.Mask(mask);
                    AutomatonState before = plain.Read(plain.Start, [.. text]);
                    List<int> allowed = [];
                    for (int id = 0; id < 64 * mask.Length; id++)
                    {
                        bool given = (mask[id >> 6] >> (id & 63) & 1) != 0, expected = id == end ? before.Ends : Written(tokenizer, ids, text, id) is { Length: > 0 } bytes && !plain.Read(before, bytes).IsDead;
                        Assert.True(expected == given, $"{kind}, {grammar.Root.Name}: token {id} behind '{tokenizer.Decode([.. ids])}' must {(expected ? "" : "not ")}be allowed");
                        if (given && id != end) allowed.Add(id);
                    }
                    if (allowed.Count == 0) break;
                    int next = allowed[random.Next(allowed.Count)];
                    text.AddRange(Written(tokenizer, ids, text, next)!);
                    ids.Add(next);
                    Assert.True(state.Accept(ids[^1]));
                }
            }
        }
    }

    // What a token adds to a text: the difference that it makes when all is decoded.
    private static byte[]? Written(Tokenizer tokenizer, List<int> ids, List<byte> text, int id)
    {
        if (id >= tokenizer.VocabularySize || tokenizer.IsSpecial(id)) return null;
        if (tokenizer.Pipeline.Decoder.IsPerToken) return tokenizer.DecodeBytes([id]);
        // Byte tokens of half a character decode to nothing sure: they are the bytes that they spell, and only they can complete it.
        if (tokenizer == Vocabularies.Pieces && ByteTokens.Read(Encoding.UTF8.GetBytes(tokenizer.IdToToken(id))) is { } value) return [value];
        byte[] old = tokenizer.DecodeBytes([.. ids]), all = tokenizer.DecodeBytes([.. ids, id]);
        return Encoding.UTF8.GetString([.. text]).EndsWith('\uFFFD') ? null : all[old.Length..];
    }

    private static TokenConstraint Compile(Grammar grammar, Tokenizer tokenizer)
    {
        try
        {
            return new TokenConstraint(grammar, tokenizer);
        }
        catch (FormatException e) when (e.Message.Contains("characters that the vocabulary does not have", StringComparison.Ordinal))
        {
            return null!;
        }
    }

    [Fact]
    public void RollbackAndForkReachTheStatesThatAcceptingReaches() =>
        Gen.Select(Gen.Int, Gen.Int[0, 6]).Sample((seed, grammar) =>
        {
            Random random = new(seed);
            TokenConstraint constraint = new(Grammars[grammar], Vocabularies.Bytes);
            int end = Vocabularies.End(Vocabularies.Bytes);
            List<int> ids = RandomWriter.Write(constraint, random, 12, out _);
            ConstraintState state = constraint.Start([end]);
            foreach (int id in ids) Assert.True(state.Accept(id));
            ConstraintState fork = state.Fork();
            int back = random.Next(ids.Count + 1);
            state.Rollback(back);
            Assert.Equal(ids.Count - back, state.Length);
            ConstraintState fresh = constraint.Start([end]);
            foreach (int id in ids[..^back]) fresh.Accept(id);
            Assert.Equal(Mask(fresh), Mask(state));
            Assert.Equal(fresh.Status.Missing, state.Status.Missing);
            foreach (int id in ids[^back..]) Assert.True(state.Accept(id));
            Assert.Equal(Mask(fork), Mask(state));
            Assert.Equal(ids, Enumerable.Range(0, fork.Length).Select(i => fork[i]));
        }, iter: 40);

    private static ulong[] Mask(ConstraintState state)
    {
        ulong[] mask = new ulong[64];
        state.Mask(mask);
        return mask;
    }

    [Fact]
    public void TheEndComesOnlyWhereTheTextIsComplete()
    {
        TokenConstraint constraint = new(Grammar.Choices(["a", "ab"]), Vocabularies.Bytes);
        int end = Vocabularies.End(Vocabularies.Bytes), a = Vocabularies.Bytes.TokenToId("a")!.Value, b = Vocabularies.Bytes.TokenToId("b")!.Value;
        ConstraintState state = constraint.Start([end]);
        Assert.False(state.Accept(end));
        Assert.Equal(("a", false), (state.Status.Missing, state.IsComplete));
        Assert.True(state.Accept(a));
        Assert.True(state.IsComplete && !state.IsFinished);
        Assert.True(state.Accept(b));
        Assert.True(state.IsComplete && state.IsFinished && !state.HasEnded);
        Assert.False(state.Accept(b));
        Assert.True(state.Accept(end));
        Assert.True(state.HasEnded);
        Assert.All(Mask(state), word => Assert.Equal(0ul, word));
        Assert.False(state.Accept(end));
        state.Rollback(2);
        Assert.True(state.IsComplete && !state.HasEnded && state.Accept(end));
    }

    [Fact]
    public void WhatIsOpenIsNamed()
    {
        TokenConstraint constraint = new(Grammar.JsonSchema("""{"type":"object","properties":{"list":{"type":"array","items":{"type":"string"}}},"required":["list"]}"""), Vocabularies.Bytes);
        ConstraintState state = constraint.Start();
        foreach (int id in Vocabularies.Bytes.Encode("{\"list\":[\"a")) Assert.True(state.Accept(id));
        Assert.Equal("\"]}", state.Status.Missing);
        Assert.Contains("#/properties/list", state.Status.Open);
        Assert.Equal("#", state.Status.Open[^1]);
        Assert.Null(constraint.Check(Vocabularies.Bytes.Encode("{x")).Missing);
        Assert.True(constraint.Check(Vocabularies.Bytes.Encode("{\"list\":[]}")).IsComplete);
    }

    [Fact]
    public void CharactersLieAcrossTokens()
    {
        // 夫 is no token of this vocabulary: three bytes, each a token.
        TokenConstraint constraint = new(Grammar.Choices(["夫", "太"]), Vocabularies.Bytes);
        int[] ids = Vocabularies.Bytes.Encode("夫");
        Assert.True(ids.Length > 1);
        ConstraintState state = constraint.Start();
        foreach (int id in ids) Assert.True(state.Accept(id));
        Assert.True(state.IsFinished);
    }

    [Fact]
    public void WhatMustComeNeedsNoModel()
    {
        TokenConstraint constraint = new(Grammar.JsonSchema("""{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}},"required":["name","age"]}"""), Vocabularies.Bytes);
        ConstraintState state = constraint.Start();
        Assert.Equal("{\"name\":\"", state.ForcedText());
        int[] forced = state.ForcedTokens();
        foreach (int id in forced) Assert.True(state.Accept(id));
        Assert.StartsWith(Vocabularies.Bytes.Decode(forced), "{\"name\":\"", StringComparison.Ordinal);
        Assert.Equal("{\"name\":\"", Vocabularies.Bytes.Decode(forced) + state.ForcedText());
        ConstraintState whole = new TokenConstraint(Grammar.Choices(["the name is"]), Vocabularies.Bytes).Start();
        Assert.Equal("the name is", Vocabularies.Bytes.Decode(whole.ForcedTokens())); // to the end: nothing can join its last token
        Assert.Empty(new TokenConstraint(Grammar.Choices(["a", "b"]), Vocabularies.Bytes).Start().ForcedTokens());
    }

    [Fact]
    public void ASpaceAtTheFrontIsThatOfTheDecoder()
    {
        // As a text of its own, ▁the decodes to "the"; behind other text to " the".
        TokenConstraint constraint = new(Grammar.Regex(" ?the"), Vocabularies.Pieces);
        int spaced = Vocabularies.Pieces.TokenToId("▁the")!.Value;
        ConstraintState alone = constraint.Start(), behind = constraint.Start(continues: true);
        Assert.True(alone.Accept(spaced) && behind.Accept(spaced));
        Assert.True(alone.IsFinished && behind.IsFinished);
        TokenConstraint bare = new(Grammar.Regex("the"), Vocabularies.Pieces);
        Assert.True(bare.Start().Accept(spaced));
        Assert.False(bare.Start(continues: true).Accept(spaced));
    }

    [Fact]
    public void AVocabularyThatLacksCharactersWritesTheOthers()
    {
        TokenConstraint constraint = new(Grammar.Choices(["abc", "xyz", "été"]), Vocabularies.Characters);
        Assert.Equal("abc", RandomWriter.Text(constraint, new Random(1), 9));
        Assert.Contains("vocabulary", Assert.Throws<FormatException>(() => new TokenConstraint(Grammar.Choices(["xyz"]), Vocabularies.Characters)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OneConstraintServesManyThreads()
    {
        TokenConstraint constraint = new(Grammars[4], Vocabularies.Bytes);
        string[] alone = [.. Enumerable.Range(0, 8).Select(i => RandomWriter.Text(new TokenConstraint(Grammars[4], Vocabularies.Bytes), new Random(i), 30))];
        string[] together = new string[8];
        Parallel.For(0, 8, i => together[i] = RandomWriter.Text(constraint, new Random(i), 30));
        Assert.Equal(alone, together);
    }

    [Fact]
    public void EmptyChoicesAreRefused()
    {
        Assert.Throws<FormatException>(() => Grammar.Choices([]));
        Assert.Throws<FormatException>(() => Grammar.Choices(["a", ""]));
        Assert.Throws<ArgumentException>(() => new TokenConstraint(Grammar.Choices(["a"]), Vocabularies.Bytes).Start().Mask(new ulong[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenConstraint(Grammar.Choices(["a"]), Vocabularies.Bytes).Start().Rollback(1));
    }
}
