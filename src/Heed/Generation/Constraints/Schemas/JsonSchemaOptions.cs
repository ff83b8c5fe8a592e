namespace Heed.Generation;

/// <summary>Where white space may stand between the parts of a JSON text.</summary>
public enum JsonWhitespace : byte
{
    /// <summary>Nowhere: the fewest tokens.</summary>
    None,

    /// <summary>Behind each <c>{ [ , :</c> and before each <c>] }</c> the model may write one space, or a line end with up to 40 blanks.</summary>
    Flexible,
}

/// <summary>
/// How JSON Schemas become grammars. Supported of draft 2020-12: <c>type</c> (also several), <c>enum</c>, <c>const</c>, <c>properties</c>, <c>required</c>,
/// <c>additionalProperties</c>, <c>items</c>, <c>prefixItems</c>, <c>minItems</c>, <c>maxItems</c>, <c>minLength</c>, <c>maxLength</c>, <c>pattern</c>,
/// <c>format</c> (date, time, date-time, duration, uuid, email, hostname, ipv4, ipv6), <c>minimum</c>, <c>maximum</c> and their exclusive forms,
/// <c>anyOf</c>, <c>oneOf</c> (of alternatives that plainly exclude each other), <c>allOf</c>, <c>$ref</c> within the document, <c>$defs</c>, true and false.
/// Annotations are passed over; every other keyword is an error.
/// </summary>
/// <remarks>
/// What is written always fits the schema, but not all that fits is written: properties stand in the schema's order; where a schema names properties and says
/// nothing of others there are none (as strict servers have it); <c>prefixItems</c> without <c>items</c> is a tuple of just those; a schema without
/// <c>type</c> describes the types that its keywords are about; numbers have at most 18 digits, 16 behind the point and an exponent of two.
/// </remarks>
public sealed record JsonSchemaOptions
{
    /// <summary>Where white space may stand.</summary>
    public JsonWhitespace Whitespace { get; init; }

    /// <summary>Whether objects whose schema does not say so (<c>additionalProperties</c>) may have other properties than those it names.</summary>
    public bool OpenObjects { get; init; }
}
