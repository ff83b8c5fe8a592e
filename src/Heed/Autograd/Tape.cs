using Heed.Tensors;

namespace Heed.Autograd;

/// <summary>
/// Records the operations of a forward pass and plays them backwards: reverse-mode differentiation.
/// <code>
/// using var scope = new MemoryScope();
/// using var tape = new Tape();
/// Tensor loss = model.Loss(tokens, targets);
/// tape.Backward(loss);
/// </code>
/// </summary>
/// <remarks>
/// Without an open tape the same operations just compute. As backward passes an operation, the memory that was born in it
/// (its output and what it saved) goes back to the pool, so peak memory is that of the forward pass.
/// </remarks>
public sealed class Tape : IDisposable
{
    [ThreadStatic] private static Tape? current;
    [ThreadStatic] private static List<Entry>? spare;

    private readonly MemoryScope scope;
    private readonly Tape? outer;
    private readonly List<Entry> entries;
    private int lastMark;

    /// <summary>Opens a tape on this thread, inside the open <see cref="MemoryScope"/>.</summary>
    /// <exception cref="InvalidOperationException">No memory scope is open.</exception>
    public Tape()
    {
        scope = MemoryScope.Current ?? throw new InvalidOperationException("a tape needs an open MemoryScope: the memory that it manages is born there");
        outer = current;
        entries = spare ?? new List<Entry>(256);
        spare = null;
        lastMark = scope.Mark;
        current = this;
    }

    /// <summary>The tape that records on this thread, or null.</summary>
    public static Tape? Current => current;

    private readonly record struct Entry(Tensor Output, Action<Tensor> Backward, int BornFrom, int BornTo);

    /// <summary>Whether an operation on these inputs must be recorded.</summary>
    internal static bool Records(Tensor a, Tensor? b = null, Tensor? c = null) =>
        current is not null && (a.RequiresGradient || b is { RequiresGradient: true } || c is { RequiresGradient: true });

    /// <summary>Notes that <paramref name="output"/> was just computed and how its gradient flows on. Call only if <see cref="Records"/>.</summary>
    internal static Tensor Record(Tensor output, Action<Tensor> backward)
    {
        Tape tape = current!;
        output.RequiresGradient = true;
        int mark = tape.scope.Mark;
        tape.entries.Add(new Entry(output, backward, tape.lastMark, mark));
        tape.lastMark = mark;
        return output;
    }

    /// <summary>Runs <paramref name="forward"/> unrecorded: what it computes carries no gradient.</summary>
    public static Tensor WithoutGradient(Func<Tensor> forward)
    {
        Tape? tape = current;
        current = null;
        try
        {
            return forward();
        }
        finally
        {
            current = tape;
        }
    }

    /// <summary>
    /// Activation recomputation (Chen et al. 2016): runs <paramref name="forward"/> keeping only its output, and runs it once more
    /// during backward to get what its gradient needs. <paramref name="forward"/> must give the same result both times.
    /// </summary>
    public static Tensor Recompute(Tensor input, Func<Tensor, Tensor> forward)
    {
        if (current is not { } tape || !input.RequiresGradient) return forward(input);
        int before = tape.scope.Mark;
        Tensor output = WithoutGradient(() => forward(input)).Alias();
        tape.scope.ReleaseRange(before, tape.scope.Mark, keep: output.Storage);
        return Record(output, dy =>
        {
            Tensor again = input.Alias();
            again.RequiresGradient = true;
            int first = tape.entries.Count;
            int mark = tape.scope.Mark;
            tape.lastMark = mark;
            Tape? open = current;
            current = tape;
            Tensor result = forward(again);
            current = open;
            Give(result, dy);
            tape.Play(first);
            if (again.Gradient is { } gradient)
            {
                Give(input, gradient);
                Drop(again);
            }
        });
    }

    /// <summary>
    /// Plays the tape backwards from a loss of one element: parameters receive (or add to) their <see cref="Tensor.Gradient"/>.
    /// The tape is empty afterwards; of all that it recorded only the loss can still be read.
    /// </summary>
    public void Backward(Tensor loss)
    {
        if (loss.Count != 1) throw new ArgumentException($"backward starts from a loss of one element, given shape {loss.Shape}");
        Backward(loss, Tensor.From(loss.Shape, [1f]));
    }

    /// <summary>Plays the tape backwards from <paramref name="output"/> with the given gradient of it.</summary>
    public void Backward(Tensor output, Tensor gradient)
    {
        if (gradient.Shape != output.Shape) throw new ArgumentException($"the gradient has shape {gradient.Shape}, the output {output.Shape}");
        if (!output.RequiresGradient) throw new InvalidOperationException("nothing to differentiate: the output depends on no tensor that requires a gradient, or was computed before the tape was opened");
        Tape? open = current;
        current = null; // the operations of backward are not recorded
        try
        {
            Give(output, gradient);
            Play(0, keep: output.Storage);
        }
        finally
        {
            current = open;
        }
    }

    private void Play(int downTo, Storage? keep = null)
    {
        for (int i = entries.Count - 1; i >= downTo; i--)
        {
            Entry entry = entries[i];
            entries.RemoveAt(i);
            if (entry.Output.Gradient is { } gradient)
            {
                entry.Backward(gradient);
                Drop(entry.Output);
            }
            scope.ReleaseRange(entry.BornFrom, entry.BornTo, keep);
        }
    }

    /// <summary>Closes the tape.</summary>
    public void Dispose()
    {
        if (current == this) current = outer;
        entries.Clear();
        spare = entries;
    }

    // Gradients. A gradient may be shared by several tensors (a sum hands the same one to both terms); it is copied only when
    // somebody has to add to it.

    /// <summary>Hands <paramref name="gradient"/> to a tensor: shares it if it is the first, adds otherwise.</summary>
    internal static void Give(Tensor to, Tensor gradient)
    {
        if (!to.RequiresGradient) return;
        if (to.IsParameter || to.Base is not null || to.Gradient is not null)
        {
            Tensor target = Target(to, out bool accumulate);
            IBackend backend = to.Device.Backend;
            if (!accumulate) backend.Copy(gradient, target);
            else if (target.IsContiguous && gradient.IsContiguous) backend.AddScaled(1, gradient, target);
            else AddRows(gradient, target);
            return;
        }
        gradient.Storage.AddReference();
        to.Gradient = gradient.Shape == to.Shape ? gradient : gradient.Reshape(to.Shape);
    }

    /// <summary>Hands a tensor a gradient that <paramref name="fill"/> computes into fresh memory of its shape.</summary>
    internal static void GiveNew(Tensor to, Action<Tensor> fill)
    {
        Tensor gradient = Tensor.Empty(to.Shape);
        fill(gradient);
        Give(to, gradient);
        Discard(gradient);
    }

    /// <summary>The place to write a tensor's gradient to, and whether to add to what is there.</summary>
    internal static Tensor Target(Tensor of, out bool accumulate)
    {
        if (of.Base is { } whole)
        {
            bool covers = of.Count == whole.Count;
            if (whole.Gradient is null && !covers) // other columns may stay without a gradient
            {
                Tensor fresh = Target(whole, out _);
                whole.Device.Backend.Fill(fresh, 0);
                accumulate = true;
                return View(fresh, of);
            }
            return View(Target(whole, out accumulate), of);
        }
        accumulate = of.Gradient is not null;
        if (of.Gradient is { } present)
        {
            if (of.IsParameter || present.Storage.References <= 1) return present;
            Tensor own = Tensor.Empty(of.Shape);
            of.Device.Backend.Copy(present, own);
            present.Storage.Release();
            of.Gradient = own;
            return own;
        }
        if (of.IsParameter) return of.ParameterGradient();
        return of.Gradient = Tensor.Empty(of.Shape);
    }

    /// <summary>
    /// Places for the gradients of q, k and v, to be overwritten: null where one of them already has a gradient or where columns
    /// of a shared base would stay unwritten. Then the caller computes into temporaries and uses <see cref="Give"/>.
    /// </summary>
    internal static bool TryOverwrite(Tensor q, Tensor k, Tensor v, out Tensor dq, out Tensor dk, out Tensor dv)
    {
        dq = dk = dv = null!;
        Tensor baseQ = q.Base ?? q, baseK = k.Base ?? k, baseV = v.Base ?? v;
        if (baseQ.Gradient is not null || baseK.Gradient is not null || baseV.Gradient is not null) return false;
        if (baseQ.IsParameter || baseK.IsParameter || baseV.IsParameter) return false;
        if (!baseQ.RequiresGradient || !baseK.RequiresGradient || !baseV.RequiresGradient) return false;
        if (!Covered(baseQ) || !Covered(baseK) || !Covered(baseV)) return false;
        dq = View(Allocated(baseQ), q);
        dk = View(Allocated(baseK), k);
        dv = View(Allocated(baseV), v);
        return true;

        bool Covered(Tensor whole) =>
            (baseQ == whole ? q.Count : 0) + (baseK == whole ? k.Count : 0) + (baseV == whole ? v.Count : 0) == whole.Count;
        static Tensor Allocated(Tensor whole) => whole.Gradient ??= Tensor.Empty(whole.Shape);
    }

    private static Tensor View(Tensor gradient, Tensor of) =>
        of.Count == gradient.Count ? gradient.Reshape(of.Shape) : gradient.SliceColumns(of.FirstColumn, of.Columns).Reshape(of.Shape);

    private static void AddRows(Tensor from, Tensor to)
    {
        for (int r = 0; r < to.Rows; r++) Kernels.Elementwise.Add(from.Row(r), to.Row(r), to.Row(r));
    }

    /// <summary>Gives back a temporary of a backward function.</summary>
    internal static void Discard(Tensor temporary) => temporary.Storage.Release();

    private static void Drop(Tensor tensor)
    {
        if (tensor.IsParameter || tensor.Gradient is not { } gradient) return;
        tensor.Gradient = null;
        gradient.Storage.Release();
    }
}
