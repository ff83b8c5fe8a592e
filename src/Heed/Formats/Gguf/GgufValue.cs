using System.Globalization;

namespace Heed.Formats.Gguf;

/// <summary>One metadata value: a number, a truth value, a string, or an array of one of them (or of arrays). Immutable.</summary>
public sealed class GgufValue
{
    // In the order of GgufValueType. Arrays are held as T[], GgufStrings, or GgufValue[] for arrays of arrays.
    private static readonly Type[] Types =
    [
        typeof(byte), typeof(sbyte), typeof(ushort), typeof(short), typeof(uint), typeof(int), typeof(float), typeof(bool), typeof(string), typeof(Array),
        typeof(ulong), typeof(long), typeof(double),
    ];

    private readonly object content;

    internal GgufValue(GgufValueType type, GgufValueType elementType, object content)
    {
        Type = type;
        ElementType = elementType;
        this.content = content;
    }

    /// <summary>The type in the file.</summary>
    public GgufValueType Type { get; }

    /// <summary>The type of an array's elements; of any other value its own.</summary>
    public GgufValueType ElementType { get; }

    /// <summary>Elements of an array; 1 for any other value.</summary>
    public int Count => content switch
    {
        GgufStrings strings => strings.Count,
        Array array => array.Length,
        _ => 1,
    };

    internal object Content => content;

    /// <summary>A value of exactly that type.</summary>
    /// <param name="value">One of the twelve plain types of <see cref="GgufValueType"/>, an array of one of them, <see cref="GgufStrings"/>, or an array of values that are arrays.</param>
    /// <exception cref="ArgumentException">Another type, a string that is no valid text, or an array that holds null.</exception>
    public static GgufValue Of(object value)
    {
        ArgumentNullException.ThrowIfNull(value);
        switch (value)
        {
            case string text:
                SafetensorsEntry.StrictUtf8.GetByteCount(text); // half a surrogate pair throws
                break;
            case GgufStrings:
                return new(GgufValueType.Array, GgufValueType.String, value);
            case IEnumerable<string> strings:
                return new(GgufValueType.Array, GgufValueType.String, new GgufStrings(strings));
            case GgufValue[] items:
                if (Array.Exists(items, item => item?.Type != GgufValueType.Array)) throw new ArgumentException("An array of values holds arrays alone.", nameof(value));
                return new(GgufValueType.Array, GgufValueType.Array, items.Clone());
        }
        Type given = value.GetType();
        Type element = given.IsArray ? given.GetElementType()! : given;
        int index = Array.IndexOf(Types, element);
        if (index < 0) throw new ArgumentException($"GGUF has no metadata of type {given}.", nameof(value));
        var type = (GgufValueType)index;
        return given.IsArray ? new(GgufValueType.Array, type, ((Array)value).Clone()) : new(type, type, value);
    }

    /// <summary>The value as another type, if it can be that without loss.</summary>
    /// <remarks>Integers of any width become one another where they fit, numbers become floats; likewise their arrays. Strings in an array are given as <see cref="GgufStrings"/>, <see cref="IReadOnlyList{T}"/> or a string array.</remarks>
    /// <typeparam name="T">A type that <see cref="Of"/> takes. Arrays are copies.</typeparam>
    public bool TryAs<T>(out T value)
    {
        object? converted = Convert(typeof(T));
        value = converted is null ? default! : (T)converted;
        return converted is not null;
    }

    /// <summary>The type and, where it is short, the value: <c>UInt32 4096</c>, <c>String[32000]</c>.</summary>
    public override string ToString() => Type switch
    {
        GgufValueType.Array => $"{ElementType}[{Count}]",
        GgufValueType.String => $"{Type} {WeightFormatException.Quote((string)content)}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Type} {content}"),
    };

    /// <summary>A <see cref="GgufValueType.UInt32"/>, the usual type of sizes and ids.</summary>
    public static implicit operator GgufValue(uint value) => Of(value);

    /// <summary>A <see cref="GgufValueType.Int32"/>.</summary>
    public static implicit operator GgufValue(int value) => Of(value);

    /// <summary>A <see cref="GgufValueType.Float32"/>.</summary>
    public static implicit operator GgufValue(float value) => Of(value);

    /// <summary>A <see cref="GgufValueType.Bool"/>.</summary>
    public static implicit operator GgufValue(bool value) => Of(value);

    /// <summary>A <see cref="GgufValueType.String"/>.</summary>
    public static implicit operator GgufValue(string value) => Of(value);

    private object? Convert(Type target)
    {
        if (content is GgufStrings strings) return target == typeof(string[]) ? strings.ToArray() : target.IsInstanceOfType(strings) ? strings : null;
        if (target == content.GetType()) return content is Array same ? same.Clone() : content; // to the runtime an int[] is a uint[] too
        try
        {
            if (content is not Array array) return CanBe(target) ? System.Convert.ChangeType(content, target, CultureInfo.InvariantCulture) : null;
            if (!target.IsSZArray || !CanBe(target.GetElementType()!)) return null;
            var converted = Array.CreateInstanceFromArrayType(target, array.Length);
            for (int i = 0; i < array.Length; i++)
                converted.SetValue(System.Convert.ChangeType(array.GetValue(i), target.GetElementType()!, CultureInfo.InvariantCulture), i);
            return converted;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private bool CanBe(Type target) =>
        IsInteger(Types[(int)ElementType]) ? IsInteger(target) || IsFraction(target) : IsFraction(Types[(int)ElementType]) && IsFraction(target);

    private static bool IsFraction(Type type) => type == typeof(float) || type == typeof(double);

    private static bool IsInteger(Type type) => System.Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;
}
