using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization;

/// <summary>Ids and texts must be exactly those of the original libraries.</summary>
public sealed class EncodeFixtureTests(ITestOutputHelper output)
{
    private const string Folder = "fixtures/tokenizers/";
    private static readonly ConcurrentDictionary<string, Tokenizer> Loaded = [];

    public static TheoryData<string> Families =>
        ["bert_chinese", "bert_uncased", "cl100k", "gpt2", "llama2", "llama2_metaspace", "phi3", "pythia", "qwen2", "roberta", "t5"];

    /// <summary>A family's tokenizer.json.</summary>
    internal static Tokenizer Of(string family) => Loaded.GetOrAdd(family, _ =>
    {
        using var folder = new TemporaryFolder();
        return Tokenizer.Load(Fixtures.Unpack($"{Folder}vocab/{family}/tokenizer.json.gz", folder, "tokenizer.json"));
    });

    [Theory]
    [MemberData(nameof(Families))]
    public void TokenizerJsonGivesTheIdsAndTextsOfTheOriginal(string family)
    {
        Tokenizer tokenizer = Of(family);
        int cases = CheckFamily(tokenizer, family);
        output.WriteLine($"{family}: {cases} cases");

        using var folder = new TemporaryFolder();
        tokenizer.Save(folder["again.json"]);
        var again = Tokenizer.Load(folder["again.json"]);
        Assert.Equal(tokenizer.Fingerprint, again.Fingerprint);
        CheckFamily(again, family);
    }

    [Theory]
    [InlineData("gpt2", "vocab.json.gz", "merges.txt.gz")]
    [InlineData("bert_uncased", "vocab.txt", "")]
    [InlineData("cl100k", "cl100k_base.tiktoken.gz", "")]
    [InlineData("o200k", "o200k_base.tiktoken.gz", "")]
    public void OriginalVocabularyFilesGiveTheIdsOfTheOriginal(string family, string file, string other)
    {
        using var folder = new TemporaryFolder();
        string path = Fixtures.Unpack($"{Folder}vocab/{family}/{file}", folder, file.Replace(".gz", "", StringComparison.Ordinal));
        if (other.Length > 0) Fixtures.Unpack($"{Folder}vocab/{family}/{other}", folder, other.Replace(".gz", "", StringComparison.Ordinal));
        foreach (string place in (string[])[path, folder.Path])
        {
            int cases = CheckFamily(Tokenizer.Load(place), family);
            output.WriteLine($"{family} from {file}: {cases} cases");
        }
    }

    [Theory]
    [InlineData("llama2", "tokenizer.model")]
    [InlineData("t5", "spiece.model")]
    public void SentencePieceFilesGiveTheIdsOfSentencePiece(string family, string file)
    {
        var tokenizer = Tokenizer.Load(Fixtures.Find($"{Folder}vocab/{family}/{file}"));
        int cases = 0;
        var wrong = new List<string>();
        foreach (JsonElement line in Fixtures.ReadJsonLines($"{Folder}encode/{family}.jsonl"))
        {
            string id = line.GetProperty("id").GetString()!, text = line.GetProperty("text").GetString()!;
            int[] ids = Fixtures.Ints(line.GetProperty("sp_ids"));
            string decoded = line.TryGetProperty("sp_decoded", out JsonElement d) ? d.GetString()! : text;
            if (!ids.AsSpan().SequenceEqual(tokenizer.Encode(text))) wrong.Add($"{id}: ids");
            if (decoded != tokenizer.Decode(ids)) wrong.Add($"{id}: decoded '{tokenizer.Decode(ids)}', not '{decoded}'");
            if (ids.Length != tokenizer.Count(text)) wrong.Add($"{id}: count");
            StreamingDecoder stream = tokenizer.DecodeStream();
            if (string.Concat(ids.Select(stream.Append)) + stream.Flush() != tokenizer.Decode(ids)) wrong.Add($"{id}: stream");
            cases++;
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong.Take(20)));
        Assert.True(cases > 400, $"{cases} cases");
        output.WriteLine($"{family} from {file}: {cases} cases");
    }

    private static int CheckFamily(Tokenizer tokenizer, string family)
    {
        int cases = 0;
        var wrong = new List<string>();
        foreach (JsonElement line in Fixtures.ReadJsonLines($"{Folder}encode/{family}.jsonl"))
        {
            string id = line.GetProperty("id").GetString()!, text = line.GetProperty("text").GetString()!;
            int[] ids = Fixtures.Ints(line.GetProperty("ids"));
            int[] plain = line.TryGetProperty("ids_plain", out JsonElement p) ? Fixtures.Ints(p) : ids;
            int[] ordinary = line.TryGetProperty("ids_ordinary", out JsonElement o) ? Fixtures.Ints(o) : plain;
            string decoded = line.TryGetProperty("decoded", out JsonElement d) ? d.GetString()! : text;
            string skipped = line.TryGetProperty("decoded_skip", out JsonElement s) ? s.GetString()! : decoded;

            void Check(bool right, string what)
            {
                if (!right) wrong.Add($"{id} ({text}): {what}");
            }
            Check(ids.AsSpan().SequenceEqual(tokenizer.Encode(text)), "ids " + string.Join(' ', tokenizer.Encode(text)) + " not " + string.Join(' ', ids));
            Check(plain.AsSpan().SequenceEqual(tokenizer.Encode(text, SpecialTokens.Parse)), "plain ids");
            Check(plain.AsSpan().SequenceEqual(tokenizer.Encode(Encoding.UTF8.GetBytes(text), SpecialTokens.Parse)), "ids of bytes");
            if (family is "gpt2" or "cl100k" or "o200k") Check(ordinary.AsSpan().SequenceEqual(tokenizer.Encode(text, SpecialTokens.None)), "ordinary ids");
            Check(ids.Length == tokenizer.Count(text), "count");
            Check(ids.SequenceEqual(tokenizer.EncodeDetailed(text).Ids), "ids with details");
            Check(decoded == tokenizer.Decode(ids), $"decoded '{tokenizer.Decode(ids)}', not '{decoded}'");
            Check(skipped == tokenizer.Decode(ids, skipSpecialTokens: true), "decoded without special tokens");
            StreamingDecoder stream = tokenizer.DecodeStream();
            Check(decoded == string.Concat(ids.Select(stream.Append)) + stream.Flush(), "stream");
            cases++;
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} wrong\n" + string.Join("\n", wrong.Take(20)));
        Assert.True(cases > 400, $"{cases} cases");
        return cases;
    }

    [Fact]
    public void LoneSurrogatesAreEncodedAsReplacementCharacters()
    {
        int cases = 0;
        foreach (JsonElement line in Fixtures.ReadJsonLines(Folder + "encode/lone_surrogates.jsonl"))
        {
            string family = line.GetProperty("family").GetString()!;
            string text = new([.. Fixtures.Ints(line.GetProperty("utf16")).Select(u => (char)u)]);
            Tokenizer tokenizer = family == "o200k" ? Tokenizer.Load(UnpackedO200k()) : Of(family);
            Assert.Equal(Fixtures.Ints(line.GetProperty("ids")), tokenizer.Encode(text));
            cases++;
        }
        Assert.True(cases > 0);
        output.WriteLine($"{cases} cases");
    }

    private static string UnpackedO200k()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "o200k_base.tiktoken");
        if (!File.Exists(path)) File.WriteAllBytes(path, Fixtures.ReadBytes(Folder + "vocab/o200k/o200k_base.tiktoken.gz"));
        return path;
    }
}
