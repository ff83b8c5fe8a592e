using Heed.Data;
using Heed.Models;
using Heed.Tasks;
using Heed.Tensors;

namespace Heed.Tests.Tasks;

public sealed class ImageClassifierTests
{
    [Theory]
    [InlineData("vit")]
    [InlineData("swin")]
    public void Scores_are_the_softmax_of_the_models_own_on_the_prepared_pixels(string fixture)
    {
        string folder = Folder(fixture);
        ImageTransformer model = ImageFolder.Load(folder);
        int side = model.Config.Patches.Width;
        RgbImage image = new(side, side, [.. Enumerable.Range(0, 3 * side * side).Select(i => (byte)(i * 37 % 251))]);
        IReadOnlyList<LabelScore> scores = ImageClassifier.Load(folder).Classify(image);
        using MemoryScope scope = new();
        Tensor pixels = Tensor.Empty(new Shape(1, 3, side, side));
        for (int channel = 0; channel < 3; channel++)
            for (int i = 0; i < side * side; i++) pixels.Span[channel * side * side + i] = (float)(image.Row(i / side)[3 * (i % side) + channel] / 127.5 - 1);
        double[] e = [.. model.Forward(pixels).Row(0).ToArray().Select(l => Math.Exp(l))];
        Assert.Equal(1, scores.Sum(s => s.Score), 1e-9);
        Assert.Equal(scores.Select(s => s.Score).OrderDescending(), scores.Select(s => s.Score));
        for (int label = 0; label < e.Length; label++)
            Assert.Equal(e[label] / e.Sum(), scores.Single(s => s.Label == model.Config.Head.Labels[label]).Score, 1e-5);
    }

    [Fact]
    public void A_size_that_the_model_does_not_read_is_told()
    {
        ImageTransformer model = ImageFolder.Load(Folder("vit"));
        ImageClassifier wrong = new(model, ImagePreprocessor.Default(16, 16));
        Assert.Contains("pixels", Assert.Throws<ArgumentException>(() => wrong.Classify(new RgbImage(4, 4, new byte[48]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new ImageClassifier(new ImageTransformer(model.Config with { Head = new HeadConfig { Kind = HeadKind.None } }, seed: 1)));
    }

    private static string Folder(string fixture) => Path.Combine(AppContext.BaseDirectory, "Fixtures", fixture);
}
