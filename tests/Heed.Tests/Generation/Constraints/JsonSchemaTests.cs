using System.Text.Json;
using CsCheck;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Tests.Generation.Constraints;

/// <summary>What is written under a schema is judged by <see cref="SchemaJudge"/>.</summary>
public sealed class JsonSchemaTests
{
    private static string RandomSchema(Random random, int depth = 0)
    {
        string Inner() => RandomSchema(random, depth + 1);
        string Pick(params string[] all) => all[random.Next(all.Length)];
        int a = random.Next(-30, 300), b = a + random.Next(0, 2000), few = random.Next(3), more = few + random.Next(3);
        return random.Next(depth > 2 ? 9 : 16) switch
        {
            0 => Pick("""{"type":"null"}""", """{"type":"boolean"}""", "true", "{}"),
            1 => """{"type":"integer"}""",
            2 => $$"""{"type":"integer","{{Pick("minimum", "exclusiveMinimum")}}":{{a}},"{{Pick("maximum", "exclusiveMaximum")}}":{{b + 2}}}""",
            3 => $$"""{"type":"number","{{Pick("minimum", "exclusiveMinimum")}}":{{a}}.{{random.Next(1000)}},"{{Pick("maximum", "exclusiveMaximum")}}":{{b + 1}}.5}""",
            4 => Pick("""{"type":"number"}""", $$"""{"type":"integer","minimum":{{a}}}""", $$"""{"type":"number","maximum":{{a}}.25}"""),
            5 => $$"""{"type":"string","minLength":{{few}},"maxLength":{{more}}}""",
            6 => Pick("""{"type":"string"}""", """{"type":"string","pattern":"^[a-c]+\"?$"}""", """{"type":"string","pattern":"x[0-9é]{2}"}""", """{"pattern":"^a|b\\n$"}"""),
            7 => $$"""{"type":"string","format":"{{Pick("date", "time", "date-time", "uuid", "ipv4", "ipv6", "email", "hostname", "duration")}}"}""",
            8 => Pick("""{"enum":["a","天","q\"\\",1.5,null,[1,{"x":2}]]}""", """{"const":{"b":[true],"a":"\n"}}""", """{"type":["string","null"],"enum":["x",7,null]}"""),
            9 or 10 => RandomObject(),
            11 => $$"""{"type":"array","items":{{Inner()}},"minItems":{{few}},"maxItems":{{more}}}""",
            12 => $$"""{"prefixItems":[{{Inner()}},{{Inner()}}]{{Pick("", ",\"items\":false", ",\"items\":{\"type\":\"boolean\"}", ",\"minItems\":1")}}}""",
            13 => $$"""{"anyOf":[{{Inner()}},{{Inner()}}]}""",
            14 => """{"oneOf":[{"type":"string"},{"type":"integer"},{"type":"object","properties":{"kind":{"const":"p"}},"required":["kind"]},{"type":"object","properties":{"kind":{"enum":["q","r"]}},"required":["kind"]}]}""",
            _ => $$"""{"allOf":[{"type":["integer","string"]},{"type":["integer","null"],"minimum":{{a}}},{"maximum":{{b}}}]}""",
        };

        string RandomObject()
        {
            string[] names = [.. new[] { "a", "b\\\"", "天", "name" }.Where(_ => random.Next(3) > 0)];
            string properties = string.Join(',', names.Select(n => $"\"{n}\":{Inner()}")), required = string.Join(',', names.Where(_ => random.Next(2) == 0).Select(n => $"\"{n}\""));
            return "{\"type\":\"object\",\"properties\":{" + properties + "},\"required\":[" + required + "]" + Pick("", ",\"additionalProperties\":false", $",\"additionalProperties\":{Inner()}") + "}";
        }
    }

    [Fact]
    public void WhatIsWrittenFitsTheSchema() =>
        Gen.Select(Gen.Int, Gen.Bool).Sample((seed, flexible) =>
        {
            Random random = new(seed);
            string schema = RandomSchema(random);
            Tokenizer tokenizer = random.Next(3) == 0 ? Vocabularies.Pieces : Vocabularies.Bytes;
            TokenConstraint constraint = new(Grammar.JsonSchema(schema, new() { Whitespace = flexible ? JsonWhitespace.Flexible : JsonWhitespace.None }), tokenizer);
            for (int run = 0; run < 2; run++)
            {
                string text = RandomWriter.Text(constraint, random, random.Next(40));
                Assert.True(SchemaJudge.Fits(schema, text), $"{schema}\nwrote {text}");
            }
        }, iter: 60);

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["b"]}""", """{"b":"x"}""", """{"a":1,"b":"x"}""")]
    [InlineData("""{"$defs":{"n":{"type":"object","properties":{"v":{"type":"integer"},"next":{"anyOf":[{"$ref":"#/$defs/n"},{"type":"null"}]}},"required":["v","next"]}},"$ref":"#/$defs/n"}""", """{"v":1,"next":{"v":-2,"next":null}}""")]
    [InlineData("""{"type":"array","items":{"$ref":"#"}}""", "[]", "[[],[[]]]")]
    [InlineData("""{"type":"object"}""", "{}", """{"any":[1.5e3,{"x":null}],"y":"\u00e9\uD83D\uDE00"}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"boolean"}}""", """{"a":1,"b":true}""", """{"ab":false,"":true}""")]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "0", "1", "0.5", "0.0", "1.0")]
    [InlineData("""{"type":"number","exclusiveMinimum":-2.5,"maximum":10.25}""", "-2.49", "0", "10.25", "10.2", "9.999")]
    [InlineData("""{"type":"integer","minimum":-12,"maximum":3}""", "-12", "-9", "0", "3")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2024-02-29\"", "\"1999-12-31\"")]
    [InlineData("""{"prefixItems":[{"type":"integer"},{"type":"string"}]}""", "[1,\"a\"]")]
    [InlineData("""{"const":"天"}""", "\"天\"")]
    public void TextsThatFitCanBeWritten(string schema, params string[] texts)
    {
        foreach (string text in texts)
        {
            Assert.True(SchemaJudge.Fits(schema, text), text);
            Assert.True(RegexGrammarTests.Matches(Grammar.JsonSchema(schema), text), text);
        }
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"required":["b"]}""", "{}", """{"a":1}""", """{"b":"x","a":1}""", """{"b":1}""", """{"b":"x","c":1}""", """{"b":"x",}""")]
    [InlineData("""{"type":"object","properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"boolean"}}""", """{"a":true}""", """{"b":1}""", """{"\u0061":true}""")]
    [InlineData("""{"type":"number","minimum":0,"exclusiveMaximum":1}""", "-0.1", "1", "1.0", "0.", "00", "-0")]
    [InlineData("""{"type":"integer"}""", "1.5", "01", "-", "-0", "\"1\"")]
    [InlineData("""{"type":"string","format":"date"}""", "\"2023-02-29\"", "\"2024-04-31\"")]
    [InlineData("""{"type":"string"}""", "\"\\uD83D\"", "\"\n\"", "\"a", "\"\\x\"")]
    public void TextsThatDoNotFitCannot(string schema, params string[] texts)
    {
        foreach (string text in texts) Assert.False(RegexGrammarTests.Matches(Grammar.JsonSchema(schema), text), text);
    }

    [Theory]
    [InlineData("""{"type":"array","minItems":3,"maxItems":2}""", "minItems 3 is more than maxItems 2")]
    [InlineData("""{"properties":{"a/b":{"enum":[]}}}""", "#/properties/a~1b/enum")]
    [InlineData("""{"$defs":{"n":{"type":"object","properties":{"n":{"$ref":"#/$defs/n"}},"required":["n"]}},"$ref":"#/$defs/n"}""", "#/$defs/n")]
    [InlineData("""{"properties":{"a":{"not":{}}}}""", "#/properties/a/not: this keyword is not supported")]
    [InlineData("""{"type":"object","patternProperties":{}}""", "#/patternProperties")]
    [InlineData("""{"type":"integer","minimum":2.1,"maximum":2.9}""", "no whole number")]
    [InlineData("""{"type":"string","minLength":4,"maxLength":3}""", "minLength 4")]
    [InlineData("""{"type":"strin"}""", "strin")]
    [InlineData("""{"$ref":"#/$defs/x"}""", "there is no '$defs'")]
    [InlineData("""{"$ref":"http://x"}""", "within the document")]
    [InlineData("""{"$ref":"#"}""", "back to itself")]
    [InlineData("""{"type":"string","format":"color"}""", "the format 'color' is not known")]
    [InlineData("""{"type":"string","pattern":"(a"}""", "#/pattern")]
    [InlineData("""{"type":"string","pattern":"a","maxLength":3}""", "only one of pattern")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "#/oneOf")]
    [InlineData("""{"type":"string","enum":[1]}""", "none of the values")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"integer"}]}""", "no type fits")]
    [InlineData("""{"minItems":-1}""", "#/minItems")]
    [InlineData("false", "no text")]
    [InlineData("[]", "a schema must be an object")]
    [InlineData("{", "no JSON")]
    public void WrongAndImpossibleSchemasAreRefused(string schema, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => new TokenConstraint(Grammar.JsonSchema(schema), Vocabularies.Bytes)).Message, StringComparison.Ordinal);

    [Fact]
    public void WideAndDeepSchemasAreCompiled()
    {
        string wide = "{\"type\":\"object\",\"properties\":{" + string.Join(',', Enumerable.Range(0, 400).Select(i => $"\"p{i}\":{{\"type\":\"integer\"}}")) + "}}";
        Assert.True(RegexGrammarTests.Matches(Grammar.JsonSchema(wide), """{"p3":1,"p399":2}"""));
        string deep = string.Concat(Enumerable.Repeat("""{"type":"array","items":""", 60)) + "true" + new string('}', 60);
        Assert.True(RegexGrammarTests.Matches(Grammar.JsonSchema(deep), new string('[', 60) + "5" + new string(']', 60)));
    }

    [Fact]
    public void OpenObjectsAndWhitespaceAreOptions()
    {
        const string schema = """{"properties":{"a":{"type":"integer"}}}""";
        Assert.False(RegexGrammarTests.Matches(Grammar.JsonSchema(schema), """{"a":1,"b":2}"""));
        Assert.True(RegexGrammarTests.Matches(Grammar.JsonSchema(schema, new() { OpenObjects = true }), """{"a":1,"b":2}"""));
        const string spaced = "{\n  \"a\": 1\n}";
        Assert.False(RegexGrammarTests.Matches(Grammar.JsonSchema(schema), spaced));
        Assert.True(RegexGrammarTests.Matches(Grammar.JsonSchema(schema, new() { Whitespace = JsonWhitespace.Flexible }), spaced));
        Assert.True(RegexGrammarTests.Matches(Grammar.JsonObject(), """{"a":[1,"x"]}"""));
        Assert.False(RegexGrammarTests.Matches(Grammar.JsonObject(), "[]"));
    }
}
