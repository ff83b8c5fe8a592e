using CsCheck;
using Heed.Autograd;
using Heed.Data;
using Heed.Data.Tokens;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Data;

/// <summary>Documents packed side by side: every token predicted once, and learned from as if its document stood alone.</summary>
public sealed class DocumentBatchesTests
{
    private static TokenList Store(int[][] documents)
    {
        long end = 0;
        return new TokenList([.. documents.SelectMany(d => d)], [.. documents.Select(d => end += d.Length)], 0);
    }

    // Ids that tell where they come from.
    private static int[][] Documents(int[] lengths) => [.. lengths.Select((n, d) => Enumerable.Range(0, n).Select(i => d * 1000 + i).ToArray())];

    private static IEnumerable<(int Input, int Target, int Position, int First, int At)> Places(DocumentBatch b)
    {
        for (int i = 0; i < b.Inputs.Count; i++) yield return (b.Inputs.Ints[i], b.Targets.Ints[i], b.Positions.Ints[i], b.FirstKeys.Ints[i], i % b.Inputs.Columns);
    }

    [Fact]
    public void AnEpochPredictsEveryTokenOnceInItsDocument() => Gen.Select(Gen.Int[1, 30].Array[1, 25], Gen.Int[1, 12], Gen.Int[1, 4]).Where(c => c.Item1.Sum() - c.Item1.Length >= c.Item2).Sample((lengths, context, batch) =>
    {
        int[][] documents = Documents(lengths);
        DocumentBatches batches = new(Store(documents), batch, context, 3, "documents");
        foreach (bool ordered in (bool[])[true, false])
        {
            List<(int, int)> seen = [];
            for (int b = 0; b < (ordered ? batches.Rows : batches.PerEpoch); b++)
                foreach ((int input, int target, int position, int first, int at) in Places(ordered ? batches.InOrder(b, 1) : batches[batches.PerEpoch + b]))
                {
                    Assert.Equal(at - first, position);
                    if (target == LossOps.IgnoreIndex) continue;
                    Assert.Equal(input + 1, target);
                    seen.Add((input, target));
                }
            Assert.Equal(seen.Count, seen.Distinct().Count());
            if (ordered) Assert.Equal(documents.SelectMany(d => d[..^1]), seen.Select(s => s.Item1));
            else Assert.Equal(seen.Count, batches.PerEpoch * Math.Min(batch, lengths.Sum(n => n - 1) / context) * context);
        }
        DocumentBatches again = new(Store(documents), batch, context, 3, "documents");
        for (long i = 5; i >= 0; i--) Assert.Equal(Places(again[i]), Places(batches[i]));
    }, iter: 60, threads: 1);

    [Theory]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("gemma2")]
    public void APackedRowIsLearnedFromAsItsDocumentsAlone(string family)
    {
        Transformer model = TinyModels.Random(TinyModels.Config(family));
        int[][] documents = [[1, 2, 3, 4, 5], [6, 7, 8], [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19], [20, 21, 22, 23, 24, 25, 26, 27]]; // 4 + 2 + 10 + 7 tokens to predict
        DocumentBatch packed = new DocumentBatches(Store(documents), 1, 23, 1, "documents").InOrder(0, 1);
        Dictionary<string, float[]> together = Gradients(() => model.Loss(packed.Inputs, packed.Targets, new ForwardOptions { Positions = packed.Positions, FirstKeys = packed.FirstKeys }), out double loss);
        double alone = 0;
        Dictionary<string, float[]> sum = [];
        foreach (int[] document in documents)
        {
            float share = (document.Length - 1) / 23f;
            Dictionary<string, float[]> part = Gradients(() => model.Loss(Ids(document[..^1]), Ids(document[1..]), scale: share), out double own);
            foreach ((string name, float[] gradient) in part)
                sum[name] = sum.TryGetValue(name, out float[]? before) ? [.. before.Zip(gradient, (a, b) => a + b)] : gradient;
            alone += own;
        }
        Assert.Equal(alone, loss, 1e-5);
        foreach ((string name, float[] gradient) in together)
            for (int i = 0; i < gradient.Length; i++) Assert.Equal(sum[name][i], gradient[i], 2e-5f);
        Gradients(() => model.Loss(packed.Inputs, packed.Targets), out double without);
        Assert.True(Math.Abs(without - loss) > 1e-4, "documents that see each other should give another loss");

        Dictionary<string, float[]> Gradients(Func<Tensor> forward, out double value)
        {
            foreach ((_, Tensor weight) in model.Weights) weight.ClearGradient();
            using MemoryScope scope = new(new MemoryPool());
            using Tape tape = new();
            Tensor result = forward();
            value = result.Item;
            tape.Backward(result);
            return model.Weights.Where(w => w.Value.Gradient is not null).ToDictionary(w => w.Key, w => w.Value.Gradient!.ToArray());
        }

        static Tensor Ids(int[] ids)
        {
            Tensor t = Tensor.Empty(new Shape(1, ids.Length), DType.I32);
            ids.CopyTo(t.Ints);
            return t;
        }
    }
}
