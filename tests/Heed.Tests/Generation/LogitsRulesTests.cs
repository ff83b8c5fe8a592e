using CsCheck;
using Heed.Generation;

namespace Heed.Tests.Generation;

/// <summary>Every rule against its definition, written out here for one token at a time.</summary>
public sealed class LogitsRulesTests
{
    private const int Vocabulary = 12;
    private const float Never = float.NegativeInfinity;

    private static readonly Gen<int> Ids = Gen.Int[0, Vocabulary - 1];
    private static readonly Gen<int[]> Text = Ids.Array[1, 14];
    private static readonly Gen<float[]> Scores = Gen.Float[-9, 9].Array[Vocabulary];

    private static float[] Apply(SamplingOptions options, int[] ids, float[] scores, int prompt = 1, int longest = int.MaxValue, int[]? ends = null, int[]? source = null)
    {
        float[] result = [.. scores];
        LogitsRules rules = new(options, Vocabulary, prompt, longest, ends, source);
        rules.Apply(ids, result);
        float[] again = [.. scores];
        rules.Apply(ids, again); // a rule keeps nothing from one call to the next
        Assert.Equal(result, again);
        return result;
    }

    private static SamplingOptions With(TokenRules rules) => new() { Rules = rules };

    private static void Each(float[] scores, float[] given, Func<int, float> expected)
    {
        for (int id = 0; id < scores.Length; id++) Assert.Equal(expected(id), given[id], 1e-5f);
    }

    [Fact]
    public void RepeatedTokensArePenalisedOnce() =>
        Gen.Select(Text, Scores, Gen.Float[0.5f, 3]).Sample((ids, scores, penalty) =>
            Each(scores, Apply(new() { RepetitionPenalty = penalty }, ids, scores), id => !ids.Contains(id) ? scores[id] : scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty));

    [Fact]
    public void PresenceAndFrequencyCountWhatWasGenerated() =>
        Gen.Select(Text, Scores, Gen.Float[-1, 1], Gen.Float[-1, 1], Gen.Int[0, 5]).Sample((ids, scores, presence, frequency, prompt) =>
        {
            int[] generated = [.. ids.Skip(prompt)];
            Each(scores, Apply(new() { PresencePenalty = presence, FrequencyPenalty = frequency }, ids, scores, prompt), id =>
                generated.Contains(id) ? scores[id] - presence - frequency * generated.Count(g => g == id) : scores[id]);
        });

    [Fact]
    public void TheSourcesTokensAreFavoured() =>
        Gen.Select(Text, Text, Scores, Gen.Float[0.5f, 3]).Sample((ids, source, scores, penalty) =>
            Each(scores, Apply(With(new() { SourcePenalty = penalty }), ids, scores, source: source), id => !source.Contains(id) ? scores[id] : scores[id] < 0 ? scores[id] / penalty : scores[id] * penalty));

    [Fact]
    public void NoRunOfTokensIsWrittenTwice() =>
        Gen.Select(Gen.Int[0, 2].Array[1, 14], Gen.Int[1, 4], Scores).Sample((ids, size, scores) =>
            Each(scores, Apply(With(new() { NoRepeatNgram = size }), ids, scores), id => Runs([.. ids], size).Contains(Run([.. ids, id], size)) ? Never : scores[id]));

    [Fact]
    public void NoRunOfTheSourceIsWritten() =>
        Gen.Select(Gen.Int[0, 2].Array[1, 14], Gen.Int[0, 2].Array[1, 9], Gen.Int[1, 4], Scores).Sample((source, ids, size, scores) =>
            Each(scores, Apply(With(new() { NoSourceNgram = size }), ids, scores, source: source), id => ids.Length + 1 >= size && Runs(source, size).Contains(Run([.. ids, id], size)) ? Never : scores[id]));

    private static string Run(int[] ids, int size) => string.Join(' ', ids.TakeLast(size));

    private static HashSet<string> Runs(int[] ids, int size) => [.. Enumerable.Range(0, Math.Max(0, ids.Length - size + 1)).Select(i => string.Join(' ', ids.Skip(i).Take(size)))];

    [Fact]
    public void SequencesAreForbiddenAndBiasedWhereTheirBeginningStands() =>
        Gen.Select(Gen.Int[0, 2].Array[1, 9], Gen.Int[0, 2].Array[1, 3].Array[1, 5], Gen.Float[-5, 5], Scores).Sample((ids, sequences, bias, scores) =>
        {
            // A sequence as long as all the text with its next token does not count: so it is in the original.
            bool Completes(int[] sequence, int id) => sequence[^1] == id && sequence.Length <= (sequence.Length == 1 ? 1 : ids.Length) && ids.TakeLast(sequence.Length - 1).SequenceEqual(sequence[..^1]);
            int[][] distinct = [.. sequences.DistinctBy(s => string.Join(' ', s))];
            Each(scores, Apply(With(new() { Forbidden = sequences }), ids, scores), id => distinct.Any(s => Completes(s, id)) ? Never : scores[id]);
            Each(scores, Apply(With(new() { Biases = [.. sequences.Select(s => new SequenceBias(s, bias))] }), ids, scores), id => scores[id] + bias * distinct.Count(s => Completes(s, id)));
        });

    [Fact]
    public void TheEndTokenAloneCannotBeForbidden()
    {
        float[] scores = new float[Vocabulary];
        float[] given = Apply(With(new() { Forbidden = [[2], [3]] }), [5], scores, ends: [2]);
        Assert.Equal(0, given[2]);
        Assert.Equal(Never, given[3]);
    }

    [Fact]
    public void TheEndWaitsForTheLeastLength() =>
        Gen.Select(Text, Gen.Int[0, 10], Gen.Int[0, 10], Gen.Int[1, 4], Scores).Sample((ids, length, newTokens, prompt, scores) =>
        {
            prompt = Math.Min(prompt, ids.Length);
            Each(scores, Apply(With(new() { MinLength = length, MinNewTokens = newTokens }), ids, scores, prompt, ends: [2, 7]), id =>
                id is 2 or 7 && (ids.Length < length || ids.Length - prompt < newTokens) ? Never : scores[id]);
        });

    [Fact]
    public void FirstAndLastTokensAreForced() =>
        Gen.Select(Text, Gen.Int[2, 15], Scores).Sample((ids, longest, scores) =>
            Each(scores, Apply(With(new() { ForcedBegin = 4, ForcedEnd = [2, 7] }), ids, scores, longest: longest), id =>
                ids.Length == longest - 1 ? (id is 2 or 7 ? 0 : Never) : ids.Length == 1 ? (id == 4 ? 0 : Never) : scores[id]));

    [Fact]
    public void TokensAreSuppressedAlwaysOrAtTheBegin() =>
        Gen.Select(Text, Gen.Int[1, 4], Gen.Bool, Scores).Sample((ids, prompt, forced, scores) =>
        {
            prompt = Math.Min(prompt, ids.Length);
            float[] given = Apply(With(new() { Suppressed = [3], SuppressedAtBegin = [5, 6], ForcedBegin = forced ? 4 : null }), ids, scores, prompt);
            int begin = prompt == 1 && forced ? 2 : prompt;
            if (forced && ids.Length == 1) return; // the first token is forced: see above
            Each(scores, given, id => id == 3 || id is 5 or 6 && ids.Length == begin ? Never : scores[id]);
        });

    [Fact]
    public void EarlierGroupsTokensCostOnceForEach()
    {
        float[] scores = new float[Vocabulary];
        new LogitsRules(new(), Vocabulary).Apply([1], scores, [4, 4, 6], 0.5f);
        Assert.Equal(-1, scores[4]);
        Assert.Equal(-0.5f, scores[6]);
        Assert.Equal(1.5f, -scores.Sum());
    }

    [Fact]
    public void ForcedTokensStandAboveAllButSuppression()
    {
        float[] given = Apply(With(new() { ForcedBegin = 4, Suppressed = [4], MinNewTokens = 3, Forbidden = [[4]] }), [9], new float[Vocabulary], ends: [4]);
        Assert.All(given, score => Assert.Equal(Never, score));
        Assert.Equal(0, Apply(With(new() { ForcedBegin = 4, MinNewTokens = 3, Forbidden = [[4]] }), [9], new float[Vocabulary], ends: [4])[4]);
    }

    [Fact]
    public void WrongRulesAreRefused()
    {
        Refused(new() { MinLength = -1 }, "min length");
        Refused(new() { MinNewTokens = -1 }, "min new tokens");
        Refused(new() { NoRepeatNgram = -1 }, "n-gram");
        Refused(new() { NoSourceNgram = -2 }, "n-gram");
        Refused(new() { SourcePenalty = 0 }, "source penalty");
        Refused(new() { ForcedBegin = Vocabulary }, "forced begin token 12 is outside the vocabulary of 12");
        Refused(new() { ForcedEnd = [-1] }, "forced end token -1");
        Refused(new() { Suppressed = [99] }, "suppressed token 99");
        Refused(new() { SuppressedAtBegin = [99] }, "suppressed at begin token 99");
        Refused(new() { Forbidden = [[]] }, "forbidden sequence");
        Refused(new() { Forbidden = [[1, 12]] }, "forbidden token 12");
        Refused(new() { Biases = [new([1], float.NaN)] }, "bias");
        Refused(new() { Biases = [new([50], 1)] }, "biased token 50");
        Assert.Throws<ArgumentException>(() => new LogitsRules(new(), Vocabulary).Apply([1], new float[3]));

        static void Refused(TokenRules rules, string what) => Assert.Contains(what, Assert.Throws<ArgumentException>(() => new LogitsRules(With(rules), Vocabulary)).Message);
    }
}
