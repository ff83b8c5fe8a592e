using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>One value of a recipe's JSON that remembers where it came from, so that an error can say it.</summary>
internal sealed class RecipeNode
{
    private RecipeNode(JsonValueKind kind, int line, string text)
    {
        Kind = kind;
        Line = line;
        Text = text;
    }

    public JsonValueKind Kind { get; }

    /// <summary>The line of the file, from 1.</summary>
    public int Line { get; }

    /// <summary>A string's characters or a number's digits; otherwise empty.</summary>
    public string Text { get; }

    /// <summary>The override that gave this value, such as <c>algorithm.depth=8</c>; null for a value of the file.</summary>
    public string? Override { get; private init; }

    /// <summary>The part of <see cref="Override"/> after the equals sign, as it was typed.</summary>
    public string OverrideText { get; private init; } = "";

    /// <summary>The keys of an object, in the file's order; empty for other kinds.</summary>
    public List<(string Name, int Line, RecipeNode Value)> Members { get; } = [];

    /// <summary>The values of an array; empty for other kinds.</summary>
    public List<RecipeNode> Items { get; } = [];

    public RecipeNode? Find(string name) => Members.Find(m => m.Name == name).Value;

    /// <summary>"the number 4.5": the value as an error message shows it.</summary>
    public string Show() => Kind switch
    {
        JsonValueKind.String => $"the text \"{Shorten(Text)}\"",
        JsonValueKind.Number => $"the number {Shorten(Text)}",
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Null => "null",
        JsonValueKind.Array => "an array",
        _ => "an object",
    };

    public static string Shorten(string text) => text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 77), "...");

    /// <summary>"recipes/a.json, line 3: " or "override 'algorithm.depth=x': ".</summary>
    public string Place(string? file) => Override is not null ? $"override '{Shorten(Override)}': " : Place(file, Line);

    public static string Place(string? file, int line) => file is null ? $"line {line}: " : $"{file}, line {line}: ";

    public static RecipeNode Parse(string json, string? file)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json.TrimStart('\uFEFF'));
        var lines = new LineCounter();
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            if (!reader.Read()) throw new RecipeException(Place(file, 1) + "the recipe is empty; expected an object with the sections data, algorithm and compute.", null, 1);
            RecipeNode root = ReadValue(ref reader, utf8, ref lines, "", file);
            reader.Read(); // Throws when anything but comments follows.
            return root;
        }
        catch (JsonException e)
        {
            int line = (int)(e.LineNumber ?? 0) + 1;
            throw new RecipeException($"{Place(file, line)}not valid JSON: {e.Message}", null, line, e);
        }
    }

    private static RecipeNode ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> utf8, ref LineCounter lines, string path, string? file)
    {
        int line = lines.At(utf8, reader.TokenStartIndex);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                var node = new RecipeNode(JsonValueKind.Object, line, "");
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    int keyLine = lines.At(utf8, reader.TokenStartIndex);
                    string name = ReadText(ref reader, keyLine, path, file);
                    string key = path.Length == 0 ? name : $"{path}.{name}";
                    int first = node.Members.Find(m => m.Name == name).Line;
                    if (first > 0)
                        throw new RecipeException($"{Place(file, keyLine)}the key '{Shorten(key)}' was given before, on line {first}; expected each key once.", key, keyLine);
                    reader.Read();
                    node.Members.Add((name, keyLine, ReadValue(ref reader, utf8, ref lines, key, file)));
                }
                return node;
            case JsonTokenType.StartArray:
                var array = new RecipeNode(JsonValueKind.Array, line, "");
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) array.Items.Add(ReadValue(ref reader, utf8, ref lines, path, file));
                return array;
            case JsonTokenType.String:
                return new RecipeNode(JsonValueKind.String, line, ReadText(ref reader, line, path, file));
            case JsonTokenType.Number:
                return new RecipeNode(JsonValueKind.Number, line, Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.True:
                return new RecipeNode(JsonValueKind.True, line, "");
            case JsonTokenType.False:
                return new RecipeNode(JsonValueKind.False, line, "");
            default:
                return new RecipeNode(JsonValueKind.Null, line, "");
        }
    }

    private static string ReadText(ref Utf8JsonReader reader, int line, string path, string? file)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e) // Half of a surrogate pair, such as "\ud800".
        {
            throw new RecipeException($"{Place(file, line)}a text{(path.Length == 0 ? "" : $" in '{Shorten(path)}'")} is not valid Unicode; expected whole characters.", path, line, e);
        }
    }

    /// <summary>Puts the value of an override such as <c>algorithm.depth=8</c> into the tree: parsed as JSON if it is JSON, else as a text.</summary>
    public void Apply(string setting)
    {
        int equals = setting.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? setting : setting[..equals].Trim();
        string[] names = path.Split('.');
        if (equals < 0 || names.Any(n => n.Length == 0))
            throw new RecipeException($"override '{Shorten(setting)}': not an override; expected key.path=value, such as algorithm.depth=8.");
        RecipeNode parent = this;
        for (int i = 0; i < names.Length - 1; i++)
        {
            RecipeNode? child = parent.Find(names[i]);
            if (child is null)
                parent.Set(names[i], child = new RecipeNode(JsonValueKind.Object, parent.Line, "") { Override = setting });
            else if (child.Kind != JsonValueKind.Object)
            {
                string key = string.Join('.', names[..(i + 1)]);
                throw new RecipeException($"override '{Shorten(setting)}': '{key}' has no keys inside; it is {child.Show()}.", key);
            }
            parent = child;
        }
        parent.Set(names[^1], FromOverride(setting, setting[(equals + 1)..], path));
    }

    private static RecipeNode FromOverride(string setting, string text, string path)
    {
        RecipeNode parsed;
        try
        {
            parsed = Parse(text, null);
        }
        catch (RecipeException e) when (e.InnerException is JsonException)
        {
            return new RecipeNode(JsonValueKind.String, 0, text) { Override = setting, OverrideText = text };
        }
        catch (RecipeException e)
        {
            throw new RecipeException($"override '{Shorten(setting)}': {e.Message}", path, null, e);
        }
        return Mark(parsed);

        RecipeNode Mark(RecipeNode from)
        {
            var node = new RecipeNode(from.Kind, 0, from.Text) { Override = setting, OverrideText = text.Trim() };
            foreach (var (name, _, value) in from.Members) node.Members.Add((name, 0, Mark(value)));
            foreach (RecipeNode item in from.Items) node.Items.Add(Mark(item));
            return node;
        }
    }

    private void Set(string name, RecipeNode value)
    {
        int at = Members.FindIndex(m => m.Name == name);
        if (at < 0) Members.Add((name, 0, value));
        else Members[at] = (name, Members[at].Line, value);
    }

    /// <summary>Line numbers of rising byte positions, in one pass over the text.</summary>
    private struct LineCounter
    {
        private int position;
        private int line;

        public int At(ReadOnlySpan<byte> utf8, long index)
        {
            line += utf8[position..(int)index].Count((byte)'\n');
            position = (int)index;
            return line + 1;
        }
    }
}
