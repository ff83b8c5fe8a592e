using System.Globalization;
using System.Numerics;

namespace Heed.Tokenization.Templates;

internal sealed class NoneValue : TemplateValue
{
    public static readonly NoneValue Instance = new();

    internal override string TypeName => "NoneType";

    internal override bool IsTrue => false;

    internal override void WriteRepr(TextBuilder text) => text.Append("None");
}

internal sealed class BooleanValue : TemplateValue
{
    public static readonly BooleanValue True = new(true), False = new(false);

    private BooleanValue(bool value) => Value = value;

    public bool Value { get; }

    public static BooleanValue Of(bool value) => value ? True : False;

    internal override string TypeName => "bool";

    internal override bool IsTrue => Value;

    internal override void WriteRepr(TextBuilder text) => text.Append(Value ? "True" : "False");
}

internal sealed class IntegerValue : TemplateValue
{
    private static readonly IntegerValue[] Small = [.. Enumerable.Range(-1, 1026).Select(i => new IntegerValue(i))];

    private IntegerValue(BigInteger value) => Value = value;

    public BigInteger Value { get; }

    /// <exception cref="TemplateError">The number has too many digits.</exception>
    public static IntegerValue Of(BigInteger value)
    {
        if (value >= -1 && value < Small.Length - 1) return Small[(int)value + 1];
        Integers.CheckSize(value);
        return new IntegerValue(value);
    }

    internal override string TypeName => "int";

    internal override bool IsTrue => !Value.IsZero;

    internal override void WriteRepr(TextBuilder text)
    {
        text.Budget.Multiply(Value.GetBitLength(), Value.GetBitLength());
        text.Append(Value.ToString(CultureInfo.InvariantCulture));
    }
}

internal sealed class FloatValue(double value) : TemplateValue
{
    public double Value { get; } = value;

    internal override string TypeName => "float";

    internal override bool IsTrue => Value != 0;

    internal override void WriteRepr(TextBuilder text) => text.Append(FloatText.Repr(Value));
}

/// <summary>What a name, attribute or item that does not exist gives: prints as nothing, is false and empty; using it otherwise is an error.</summary>
/// <param name="reason">Why it is undefined.</param>
internal sealed class UndefinedValue(string reason) : TemplateValue
{
    internal override string TypeName => "Undefined";

    internal override bool IsTrue => false;

    internal override int? Count => 0;

    internal override IEnumerable<TemplateValue>? Items => [];

    public TemplateError Error() => new(reason);

    internal override TemplateValue? Attribute(string name) => throw Error();

    internal override TemplateValue? Item(TemplateValue key, Budget budget) => throw Error();

    internal override TemplateValue Call(Rendering rendering, Arguments arguments) => throw Error();

    internal override void WriteTo(TextBuilder text)
    {
    }

    internal override void WriteRepr(TextBuilder text) => text.Append("Undefined");
}
