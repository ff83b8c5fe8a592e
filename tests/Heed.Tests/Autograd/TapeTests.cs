using System.Runtime.CompilerServices;
using Heed.Autograd;
using Heed.Models;
using Heed.Tensors;
using Heed.Tests.Models;

namespace Heed.Tests.Autograd;

/// <summary>What a tape keeps and what it gives back.</summary>
public sealed class TapeTests
{
    [Fact]
    public void TheLossCanBeReadAfterBackwardAndNothingElseCan()
    {
        Transformer model = TinyModels.Random(TinyModels.Config("llama"));
        using MemoryScope scope = new();
        using Tape tape = new();
        Tensor tokens = Tensor.From(new Shape(2, 9), TinyModels.Tokens(18, 61, 1));
        Tensor hidden = model.Hidden(tokens);
        Tensor loss = LossOps.CrossEntropy(model.Logits(hidden), tokens);
        float before = loss.Item;
        tape.Backward(loss);
        Assert.Equal(before, loss.Item);
        Assert.Throws<ObjectDisposedException>(() => hidden.Span[0]);
        Assert.All(model.Weights, w => Assert.NotNull(w.Value.Gradient));
    }

    [Fact]
    public void ASpanKeepsTheMemoryOfATensorThatNobodyKnowsAnyMore()
    {
        Shape shape = new(300, 40);
        Span<float> span = Sevens(shape);
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        // What was free would be handed out again.
        Tensor[] others = [.. Enumerable.Range(0, 64).Select(_ => Tensor.From(shape, [.. Enumerable.Repeat(float.NaN, 300 * 40)]))];
        Assert.DoesNotContain(span.ToArray(), v => v != 7);
        GC.KeepAlive(others);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static Span<float> Sevens(Shape shape) => Tensor.From(shape, [.. Enumerable.Repeat(7f, (int)shape.Count)]).Span;
    }

    [Fact]
    public void ATensorCannotBeReadAfterItsScope()
    {
        Tensor tensor;
        using (new MemoryScope()) tensor = Tensor.Zeros(new Shape(3));
        Assert.Throws<ObjectDisposedException>(() => tensor.Span[0]);
        using (new MemoryScope())
        {
            Tensor other = Tensor.Zeros(new Shape(3)); // the same memory, handed out anew
            Assert.Equal(0, other.Span[0]);
            Assert.Throws<ObjectDisposedException>(() => tensor.Span[0]);
        }
    }

    [Fact]
    public void ScopesAndTapesSayWhatTheyNeed()
    {
        Assert.Contains("MemoryScope", Assert.Throws<InvalidOperationException>(() => new Tape()).Message);
        using MemoryScope scope = new();
        using Tape tape = new();
        Tensor x = Tensor.Zeros(new Shape(2));
        Assert.Contains("one element", Assert.Throws<ArgumentException>(() => tape.Backward(x)).Message);
        Assert.Contains("nothing to differentiate", Assert.Throws<InvalidOperationException>(() => tape.Backward(Tensor.Zeros(Shape.Scalar))).Message);
    }

    [Fact]
    public void WithoutGradientNothingIsRecorded()
    {
        using MemoryScope scope = new();
        using Tape tape = new();
        Tensor x = Tensor.From(new Shape(2), [1f, 2f]);
        x.RequiresGradient = true;
        Assert.False(Tape.WithoutGradient(() => x * 2f).RequiresGradient);
        Assert.True((x * 2f).RequiresGradient);
    }
}
