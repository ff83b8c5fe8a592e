using System.Numerics;

namespace Heed.Tokenization.Templates;

/// <summary><c>value[start:stop:step]</c> of strings, lists, tuples and ranges.</summary>
internal static class Slicing
{
    /// <exception cref="TemplateError">The value cannot be sliced, or a bound is no whole number.</exception>
    public static TemplateValue Slice(TemplateValue value, TemplateValue? start, TemplateValue? stop, TemplateValue? step, Budget budget)
    {
        if (value is UndefinedValue undefined) throw undefined.Error();
        if (value is not (StringValue or SequenceValue or RangeValue)) throw new TemplateError($"a value of type '{value.TypeName}' cannot be sliced");
        int length = value.Count!.Value;
        BigInteger by = Bound(step) ?? BigInteger.One;
        if (by.IsZero) throw new TemplateError("the step of a slice cannot be zero");
        bool backwards = by.Sign < 0;
        int first = Place(Bound(start), length, backwards, whenMissing: backwards ? length - 1 : 0);
        int end = Place(Bound(stop), length, backwards, whenMissing: backwards ? -1 : length);
        int stride = (int)BigInteger.Clamp(by, -length - 1, length + 1);
        int count = Math.Max(0, backwards ? (first - end - stride - 1) / -stride : (end - first + stride - 1) / stride);
        budget.Step(1 + (count >> 3));
        switch (value)
        {
            case StringValue text: return Slice(text, first, stride, count, budget);
            case SequenceValue { Values: var items } sequence:
                if (stride == 1) return sequence.With(items[first..(first + count)]);
                var taken = new TemplateValue[count];
                for (int i = 0; i < count; i++) taken[i] = items[first + i * stride];
                return sequence.With(taken);
            default:
                var range = (RangeValue)value;
                return new RangeValue(range.Start + first * range.Step, range.Start + end * range.Step, range.Step * stride, count);
        }
    }

    private static StringValue Slice(StringValue value, int first, int stride, int count, Budget budget)
    {
        if (count == 0) return StringValue.Empty;
        string text = value.Text;
        if (stride == 1)
        {
            int from = PythonCharacters.Offset(text, first, value.CodePoints, budget), to = PythonCharacters.Offset(text, first + count, value.CodePoints, budget);
            budget.Build(to - from);
            return new StringValue(text[from..to]);
        }
        var offsets = new int[value.CodePoints + 1];
        for (int i = 0, at = 0; i < value.CodePoints; at = offsets[++i]) offsets[i + 1] = at + PythonCharacters.LengthAt(text, at);
        budget.Build(text.Length);
        var taken = new System.Text.StringBuilder(count);
        for (int i = 0, at = first; i < count; i++, at += stride) taken.Append(text, offsets[at], offsets[at + 1] - offsets[at]);
        return new StringValue(taken.ToString());
    }

    private static BigInteger? Bound(TemplateValue? value) => value switch
    {
        null or NoneValue => null,
        UndefinedValue undefined => throw undefined.Error(),
        _ when Numbers.TryInteger(value, out BigInteger number) => number,
        _ => throw new TemplateError($"the bounds of a slice must be whole numbers or none, not of type '{value.TypeName}'"),
    };

    private static int Place(BigInteger? bound, int length, bool backwards, int whenMissing)
    {
        if (bound is not { } place) return whenMissing;
        if (place.Sign < 0) place += length;
        return (int)BigInteger.Clamp(place, backwards ? -1 : 0, backwards ? length - 1 : length);
    }
}
