using System.Security.Cryptography;
using Heed.Data;
using Heed.Tests.Formats;
using Heed.Tokenization;
using Heed.Training;

namespace Heed.Tests.Training;

/// <summary>Recipes of recurrent families: the state goes on from batch to batch, also over a stop.</summary>
public sealed class RecurrentTrainingTests
{
    [Fact]
    public void WindowsOfStreamsFollowEachOtherAndCoverTheText()
    {
        int[] ids = [.. Enumerable.Range(0, 23)];
        TokenStreams streams = new(ids, batch: 2, context: 4, "text"); // two streams of 11: windows of 4, 4 and 2
        Assert.Equal(3, streams.Windows);
        List<int>[] read = [[], []];
        for (int w = 0; w < 3; w++)
        {
            (var inputs, var targets) = streams[w];
            int length = inputs.Columns;
            Assert.Equal(w == 2 ? 2 : 4, length);
            for (int row = 0; row < 2; row++) read[row].AddRange(inputs.Ints.Slice(row * length, length));
            Assert.Equal(inputs.Ints.ToArray().Select(i => i + 1), targets.Ints.ToArray());
        }
        Assert.Equal(Enumerable.Range(0, 10), read[0]);
        Assert.Equal(Enumerable.Range(11, 10), read[1]);
        Assert.Throws<InvalidDataException>(() => new TokenStreams(ids, 12, 4, "text"));
    }

    [Theory]
    [InlineData("lstm", true)]
    [InlineData("gru", true)]
    [InlineData("rnn", false)]
    public void AStoppedRunIsResumedToTheSameBits(string family, bool carries)
    {
        using TemporaryFolder folder = new();
        Recipe recipe = Make(folder["whole"], family, carries);
        TrainingResult whole = Trainer.Run(recipe);
        Assert.True(whole.ValidationLoss < Math.Log(257), $"{whole.ValidationLoss}");
        Recipe stopped = Make(folder["stopped"], family, carries);
        using CancellationTokenSource stop = new();
        Trainer.Run(stopped, s =>
        {
            if (s.Index == 7) stop.Cancel();
        }, cancellation: stop.Token);
        Trainer.Run(stopped, existing: ExistingRun.Resume);
        Assert.Equal(Hash(folder["whole"]), Hash(folder["stopped"]));
    }

    [Fact]
    public void WordsAreCountedWithALineEndEach()
    {
        Tokenizer tokenizer = Tokenizer.Train([" the cat <unk> the \n \n the dog \n"], new WordTrainer { VocabularySize = 5 });
        Assert.Equal(["<unk>", "<eos>", "the", "cat", "dog"], new[] { "<unk>", "<eos>", "the", "cat", "dog" }.OrderBy(t => tokenizer.TokenToId(t)));
        Assert.Equal(5, tokenizer.VocabularySize);
        int end = tokenizer.TokenToId("<eos>")!.Value, unknown = tokenizer.TokenToId("<unk>")!.Value, the = tokenizer.TokenToId("the")!.Value;
        Assert.Equal([the, unknown, end, end, the], tokenizer.Encode(" the bird\n \nthe"));
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["t"]);
        tokenizer.Save(Path.Combine(folder["t"], "tokenizer.json"));
        Assert.Equal([the, unknown, end], Tokenizer.Load(Path.Combine(folder["t"], "tokenizer.json")).Encode("the bird\n"));
        Assert.Throws<ArgumentException>(() => Tokenizer.Train([" "], new WordTrainer()));
    }

    private static Recipe Make(string folder, string family, bool carries)
    {
        Recipe recipe = TinyRecipe.In(folder, family: family);
        return recipe with { Algorithm = recipe.Algorithm with { Recurrent = new RecurrentSection { CarryState = carries, EmbeddingWidth = 12 } } };
    }

    private static string Hash(string run) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(run, "model.safetensors"))));
}
