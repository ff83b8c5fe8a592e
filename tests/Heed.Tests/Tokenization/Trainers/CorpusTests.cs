using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

/// <summary>Reading of files in chunks, and independence of chunks and threads.</summary>
public sealed class CorpusTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string Lines(int count, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            for (int w = random.Next(12); w >= 0; w--) text.Append((char)('a' + random.Next(26)), random.Next(1, 4)).Append(random.Next(9) == 0 ? "一😀" : " ");
            text.Append(random.Next(7) == 0 ? "\n\n" : "\n");
        }
        return text.ToString();
    }

    /// <summary>Several chunks, so that seams and the order of adding up matter.</summary>
    [Fact]
    public void ThreadsDoNotMatter()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.txt"], Lines(200_000, 1));
        File.WriteAllText(folder["b.txt"], Lines(30_000, 2));
        string[] files = [folder["a.txt"], folder["b.txt"]];
        Assert.True(new FileInfo(files[0]).Length > 2 * TextChunk.TargetBytes);
        foreach (TokenizerTrainer trainer in (TokenizerTrainer[])[
            new BpeTrainer { VocabularySize = 2000 },
            new BpeTrainer { VocabularySize = 2000, TieRule = BpeTieRule.FirstInText },
            BpeTrainer.SentencePiece with { VocabularySize = 2000 },
            new WordPieceTrainer { VocabularySize = 2000 },
            new UnigramTrainer { VocabularySize = 2000 }])
        {
            TokenizerPipeline pipeline = trainer is BpeTrainer { UnknownToken: null } ? TokenizerPipeline.Gpt2 : TokenizerPipeline.SentencePiece;
            byte[][] trained = [.. new[] { 1, 5 }.Select(threads =>
                Tokenizer.Train(TextCorpus.FromFiles(files), trainer with { Threads = threads }, pipeline, cancel: Cancel).ToJson(indented: false))];
            Assert.Equal(trained[0], trained[1]);
        }
    }

    [Fact]
    public void FilesAreReadAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        string text = Lines(150_000, 3) + "the end without a line end";
        File.WriteAllText(folder["a.txt"], "\uFEFF" + text, new UTF8Encoding(false));
        Assert.Equal(text, string.Concat(TextCorpus.FromFiles([folder["a.txt"]]).Texts()));
        Assert.Equal(TrainingTexts.Lines(text), TextCorpus.FromFiles([folder["a.txt"]], TextUnit.Line).Texts());
        Assert.Equal(TrainingTexts.Sentences(text), TextCorpus.FromFiles([folder["a.txt"]], TextUnit.Sentence).Texts());

        // Two parts are the whole, wherever the cut falls, even inside a character.
        long length = new FileInfo(folder["a.txt"]).Length;
        for (long cut = length / 2; cut < (length / 2) + 40; cut++)
            Assert.Equal(text.Length, new[] { new FilePart(folder["a.txt"], 0, cut), new FilePart(folder["a.txt"], cut) }.Sum(part => TextCorpus.FromFiles([part]).Texts().Sum(t => t.Length)));
    }

    [Fact]
    public void ALongLineIsCutBetweenCharacters()
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat("一😀é", 400_000));
        File.WriteAllText(folder["a.txt"], text);
        Assert.Equal(text, string.Concat(TextCorpus.FromFiles([folder["a.txt"]]).Texts()));
    }

    /// <summary>Chunks are cut where GPT-2's pattern cuts: a file is the same as its text in one piece.</summary>
    [Fact]
    public void AFileIsOneText()
    {
        using var folder = new TemporaryFolder();
        string text = Lines(200_000, 4);
        File.WriteAllText(folder["a.txt"], text);
        var trainer = new BpeTrainer { VocabularySize = 1000 };
        Assert.Equal(
            Tokenizer.Train([text], trainer, TokenizerPipeline.Gpt2, cancel: Cancel).Fingerprint,
            Tokenizer.Train(TextCorpus.FromFiles([folder["a.txt"]]), trainer, TokenizerPipeline.Gpt2, cancel: Cancel).Fingerprint);
    }

    [Fact]
    public void BadFilesAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("none.txt", Assert.Throws<FileNotFoundException>(() => TextCorpus.FromFiles([folder["none.txt"]])).Message);
        Assert.Contains("folder", Assert.Throws<InvalidDataException>(() => TextCorpus.FromFiles([folder.Path])).Message);
        File.WriteAllBytes(folder["bad.txt"], [.. "\uFEFFabc"u8, 0xFF, .. "def"u8]);
        foreach (int threads in (int[])[1, 2])
        {
            var bad = Assert.Throws<InvalidDataException>(() => Tokenizer.Train(TextCorpus.FromFiles([folder["bad.txt"]]), new BpeTrainer { Threads = threads }, TokenizerPipeline.Gpt2, cancel: Cancel));
            Assert.Contains("0xFF at offset 6", bad.Message);
        }
    }

    private sealed class Reports(Action<TrainingProgress>? also = null) : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> All { get; } = [];

        public void Report(TrainingProgress value)
        {
            All.Add(value);
            also?.Invoke(value);
        }
    }

    [Fact]
    public void ProgressIsReported()
    {
        string[] text = [Lines(2000, 5)];
        var reports = new Reports();
        Tokenizer.Train(text, new BpeTrainer { VocabularySize = 270 }, TokenizerPipeline.Gpt2, reports, Cancel);
        TrainingProgress[] merging = [.. reports.All.Where(r => r.Stage == TrainingStage.Merging)];
        Assert.Equal(Enumerable.Range(258, 13).Select(i => (long)i), merging.Select(r => r.Done));
        Assert.All(merging, r => Assert.Equal(270, r.Target));
        Assert.Equal(merging.Select(r => r.PairCount).OrderDescending(), merging.Select(r => r.PairCount));
        Assert.Equal(Encoding.UTF8.GetByteCount(text[0]), reports.All.Last(r => r.Stage == TrainingStage.Reading).Done);

        reports.All.Clear();
        Tokenizer.Train(text, new UnigramTrainer { VocabularySize = 100 }, TokenizerPipeline.SentencePiece, reports, Cancel);
        Assert.True(reports.All.Count(r => r.Stage == TrainingStage.Pruning) > 3);
    }

    [Theory]
    [InlineData(TrainingStage.Reading)]
    [InlineData(TrainingStage.Merging)]
    [InlineData(TrainingStage.Pruning)]
    public void TrainingCanBeCancelledAtAnyStage(TrainingStage stage)
    {
        using var source = new CancellationTokenSource();
        var reports = new Reports(r =>
        {
            if (r.Stage == stage) source.Cancel();
        });
        bool unigram = stage == TrainingStage.Pruning;
        Assert.ThrowsAny<OperationCanceledException>(() => Tokenizer.Train([Lines(5000, 6)], unigram ? new UnigramTrainer { VocabularySize = 100 } : new BpeTrainer(),
            unigram ? TokenizerPipeline.SentencePiece : TokenizerPipeline.Gpt2, reports, source.Token));
        Assert.Equal(stage, reports.All[^1].Stage);
        Assert.ThrowsAny<OperationCanceledException>(() => Tokenizer.Train(["a"], new BpeTrainer(), TokenizerPipeline.Gpt2, cancel: new(canceled: true)));
    }
}
