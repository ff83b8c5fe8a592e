using System.Text.Json;
using System.Text.Json.Serialization;
using Heed.Generation;

namespace Heed.Studio.Pages.Chat;

/// <summary>A conversation as the browser keeps it. What the browser brings back is a stranger's text: what is not as it should be is left out.</summary>
public sealed class StoredChat
{
    /// <summary>Longest text that is kept, in characters; a page takes no message that is much longer.</summary>
    public const int Longest = 250_000;

    private const int LongestTitle = 60, MostTop = 20;
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // it goes into no page
    };

    /// <summary>What it is kept under.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, as the reader gave it; null = its first words.</summary>
    public string? Name { get; set; }

    /// <summary>What the model is told before the first turn.</summary>
    public string SystemPrompt { get; set; } = "";

    /// <summary>The model that it is held with.</summary>
    public string? Model { get; set; }

    /// <summary>What was said.</summary>
    public List<ChatTurn> Turns { get; } = [];

    /// <summary>A new one.</summary>
    public static StoredChat New() => new() { Id = Guid.NewGuid().ToString("N")[..12] };

    /// <summary>What a list calls it; null = it has neither name nor words.</summary>
    public string? Title
    {
        get
        {
            string title = (Name ?? Turns.FirstOrDefault(t => t.IsUser)?.Text ?? "").ReplaceLineEndings(" ").Trim();
            if (title.Length > LongestTitle) title = title[..(char.IsHighSurrogate(title[LongestTitle - 1]) ? LongestTitle - 1 : LongestTitle)] + "…";
            return title.Length > 0 ? title : null;
        }
    }

    /// <summary>The conversation as a text that is not too long: the oldest answers lose their probabilities first, then the oldest turns go.</summary>
    public string Write()
    {
        TurnFields[] turns = [.. Turns.Select(Fields)];
        for (int bare = 0, gone = 0; ;)
        {
            string text = JsonSerializer.Serialize(new ChatFields(Name, SystemPrompt, Model, turns[gone..]), Json);
            if (text.Length <= Longest || gone == turns.Length) return text.Length <= Longest ? text : "{}";
            if (bare < turns.Length)
            {
                // Several at a time, or a long conversation would be written out many times.
                int next = Math.Min(turns.Length, bare + Math.Max(1, turns.Length / 8));
                for (; bare < next; bare++) turns[bare] = turns[bare] with { Tokens = null };
            }
            else gone = Math.Min(turns.Length, gone + Math.Max(1, turns.Length / 8));
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, as far as it is whole.</summary>
    public static StoredChat Read(string id, string? text)
    {
        StoredChat chat = new() { Id = id };
        if (text is null || text.Length > Longest) return chat;
        ChatFields? fields;
        try
        {
            fields = JsonSerializer.Deserialize<ChatFields>(text, Json);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            return chat;
        }
        (chat.Name, chat.SystemPrompt, chat.Model) = (fields?.Name, fields?.System ?? "", fields?.Model);
        foreach (TurnFields? turn in fields?.Turns ?? [])
            if (turn?.Text is not null) chat.Turns.Add(Turn(turn));
        return chat;
    }

    private static TurnFields Fields(ChatTurn turn) => new(turn.IsUser ? "user" : "assistant", turn.Text)
    {
        Model = turn.Model,
        Use = turn.IsUser ? null : turn.Use.ToString(),
        Thinking = turn.Thinking ? true : null,
        Count = turn.Count,
        Seconds = Math.Round(turn.Seconds, 3),
        Finish = turn.Finish,
        Tokens = turn.Tokens.Count == 0 ? null : [.. turn.Tokens.Select(t => (double[])[t.Id, t.Start, Rounded(t.LogProb), .. t.Top.SelectMany(p => (double[])[p.Id, Rounded(p.LogProb)])])],
    };

    private static double Rounded(float logProb) => float.IsFinite(logProb) ? Math.Round(logProb, 4) : -1e4;

    private static ChatTurn Turn(TurnFields fields) => new()
    {
        IsUser = fields.Role != "assistant",
        Text = fields.Text!,
        Model = fields.Model,
        Use = Enum.TryParse(fields.Use, out ModelUse use) && Enum.IsDefined(use) ? use : ModelUse.Converse,
        Thinking = fields.Thinking == true,
        Count = Math.Max(0, fields.Count),
        Seconds = double.IsFinite(fields.Seconds) ? Math.Max(0, fields.Seconds) : 0,
        Finish = fields.Finish ?? "stop",
        Tokens = Tokens(fields),
    };

    // Either all tokens make sense, or none is taken.
    private static List<AnswerToken> Tokens(TurnFields fields)
    {
        List<AnswerToken> tokens = [];
        int last = 0;
        foreach (double[]? row in fields.Tokens ?? [])
        {
            if (row is not { Length: >= 3 and <= 3 + 2 * MostTop } || row.Length % 2 == 0 || !row.All(double.IsFinite) || !IsWhole(row[0]) || !(row[1] >= last && row[1] <= fields.Text!.Length)) return [];
            last = (int)row[1];
            TokenProbability[] top = new TokenProbability[(row.Length - 3) / 2];
            for (int i = 0; i < top.Length; i++)
            {
                if (!IsWhole(row[3 + 2 * i])) return [];
                top[i] = new TokenProbability((int)row[3 + 2 * i], (float)row[4 + 2 * i]);
            }
            tokens.Add(new AnswerToken((int)row[0], (float)row[2], last, top));
        }
        return tokens is [{ Start: > 0 }, ..] ? [] : tokens;
    }

    private static bool IsWhole(double id) => id is >= 0 and < int.MaxValue;

    private sealed record ChatFields(string? Name, string? System, string? Model, IReadOnlyList<TurnFields?>? Turns);

    private sealed record TurnFields(string? Role, string? Text)
    {
        public string? Model { get; init; }

        public string? Use { get; init; }

        public bool? Thinking { get; init; }

        public int Count { get; init; }

        public double Seconds { get; init; }

        public string? Finish { get; init; }

        public IReadOnlyList<double[]?>? Tokens { get; init; }
    }
}
