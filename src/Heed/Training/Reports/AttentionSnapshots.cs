using System.Globalization;
using System.Text.Json;
using Heed.Formats;
using Heed.Generation;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>
/// What a model makes of a recipe's texts at a step: who attends to whom in every layer and head, and the most probable tokens. One file
/// <c>snapshots/step-00000200.json</c> for each checkpoint; they stay when checkpoints go. Attention is in bytes (255 = 1), for each layer heads · queries · keys, as base64.
/// </summary>
internal sealed class AttentionSnapshots
{
    /// <summary>The folder in a run folder.</summary>
    public const string FolderName = "snapshots";

    private const string Prefix = "step-";
    private const int Top = 5;                // predictions of a place
    private const long MostWeights = 1 << 22; // of a text

    private readonly string folder;
    private readonly TextList texts;
    private readonly Transformer transformer;
    private readonly Tokenizer tokenizer;
    private readonly AttentionReader reader;
    private readonly IReadOnlyList<string> labels;

    /// <summary>Makes the folder; of snapshots that are there, those up to <paramref name="step"/> stay.</summary>
    public AttentionSnapshots(string run, TextList texts, Transformer transformer, Tokenizer tokenizer, IReadOnlyList<string> labels, int? step)
    {
        (folder, this.texts, this.transformer, this.tokenizer, this.labels) = (Path.Combine(run, FolderName), texts, transformer, tokenizer, labels);
        reader = new AttentionReader(transformer, tokenizer);
        Directory.CreateDirectory(folder);
        foreach ((int found, string path) in List(run))
            if (found > (step ?? -1)) File.Delete(path);
    }

    /// <summary>The snapshots of a run, the first steps first.</summary>
    public static IReadOnlyList<(int Step, string Path)> List(string run)
    {
        string folder = Path.Combine(run, FolderName);
        if (!Directory.Exists(folder)) return [];
        return [.. Directory.EnumerateFiles(folder, Prefix + "*.json")
            .Select(path => (Step: int.TryParse(Path.GetFileNameWithoutExtension(path)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int step) ? step : -1, path))
            .Where(s => s.Step >= 0).OrderBy(s => s.Step)];
    }

    /// <summary>Takes the snapshot of a step, unless it is there.</summary>
    /// <exception cref="InvalidDataException">A text has no tokens, or more than the model takes.</exception>
    public void Take(int step)
    {
        string path = Path.Combine(folder, $"{Prefix}{step:D8}.json");
        if (File.Exists(path)) return;
        AtomicFile.WriteText(path, RecipeJson.Write(indented: false, w =>
        {
            w.WriteStartObject();
            w.WriteNumber("step", step);
            w.WriteStartArray("texts");
            foreach (string text in texts)
            {
                w.WriteStartObject();
                try
                {
                    Write(w, text);
                }
                catch (ArgumentException e)
                {
                    throw new InvalidDataException($"compute.snapshot_texts: \"{RecipeNode.Shorten(text)}\": {e.Message}", e);
                }
                w.WriteEndObject();
            }
            w.WriteEndArray();
            w.WriteEndObject();
        }) + "\n");
    }

    private void Write(Utf8JsonWriter w, string text)
    {
        string[] sides = text.Split('\t');
        bool pair = reader.IsRewriter;
        if (sides.Length != (pair ? 2 : 1)) throw new ArgumentException(pair ? "an encoder-decoder needs a source and a target with a tab between them" : "only an encoder-decoder takes a pair, with a tab between");
        AttentionMaps maps = pair ? reader.Read(sides[0], sides[1]) : reader.Read(text);
        long count = (long)maps.Layers * maps.Heads * maps.Queries.Count * maps.Keys.Count;
        if (count > MostWeights) throw new ArgumentException($"it has {count} weights of attention; at most {MostWeights} are kept: give a shorter text");
        w.WriteString("text", text);
        w.WriteBoolean("cross", maps.Cross);
        WriteTexts(w, "queries", maps.Queries);
        WriteTexts(w, "keys", maps.Keys);
        w.WriteNumber("heads", maps.Heads);
        w.WriteStartArray("attention");
        for (int layer = 0; layer < maps.Layers; layer++)
            w.WriteBase64StringValue([.. Enumerable.Range(0, maps.Heads).SelectMany(head => maps.Of(layer, head).SelectMany(row => row)).Select(weight => (byte)MathF.Round(255 * Math.Clamp(weight, 0, 1)))]);
        w.WriteEndArray();
        w.WriteStartArray("predictions");
        foreach ((int place, (string Token, float Probability)[] best) in Predict(sides))
        {
            w.WriteStartObject();
            w.WriteNumber("at", place);
            w.WriteStartArray("top");
            foreach ((string token, float probability) in best)
            {
                w.WriteStartArray();
                w.WriteStringValue(token);
                w.WriteNumberValue(Math.Round(probability, 5));
                w.WriteEndArray();
            }
            w.WriteEndArray();
            w.WriteEndObject();
        }
        w.WriteEndArray();
    }

    // Of a decoder what follows each token, of an encoder-decoder what was expected in its place, of a masked model what stands behind each mask, of a classifier the label.
    private List<(int Place, (string Token, float Probability)[] Best)> Predict(string[] sides)
    {
        using MemoryScope scope = new();
        int[] ids = reader.Tokens(sides[^1]).Ids;
        List<(int, (string, float)[])> predictions = [];
        if (transformer.Config.Head.Kind is not (HeadKind.Vocabulary or HeadKind.Sequence)) return predictions;
        ForwardOptions options = new();
        int[] inputs = ids;
        if (reader.IsRewriter)
        {
            int[] source = reader.Tokens(sides[0]).Ids;
            options = options with { Memory = transformer.Encode(Tensor.From(new Shape(1, source.Length), source)) };
            inputs = [transformer.Config.DecoderStartToken ?? transformer.Config.BeginToken ?? 0, .. ids[..^1]];
        }
        Tensor hidden = transformer.Hidden(Tensor.From(new Shape(1, inputs.Length), inputs), options);
        Tensor logits = transformer.Logits(hidden);
        bool labelled = transformer.Config.Head.Kind == HeadKind.Sequence, masked = !labelled && transformer.Config.Decoder is null;
        int? mask = masked ? RecipeTokenizer.Find(tokenizer, "mask_token") : null;
        for (int row = 0; row < logits.Rows; row++)
            if (!masked || ids[row] == mask)
                predictions.Add((labelled ? -1 : row, Best(logits.Row(row), labelled ? i => i < labels.Count ? labels[i] : i.ToString(CultureInfo.InvariantCulture) : Spell)));
        return predictions;
    }

    private string Spell(int id) => id < tokenizer.VocabularySize ? tokenizer.Decode([id], skipSpecialTokens: false) is { Length: > 0 } text ? text : tokenizer.IdToToken(id) ?? "" : "";

    private static (string, float)[] Best(ReadOnlySpan<float> logits, Func<int, string> name)
    {
        double sum = 0, most = logits[0];
        foreach (float logit in logits) most = Math.Max(most, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - most);
        List<(int Id, float Logit)> best = []; // the highest first; of equal ones the first
        for (int id = 0; id < logits.Length; id++)
        {
            if (best.Count == Top && !(logits[id] > best[^1].Logit)) continue;
            if (best.Count == Top) best.RemoveAt(Top - 1);
            int at = best.Count;
            while (at > 0 && logits[id] > best[at - 1].Logit) at--;
            best.Insert(at, (id, logits[id]));
        }
        return [.. best.Select(b => (name(b.Id), (float)(Math.Exp(b.Logit - most) / sum)))];
    }

    private static void WriteTexts(Utf8JsonWriter w, string name, IReadOnlyList<string> texts)
    {
        w.WriteStartArray(name);
        foreach (string text in texts) w.WriteStringValue(text);
        w.WriteEndArray();
    }
}
