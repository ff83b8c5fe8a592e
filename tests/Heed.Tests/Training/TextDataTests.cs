using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Text from files: streamed, cached, split and prepared ahead, always to the same weights.</summary>
[Collection(Threads.Name)]
public sealed class TextDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private Recipe Reading(TextList source, string tokenizer = "bytes", string run = "run") => TinyRecipe.In(folder[run], 6) is var r ? r with { Data = new DataSection { Source = source, Tokenizer = tokenizer, Vocabulary = 300 } } : r;

    private string Train(Recipe recipe, List<string>? status = null)
    {
        Trainer.Run(recipe, existing: ExistingRun.Restart, status: status is null ? null : status.Add);
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(recipe.OutputFolder, "model.safetensors"))));
    }

    private static string Line(int i) => $"The {i % 7} cats of {i % 11} towns saw {i} birds.";

    [Fact]
    public void TheCacheIsWrittenOnceAndGivesTheSameWeights()
    {
        File.WriteAllLines(folder["a.jsonl"], Enumerable.Range(0, 80).Select(i => $"{{\"text\": \"{Line(i)}\"}}"));
        Recipe recipe = Reading(folder["a.jsonl"], "bpe"), cached = recipe with { Data = recipe.Data with { Cache = folder["cache"] } };
        string plain = Train(recipe);
        List<string> first = [], second = [];
        Assert.Equal(plain, Train(cached, first));
        Assert.DoesNotContain(first, s => s.Contains("tokens of the", StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFiles(folder["cache"]).Length);
        Assert.Equal(plain, Train(cached, second));
        Assert.Equal(2, second.Count(s => s.StartsWith("tokens of the", StringComparison.Ordinal)));
        foreach (string path in Directory.GetFiles(folder["cache"])) File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]); // torn: written anew
        Assert.Equal(plain, Train(cached));
        File.AppendAllText(folder["a.jsonl"], "{\"text\": \"one more\"}\n");
        Assert.NotEqual(plain, Train(cached));
        Assert.Equal(4, Directory.GetFiles(folder["cache"]).Length);
    }

    [Theory]
    [InlineData("forward")]
    [InlineData("backward")]
    [InlineData("both")]
    public void PairsOfAMappedFileGiveTheSameWeights(string direction)
    {
        File.WriteAllLines(folder["pairs.jsonl"], Enumerable.Range(0, 60).Select(i => $"{{\"source\": \"{Line(i)}\", \"target\": \"{i % 7} Katzen in {i % 11} Orten\"}}"));
        Recipe recipe = Reading(folder["pairs.jsonl"], "characters");
        recipe = recipe with
        {
            Data = recipe.Data with { Direction = direction },
            Algorithm = recipe.Algorithm with { Objective = "sequence-to-sequence", Family = "bart", Context = 24, Batch = 8 },
        };
        Recipe cached = recipe with { Data = recipe.Data with { Cache = folder["cache"] } };
        List<string> again = [];
        string plain = Train(recipe);
        Assert.Equal(plain, Train(cached));
        Assert.Equal(plain, Train(cached, again));
        Assert.Equal(2, again.Count(s => s.StartsWith("tokens of the", StringComparison.Ordinal)));
        Assert.NotEqual(plain, Train(cached with { Algorithm = cached.Algorithm with { Context = 6 } })); // cut to another length: other tokens
    }

    [Fact]
    public void AFolderOfTextsHasADocumentInEachAndAFileIsRunningText()
    {
        Directory.CreateDirectory(folder["texts"]);
        for (int i = 0; i < 30; i++) File.WriteAllText(folder[$"texts/{i:D2}.txt"], Line(i) + "\n" + Line(i + 1));
        File.WriteAllLines(folder["same.jsonl"], Enumerable.Range(0, 30).Select(i => $"{{\"text\": \"{Line(i)}\\n{Line(i + 1)}\"}}"));
        Assert.Equal(Train(Reading(folder["same.jsonl"])), Train(Reading(folder["texts"])));
        Assert.Equal(Train(Reading(folder["same.jsonl"])), Train(Reading(folder["texts/*.txt"])));
        File.WriteAllText(folder["one.txt"], string.Join("\n", Enumerable.Range(0, 40).Select(Line)));
        Recipe running = Reading(folder["one.txt"]);
        Assert.NotEqual(Train(running), Train(Reading([folder["one.txt"], folder["texts/01.txt"]])));
        Assert.Contains("running text", Assert.Throws<InvalidDataException>(() => Train(running with { Data = running.Data with { Split = "hash" } })).Message);
    }

    [Fact]
    public void LargeRunningTextIsReadInPartsThatBytesDoNotNotice()
    {
        // Two mebibytes come in parts; as bytes they are the same tokens as one text would be.
        string text = string.Concat(Enumerable.Range(0, 60_000).Select(i => Line(i) + "\n"));
        File.WriteAllText(folder["large.txt"], text);
        Recipe recipe = Reading(folder["large.txt"]) is var r ? r with { Data = r.Data with { ValidationFraction = 0.001 } } : r;
        using System.IO.Compression.GZipStream packed = new(File.Create(folder["large.txt.gz"]), System.IO.Compression.CompressionLevel.Fastest);
        packed.Write(System.Text.Encoding.UTF8.GetBytes(text));
        packed.Close();
        RecipeRecords Records(string name) => new(Reading(folder[name]), null);
        TextStream plain = new(recipe, Records("large.txt")), whole = new(recipe, Records("large.txt.gz"));
        Assert.True(plain.Of(Heed.Data.Records.DataSplit.Training).Count() > 1);
        foreach (Heed.Data.Records.DataSplit part in Enum.GetValues<Heed.Data.Records.DataSplit>())
            Assert.Equal(string.Concat(whole.Of(part)), string.Concat(plain.Of(part)));
        Assert.Equal(text, string.Concat(plain.Of(Heed.Data.Records.DataSplit.Training)) + string.Concat(plain.Of(Heed.Data.Records.DataSplit.Validation)));
        long sampled = plain.Sample(Heed.Data.Records.DataSplit.Training, 600_000).Sum(t => (long)t.Length);
        Assert.InRange(sampled, 500_000, 600_000);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    public void PackedDocumentsAreLearnedFrom(string family)
    {
        File.WriteAllLines(folder["a.jsonl"], Enumerable.Range(0, 80).Select(i => $"{{\"text\": \"{Line(i)}\"}}"));
        Recipe recipe = Reading(folder["a.jsonl"]);
        recipe = recipe with { Data = recipe.Data with { Packing = "documents" }, Algorithm = recipe.Algorithm with { Family = family, Steps = 120, Dropout = 0, Context = 40, InitialDeviation = 0.1, Optimizer = new OptimizerSection { LearningRate = 1e-2 } } };
        TrainingResult result = Trainer.Run(recipe);
        Assert.True(result.ValidationLoss < result.UnigramLoss, $"{result.ValidationLoss} against {result.UnigramLoss}");
        recipe = recipe with { Algorithm = recipe.Algorithm with { Steps = 30 } }; // for bits a few steps do
        string packed = Train(recipe);
        Assert.Equal(packed, Threads.With(3, () => Train(recipe with { Compute = recipe.Compute with { Recompute = true } })));
        using CancellationTokenSource stop = new();
        Trainer.Run(recipe, s =>
        {
            if (s.Index == 17) stop.Cancel();
        }, ExistingRun.Restart, cancellation: stop.Token);
        Trainer.Run(recipe, existing: ExistingRun.Resume);
        Assert.Equal(packed, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(recipe.OutputFolder, "model.safetensors")))));
        recipe = recipe with { Data = recipe.Data with { Packing = "stream" } };
        Assert.Contains("other data", Assert.Throws<InvalidDataException>(() => Trainer.Run(recipe, existing: ExistingRun.Resume)).Message);
    }

    [Fact]
    public void ABatchThatWasPreparedAheadIsTheOneThatIsAskedFor()
    {
        List<long> made = [];
        TrainingBatch Make(long n)
        {
            lock (made) made.Add(n);
            return n == 7 ? throw new InvalidDataException("seven") : new TrainingBatch(Heed.Tensors.Tensor.From(new Heed.Tensors.Shape(1), [n]), Heed.Tensors.Tensor.From(new Heed.Tensors.Shape(1), [0f]));
        }
        using BatchAhead ahead = new(Make, 9);
        foreach (long n in (long[])[0, 1, 2, 5, 6]) Assert.Equal(n, ahead[n].Inputs.Span[0]);
        Assert.Equal("seven", Assert.Throws<InvalidDataException>(() => ahead[7]).Message);
        Assert.Equal(8, ahead[8].Inputs.Span[0]);
        ahead.Dispose();
        Assert.DoesNotContain(9, made);
    }
}
