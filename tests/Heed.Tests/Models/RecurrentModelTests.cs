using System.Text.Json;
using Heed.Autograd;
using Heed.Generation;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Formats;

namespace Heed.Tests.Models;

/// <summary>Recurrent language models beside PyTorch's: made by tests/references/make_recurrent_language_references.py.</summary>
public sealed class RecurrentModelTests
{
    private static string Folder(string name) => Path.Combine(AppContext.BaseDirectory, "Fixtures", "recurrent-language", name);

    [Theory]
    [InlineData("lstm-tied")]
    [InlineData("gru")]
    [InlineData("rnn-relu")]
    public void LogitsLossAndGradientsOfTwoWindowsAreThoseOfPyTorch(string name)
    {
        RecurrentModel model = RecurrentFolder.Load(Folder(name));
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(name), "reference.json")));
        JsonElement root = reference.RootElement;
        Shape shape = new(root.GetProperty("batch").GetInt32(), root.GetProperty("length").GetInt32());
        RecurrentState carried = model.NewState(shape[0]);
        foreach (JsonElement window in root.GetProperty("windows").EnumerateArray())
        {
            using MemoryScope scope = new();
            using Tape tape = new();
            Tensor tokens = Ids("tokens"), targets = Ids("targets");
            Near(Floats(window.GetProperty("logits")), model.Forward(tokens, carried).Span, 2e-6f);
            foreach ((_, Tensor weight) in model.Weights) weight.ClearGradient();
            (Tensor loss, RecurrentState state) = model.Loss(tokens, targets, carried);
            Assert.Equal(window.GetProperty("loss").GetSingle(), loss.Item, 2e-6f);
            RecurrentState next = model.NewState(shape[0]); // backward still reads the one before
            state.CopyTo(next);
            tape.Backward(loss);
            JsonElement gradients = window.GetProperty("gradients");
            Assert.Equal(gradients.EnumerateObject().Count(), model.Weights.Count);
            foreach ((string weight, Tensor value) in model.Weights) Near(Floats(gradients.GetProperty(weight)), value.Gradient!.Span, 2e-6f);
            carried = next;

            Tensor Ids(string key) => Tensor.From(shape, [.. window.GetProperty(key).EnumerateArray().Select(e => e.GetInt32())]);
        }
    }

    [Fact]
    public void ASavedModelIsReadBackWithTheSameLogits()
    {
        using TemporaryFolder folder = new();
        RecurrentModel model = RecurrentFolder.Load(Folder("lstm-tied"));
        RecurrentFolder.Save(model, folder["again"]);
        RecurrentModel again = RecurrentFolder.Load(folder["again"]);
        Assert.Equal(model.Config.Parameters, again.Weights.Sum(w => w.Value.Count));
        Tensor tokens = Tensor.From(new Shape(1, 3), [1, 2, 3]);
        Assert.Equal(model.Forward(tokens).ToArray(), again.Forward(tokens).ToArray());
        File.WriteAllText(Path.Combine(folder["again"], "config.json"), File.ReadAllText(Path.Combine(folder["again"], "config.json")).Replace("\"hidden_size\": 8", "\"hidden_size\": 9", StringComparison.Ordinal));
        Assert.Contains("as wide as", Assert.Throws<InvalidDataException>(() => RecurrentFolder.Load(folder["again"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PerplexityCarriesTheStateOverTheWholeText()
    {
        RecurrentModel model = RecurrentFolder.Load(Folder("gru"));
        int[] text = [.. Enumerable.Range(0, 150).Select(i => i * i % 9)];
        Tensor logits = model.Forward(Tensor.From(new Shape(1, text.Length - 1), text[..^1])); // in one pass, the pieces of the measurement are shorter
        double sum = 0;
        for (int i = 0; i < logits.Rows; i++) sum += Math.Log(logits.Row(i).ToArray().Sum(x => Math.Exp(x))) - logits.Row(i)[text[i + 1]];
        PerplexityResult result = Perplexity.Measure(model, text);
        Assert.Equal(149, result.Tokens);
        Assert.Equal(sum / 149, result.Loss, 1e-5);
    }

    [Fact]
    public void TheGeneratorWritesWhatTheWholePassPrefers()
    {
        RecurrentModel model = RecurrentFolder.Load(Folder("lstm-tied"));
        List<int> text = [3, 1, 4];
        int[] written = [.. new RecurrentGenerator(model).Generate([.. text], new SamplingOptions { Temperature = 0, MaxTokens = 6 }).Select(t => t.Id)];
        foreach (int id in written)
        {
            Tensor logits = model.Forward(Tensor.From(new Shape(1, text.Count), text.ToArray()));
            Assert.Equal(Heed.Kernels.Reduce.ArgMax(logits.Row(text.Count - 1)), id);
            text.Add(id);
        }
        Assert.Equal(6, written.Length);
    }

    private static float[] Floats(JsonElement values) => [.. values.EnumerateArray().Select(e => e.GetSingle())];

    private static void Near(float[] expected, ReadOnlySpan<float> given, float tolerance)
    {
        Assert.Equal(expected.Length, given.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - given[i]) <= tolerance, $"element {i}: {given[i]}, expected {expected[i]}");
    }
}
