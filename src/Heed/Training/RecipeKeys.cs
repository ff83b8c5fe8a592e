using System.Text;
using System.Text.Json;

namespace Heed.Training;

/// <summary>One key of a section: its name, what it means, and how it is read, judged and written.</summary>
internal abstract class RecipeKey<TSection>(string name, string description)
{
    public string Name => name;

    public string Description => description;

    /// <summary>The section with this key's value taken from <paramref name="node"/>.</summary>
    public abstract TSection Read(TSection section, RecipeNode node, string path, string? file);

    /// <summary>Throws when this key's value is outside its range; <paramref name="place"/> says where a key path was set.</summary>
    public abstract void Check(TSection section, string path, RecipePlace place);

    public abstract void Write(Utf8JsonWriter writer, TSection section);

    /// <summary>Writes the key's JSON Schema object; <paramref name="defaults"/> holds the default.</summary>
    public abstract void WriteSchema(Utf8JsonWriter writer, TSection defaults);

    /// <summary>Adds the key's row (or the rows of its own keys) to a Markdown table.</summary>
    public abstract void WriteRows(StringBuilder rows, TSection defaults, string path);

    /// <summary>The paths of all the values at and under this key.</summary>
    public abstract IEnumerable<string> Paths(string path);

    /// <summary>The values at and under this key that may name files or folders: the key's path, the value as JSON, and whether it names any.</summary>
    public abstract IEnumerable<(string Path, string Value, bool Names)> Files(TSection section, string path);
}

/// <summary>Where a key path was set: the words that begin an error message, and the line if there is one.</summary>
internal delegate (string Words, int? Line) RecipePlace(string path);

/// <summary>A key that holds one value.</summary>
internal sealed class ValueKey<TSection, TValue>(
    string name, RecipeType<TValue> type, Func<TSection, TValue> get, Func<TSection, TValue, TSection> set, string description)
    : RecipeKey<TSection>(name, description)
{
    public override TSection Read(TSection section, RecipeNode node, string path, string? file)
    {
        if (type.TryRead(node, out TValue value) && type.Accepts(value)) return set(section, value);
        throw new RecipeException($"{node.Place(file)}'{path}' must be {type.Expected}, but is {node.Show()}.", path, node.Override is null ? node.Line : null);
    }

    public override void Check(TSection section, string path, RecipePlace place)
    {
        TValue value = get(section);
        if (type.Accepts(value)) return;
        var (words, line) = place(path);
        string given = value is null ? "null" : FormattableString.Invariant($"{value}");
        throw new RecipeException($"{words}'{path}' must be {type.Expected}, but is {(value is string ? $"\"{RecipeNode.Shorten(given)}\"" : given)}.", path, line);
    }

    public override void Write(Utf8JsonWriter writer, TSection section)
    {
        writer.WritePropertyName(Name);
        type.Write(writer, get(section));
    }

    public override void WriteSchema(Utf8JsonWriter writer, TSection defaults)
    {
        writer.WriteString("description", Description);
        type.WriteSchema(writer, nullable: false);
        writer.WritePropertyName("default");
        type.Write(writer, get(defaults));
    }

    public override void WriteRows(StringBuilder rows, TSection defaults, string path)
    {
        string value = RecipeJson.Write(indented: false, w => type.Write(w, get(defaults)));
        rows.Append("| `").Append(path).Append("` | `").Append(value).Append("` | ").Append(type.Expected).Append(" | ").Append(Description.Replace("<", "&lt;", StringComparison.Ordinal)).Append(" |\n");
    }

    public override IEnumerable<string> Paths(string path) => [path];

    public override IEnumerable<(string Path, string Value, bool Names)> Files(TSection section, string path) =>
        type.MayNameFiles ? [(path, RecipeJson.Write(indented: false, w => type.Write(w, get(section))), type.NamesFiles(get(section)))] : [];
}

/// <summary>A key that holds a section of keys.</summary>
internal sealed class SectionKey<TSection, TChild>(
    string name, RecipeTable<TChild> table, Func<TSection, TChild> get, Func<TSection, TChild, TSection> set, string description)
    : RecipeKey<TSection>(name, description) where TChild : class, new()
{
    public override TSection Read(TSection section, RecipeNode node, string path, string? file) => set(section, table.Read(node, path, file));

    public override void Check(TSection section, string path, RecipePlace place)
    {
        if (get(section) is { } child)
        {
            table.Check(child, path, place);
            return;
        }
        var (words, line) = place(path);
        throw new RecipeException($"{words}'{path}' must be a section, but is null.", path, line);
    }

    public override void Write(Utf8JsonWriter writer, TSection section)
    {
        writer.WriteStartObject(Name);
        table.Write(writer, get(section));
        writer.WriteEndObject();
    }

    public override void WriteSchema(Utf8JsonWriter writer, TSection defaults)
    {
        writer.WriteString("description", Description);
        table.WriteSchema(writer);
    }

    public override void WriteRows(StringBuilder rows, TSection defaults, string path) => table.WriteRows(rows, path);

    public override IEnumerable<string> Paths(string path) => table.Keys.SelectMany(k => k.Paths($"{path}.{k.Name}"));

    public override IEnumerable<(string Path, string Value, bool Names)> Files(TSection section, string path) => table.Keys.SelectMany(k => k.Files(get(section), $"{path}.{k.Name}"));
}

/// <summary>The keys of one kind of section.</summary>
internal sealed class RecipeTable<TSection>(params RecipeKey<TSection>[] keys) where TSection : class, new()
{
    public IReadOnlyList<RecipeKey<TSection>> Keys => keys;

    /// <summary>Reads the object at <paramref name="path"/>; keys that are absent keep their defaults.</summary>
    public TSection Read(RecipeNode node, string path, string? file)
    {
        string where = path.Length == 0 ? "the recipe" : $"'{path}'";
        if (node.Kind != JsonValueKind.Object)
            throw new RecipeException($"{node.Place(file)}{where} must be an object with keys {Names()}, but is {node.Show()}.", path, node.Override is null ? node.Line : null);
        var section = new TSection();
        foreach (var (name, line, value) in node.Members)
        {
            string keyPath = path.Length == 0 ? name : $"{path}.{name}";
            RecipeKey<TSection>? key = Array.Find(keys, k => k.Name == name);
            if (key is not null)
                section = key.Read(section, value, keyPath, file);
            else if (path.Length > 0 || name != RecipeKeys.SchemaKey)
            {
                string words = value.Override is null ? RecipeNode.Place(file, line) : value.Place(file);
                string kind = path.Length == 0 ? "section" : "key";
                throw new RecipeException(
                    $"{words}unknown {kind} '{RecipeNode.Shorten(keyPath)}'; the nearest known {kind} is '{Nearest(name, path)}'. Known {kind}s of {where}: {Names()}.",
                    keyPath, value.Override is null ? line : null);
            }
        }
        return section;
    }

    public void Check(TSection section, string path, RecipePlace place)
    {
        foreach (RecipeKey<TSection> key in keys) key.Check(section, path.Length == 0 ? key.Name : $"{path}.{key.Name}", place);
    }

    public void Write(Utf8JsonWriter writer, TSection section)
    {
        foreach (RecipeKey<TSection> key in keys) key.Write(writer, section);
    }

    public void WriteSchema(Utf8JsonWriter writer, bool root = false)
    {
        var defaults = new TSection();
        writer.WriteString("type", "object");
        if (root)
        {
            writer.WriteStartArray("required");
            foreach (RecipeKey<TSection> key in keys) writer.WriteStringValue(key.Name);
            writer.WriteEndArray();
        }
        writer.WriteBoolean("additionalProperties", false);
        writer.WriteStartObject("properties");
        if (root)
        {
            writer.WriteStartObject(RecipeKeys.SchemaKey);
            writer.WriteString("type", "string");
            writer.WriteEndObject();
        }
        foreach (RecipeKey<TSection> key in keys)
        {
            writer.WriteStartObject(key.Name);
            key.WriteSchema(writer, defaults);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
    }

    public void WriteRows(StringBuilder rows, string path)
    {
        var defaults = new TSection();
        foreach (RecipeKey<TSection> key in keys) key.WriteRows(rows, defaults, path.Length == 0 ? key.Name : $"{path}.{key.Name}");
    }

    private string Names() => string.Join(", ", keys.Select(k => k.Name));

    /// <summary>The known key most like <paramref name="name"/>: one of this section, or the path of the key of that very name elsewhere.</summary>
    private string Nearest(string name, string path)
    {
        string elsewhere = path.Length == 0 ? "" : RecipeKeys.Recipe.Keys.SelectMany(k => k.Paths(k.Name)).FirstOrDefault(p => p.EndsWith("." + name, StringComparison.Ordinal), "");
        return elsewhere.Length > 0 ? elsewhere : keys.MinBy(k => EditDistance(k.Name, name))!.Name;
    }

    /// <summary>Insertions, deletions and replacements between two words (Levenshtein 1966).</summary>
    private static int EditDistance(string a, string b)
    {
        if (b.Length > 200) b = b[..200]; // A key that long is like none; keep the table small.
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }
        return row[b.Length];
    }
}

/// <summary>
/// The one table of a recipe's keys. Reading, checking, writing, the JSON Schema and the documentation are all driven by it;
/// the defaults are those of the section records.
/// </summary>
internal static class RecipeKeys
{
    public const string SchemaKey = "$schema";

    // What is made on the spot, and what it teaches.
    private static readonly (string Objective, string Source)[] Made = [("causal", "stories"), ("masked", "facts"), ("denoise", "facts"), ("sequence-to-sequence", "pairs"), ("classify", "moods")];

    private const int Million = 1_000_000;
    private const int Billion = 1_000_000_000;

    public static readonly RecipeTable<TableSection> Table = new(
        new ValueKey<TableSection, string?>("exclude", new NullOr<string>(new TextType([], "names of columns between commas")), s => s.Exclude, (s, v) => s with { Exclude = v },
            "Columns that are not predicted from; null = all but data.target are. A column whose every field is a number enters as one, any other as names; empty fields are missing values."),
        Integer<TableSection>("split_seed", s => s.SplitSeed, (s, v) => s with { SplitSeed = v }, 0, int.MaxValue,
            "Seed of the draw that parts the source's rows; compute.seed does not change what is tested."),
        new ValueKey<TableSection, bool>("log_target", new BooleanType(), s => s.LogTarget, (s, v) => s with { LogTarget = v },
            "Whether the logarithm of the target is what is learned (only for \"regression\", and numbers above 0)."));

    public static readonly RecipeTable<DataSection> Data = new(
        new ValueKey<DataSection, TextList>("source", new TextListType(["stories", "facts", "pairs", "moods"], "the path of a file, a folder or a glob", path: true), s => s.Source, (s, v) => s with { Source = v },
            "Where the text comes from. Made on the spot: \"stories\" for the objective \"causal\", sentences that state \"facts\" for \"masked\" and \"denoise\", English-Chinese \"pairs\" for \"sequence-to-sequence\", sentences labelled with \"moods\" for \"classify\". Files of records: .jsonl, .csv, .tsv, .parquet. A file of text: running text for \"causal\", else a text in each line; with tabs, source TAB target for \"sequence-to-sequence\" and label TAB text for \"classify\". Several files of text for \"causal\", or a folder of .txt: a document in each. All but .parquet also as .gz. A folder as of Hugging Face: its files named train, validation or test, else all. Globs know *, ? and **. Paths are relative to the recipe file's folder."),
        new ValueKey<DataSection, TextList?>("validation", new NullOr<TextList>(new TextListType([], "the path of a file, a folder or a glob", path: true)), s => s.Validation, (s, v) => s with { Validation = v },
            "Files like the source that are never trained on and measure the validation loss; null = those named validation in a source's folder, or else a share of the source (validation_fraction)."),
        new ValueKey<DataSection, TextList?>("test", new NullOr<TextList>(new TextListType([], "the path of a file, a folder or a glob", path: true)), s => s.Test, (s, v) => s with { Test = v },
            "Files like the source that neither training nor its measurements touch: what heed eval measures in the end; null = as for validation (test_fraction)."),
        new ValueKey<DataSection, string?>("text", new NullOr<string>(new TextType([], "the name of a column or a template")), s => s.Text, (s, v) => s with { Text = v },
            "Of records: the column with the text, or a template such as \"{title}\\n{text}\"; a list in a column is joined by line feeds. null = \"text\", for \"sequence-to-sequence\" \"source\"; in a table without names its place."),
        new ValueKey<DataSection, string?>("target", new NullOr<string>(new TextType([], "the name of a column or a template")), s => s.Target, (s, v) => s with { Target = v },
            "Of records: the column or template of the answer; null = \"label\" for \"classify\", \"target\" for \"sequence-to-sequence\"; in a table without names its place."),
        new ValueKey<DataSection, string?>("template", new NullOr<string>(new TextType([.. Tokenization.BuiltInChatTemplates.Names], "the path of a chat template", path: true)), s => s.Template, (s, v) => s with { Template = v },
            "How conversations are written, for \"chat\": a built-in template (\"zephyr\" needs no token but the one that ends a text) or the path of a .jinja file or a model folder, relative to the recipe file's folder; null = as the model of start_from or the tokenizer's folder says, else the built-in template whose tokens the tokenizer has."),
        Integer<DataSection>("corrupt_limit", s => s.CorruptLimit, (s, v) => s with { CorruptLimit = v }, 0, Million * 1000,
            "How many records that cannot be read or lack a column may be passed over; each is told of with its file and line."),
        Integer<DataSection>("stories", s => s.Stories, (s, v) => s with { Stories = v }, 10, 10 * Million,
            "How many stories to make (only for the source \"stories\")."),
        Integer<DataSection>("examples", s => s.Examples, (s, v) => s with { Examples = v }, 10, 10 * Million,
            "How many sentences or pairs to make (only for the sources \"facts\", \"pairs\" and \"moods\")."),
        Text<DataSection>("language", s => s.Language, (s, v) => s with { Language = v }, ["en", "zh", "both"], null,
            "Language of what is made (not for \"pairs\", which are in both)."),
        Text<DataSection>("direction", s => s.Direction, (s, v) => s with { Direction = v }, ["forward", "backward", "both"], null,
            "Which side of a pair the model reads: \"forward\" the first (English), \"backward\" the second (Chinese), \"both\" each in turn (only for \"sequence-to-sequence\")."),
        Number<DataSection>("validation_fraction", s => s.ValidationFraction, (s, v) => s with { ValidationFraction = v }, new(0, 0.5, minOpen: true),
            "Share of the source that is never trained on and measures the validation loss (all the held-out combinations of \"facts\"); not used where there are validation files."),
        Number<DataSection>("test_fraction", s => s.TestFraction, (s, v) => s with { TestFraction = v }, new(0, 0.5),
            "Share of the source that is kept for the last measurement; only for files, and not used where there are test files."),
        Text<DataSection>("split", s => s.Split, (s, v) => s with { Split = v }, ["end", "hash", "random"], null,
            "Which records the fractions take: \"end\" the last (of running text the last characters), test behind validation; \"hash\" by a hash of the record's text, so that equal texts stay together and new or reordered records move no other; \"random\" by the seed and the record's number."),
        Text<DataSection>("tokenizer", s => s.Tokenizer, (s, v) => s with { Tokenizer = v }, ["bpe", "wordpiece", "unigram", "characters", "bytes", "words"], "the path of a tokenizer.json",
            "How text becomes tokens: \"bpe\" trains byte-level byte-pair merges on the text, \"wordpiece\" BERT's pieces of lower-case words, \"unigram\" T5's pieces with their spaces, \"characters\" takes each character of the text, \"bytes\" each byte, \"words\" what white space separates, with <eos> for each line end and <unk> for words that are not among the most frequent (only for \"causal\" over running text); a path is relative to the recipe file's folder.", path: true),
        Integer<DataSection>("vocabulary", s => s.Vocabulary, (s, v) => s with { Vocabulary = v }, 257, Million,
            "Most tokens (only for the tokenizers \"bpe\", \"wordpiece\", \"unigram\" and \"words\"; the others fix it)."),
        Integer<DataSection>("tokenizer_sample", s => s.TokenizerSample, (s, v) => s with { TokenizerSample = v }, 1000, Billion,
            "Most bytes of text that a tokenizer is trained on, taken evenly from the whole training part (only for \"causal\" and \"sequence-to-sequence\"; \"characters\" and \"words\" read all)."),
        Text<DataSection>("packing", s => s.Packing, (s, v) => s with { Packing = v }, ["stream", "documents"], null,
            "How text fills the context (only for \"causal\"): \"stream\" cuts windows anywhere out of all documents in a row, \"documents\" packs whole documents side by side, each attending to itself alone and with positions from 0, and takes each once an epoch."),
        Text<DataSection>("cache", s => s.Cache, (s, v) => s with { Cache = v }, ["auto", "off"], "the path of a folder",
            "Where token ids are kept, so that a text is encoded once and then read from a mapped file (only for \"causal\" and \"sequence-to-sequence\" from files): \"auto\" the user's cache folder (~/.cache/heed/tokens) for sources above 8 MiB, \"off\" memory; a folder is relative to the recipe file's. It may be deleted at any time; above 16 GiB the files that were used least recently are.", path: true),
        new SectionKey<DataSection, TableSection>("table", Table, s => s.Table, (s, v) => s with { Table = v },
            "How a table is read, for the family \"tabular\"."));


    public static readonly RecipeTable<LoraSection> Lora = new(
        OptionalInteger<LoraSection>("rank", s => s.Rank, (s, v) => s with { Rank = v }, 1, 4096,
            "Rank of the updates, the number of columns of each pair of matrices that is learned; null = no adapter: all weights are trained."),
        Number<LoraSection>("alpha", s => s.Alpha, (s, v) => s with { Alpha = v }, new(0, 1e6, minOpen: true),
            "Updates are scaled by alpha / rank."),
        new ValueKey<LoraSection, bool>("rank_stabilised", new BooleanType(), s => s.RankStabilised, (s, v) => s with { RankStabilised = v },
            "Whether they are scaled by alpha / sqrt(rank) instead."),
        Number<LoraSection>("dropout", s => s.Dropout, (s, v) => s with { Dropout = v }, new(0, 1, maxOpen: true),
            "Probability of dropping an input of an update while training; 0 = off."),
        Text<LoraSection>("targets", s => s.Targets, (s, v) => s with { Targets = v }, [Models.AdapterConfig.AllLinear], "names of modules with commas between them, such as \"q_proj, v_proj\"",
            "What is adapted, by the names that Hugging Face's code of the family has: whole names or their ends; a regular expression of the whole name begins with ^. \"all-linear\" is every matrix but the output."),
        new ValueKey<LoraSection, string?>("modules_to_save", new NullOr<string>(new TextType([], "names of modules with commas between them")), s => s.ModulesToSave, (s, v) => s with { ModulesToSave = v },
            "Modules that are trained and saved whole; null = none, but for the head of labels that \"classify\" makes anew."),
        new ValueKey<LoraSection, bool>("merge", new BooleanType(), s => s.Merge, (s, v) => s with { Merge = v },
            "Whether the run also leaves the model with the adapter merged into its weights, in the folder merged (float32)."));

    public static readonly RecipeTable<OptimizerSection> Optimizer = new(
        Number<OptimizerSection>("learning_rate", s => s.LearningRate, (s, v) => s with { LearningRate = v }, new(0, 10, minOpen: true),
            "Peak learning rate, reached after the warm-up."),
        Number<OptimizerSection>("beta1", s => s.Beta1, (s, v) => s with { Beta1 = v }, new(0, 1, maxOpen: true),
            "Decay of the running mean of the gradient."),
        Number<OptimizerSection>("beta2", s => s.Beta2, (s, v) => s with { Beta2 = v }, new(0, 1, maxOpen: true),
            "Decay of the running mean of the squared gradient."),
        Number<OptimizerSection>("epsilon", s => s.Epsilon, (s, v) => s with { Epsilon = v }, new(0, 1, minOpen: true),
            "Added to the root of the second moment, against division by zero."),
        Number<OptimizerSection>("weight_decay", s => s.WeightDecay, (s, v) => s with { WeightDecay = v }, new(0, 10),
            "Decoupled weight decay of the weight matrices; biases and norms are not decayed."),
        Number<OptimizerSection>("clip_norm", s => s.ClipNorm, (s, v) => s with { ClipNorm = v }, new(0, Billion),
            "Largest L2 norm of the whole gradient; a longer one is scaled down to it; 0 = no clipping."),
        Number<OptimizerSection>("layer_decay", s => s.LayerDecay, (s, v) => s with { LayerDecay = v }, new(0, 1, minOpen: true),
            "Factor of the learning rate from each block to the one below it, down to the embeddings; the head has the full rate. 0.8 to 0.95 suits fine-tuning; 1 = all learn alike."),
        new ValueKey<OptimizerSection, string?>("freeze", new NullOr<string>(new TextType([], "names of weights")), s => s.Freeze, (s, v) => s with { Freeze = v },
            "Weights that stay as they are, by the beginnings of their names, such as \"embedding,blocks.0-3\"; * is any part of a name, ! before a name lets it learn: \"*,!head\" trains the head alone. They cost no gradient and no memory of the optimizer."));

    public static readonly RecipeTable<ScheduleSection> Schedule = new(
        Text<ScheduleSection>("kind", s => s.Kind, (s, v) => s with { Kind = v }, ["cosine", "linear", "wsd", "constant"], null,
            "Shape of the learning rate after the warm-up: \"wsd\" stays at the peak and decays in the last decay_steps."),
        Integer<ScheduleSection>("warmup_steps", s => s.WarmupSteps, (s, v) => s with { WarmupSteps = v }, 0, Billion,
            "Steps in which the learning rate rises linearly from 0 to its peak; at most algorithm.steps."),
        Number<ScheduleSection>("min_learning_rate", s => s.MinLearningRate, (s, v) => s with { MinLearningRate = v }, new(0, 10),
            "Learning rate at the last step; at most the peak (not used by \"constant\")."),
        OptionalInteger<ScheduleSection>("decay_steps", s => s.DecaySteps, (s, v) => s with { DecaySteps = v }, 1, Billion,
            "Steps of the final decay, for \"wsd\" only; null = 10% of algorithm.steps."));

    public static readonly RecipeTable<TabularSection> Tabular = new(
        Integer<TabularSection>("frequencies", s => s.Frequencies, (s, v) => s with { Frequencies = v }, 0, 4096,
            "Waves of learned lengths through which each number is seen, beside itself (Gorishniy et al. 2022); 0 = none."),
        Number<TabularSection>("frequency_scale", s => s.FrequencyScale, (s, v) => s with { FrequencyScale = v }, new(0, 1000, minOpen: true),
            "Standard deviation of the first frequencies, in turns for each standard deviation of the column."),
        Integer<TabularSection>("embedding", s => s.Embedding, (s, v) => s with { Embedding = v }, 1, 4096,
            "Columns that a number's waves become."),
        new ValueKey<TabularSection, string?>("joint", new NullOr<string>(new TextType([], "names of columns between commas")), s => s.Joint, (s, v) => s with { Joint = v },
            "Columns of numbers that are also seen together, through waves in all their directions, as places on a map are; null = none."),
        Integer<TabularSection>("joint_frequencies", s => s.JointFrequencies, (s, v) => s with { JointFrequencies = v }, 1, 65536,
            "Waves of the joint columns."),
        Number<TabularSection>("joint_scale", s => s.JointScale, (s, v) => s with { JointScale = v }, new(0, 1000, minOpen: true),
            "As frequency_scale, of the joint columns."),
        Integer<TabularSection>("members", s => s.Members, (s, v) => s with { Members = v }, 1, 256,
            "Networks that are trained side by side, from different start weights, and whose answers are averaged."),
        new ValueKey<TabularSection, double?>("huber", new NullOrValue<double>(new NumberType(0, 1000, minOpen: true)), s => s.Huber, (s, v) => s with { Huber = v },
            "Distance, in standard deviations of the target, beyond which an error counts in a straight line instead of by its square; null = never (only for \"regression\")."));

    public static readonly RecipeTable<MaskingSection> Masking = new(
        OptionalNumber<MaskingSection>("rate", s => s.Rate, (s, v) => s with { Rate = v }, new(0, 1, minOpen: true, maxOpen: true),
            "Share of the tokens or words that are hidden; null = 0.15, for a bart that denoises 0.3."),
        new ValueKey<MaskingSection, string?>("unit", new NullOr<string>(new TextType(["token", "word", "span", "phrase"])), s => s.Unit, (s, v) => s with { Unit = v },
            "What is hidden together: a \"token\"; a \"word\"; a \"span\" of words (SpanBERT), for \"denoise\" of tokens (T5, BART); a \"phrase\" (ERNIE). null = whole words where the tokenizer is one of word pieces, else tokens; for \"denoise\" spans (bart may have \"token\")."),
        OptionalNumber<MaskingSection>("span_length", s => s.SpanLength, (s, v) => s with { SpanLength = v }, new(1, 100),
            "Mean length of a span; null = 5 words for \"masked\" (geometric, cut at 10, as SpanBERT's), 3 tokens for \"denoise\" (bart: Poisson)."),
        new ValueKey<MaskingSection, string?>("phrases", new NullOr<string>(new TextType([], "the path of a file", path: true)), s => s.Phrases, (s, v) => s with { Phrases = v },
            "For the unit \"phrase\": a file with a phrase, name or (Chinese) word in each line, relative to the recipe file's folder; null = groups of words that stand together in the training text more often than by chance."),
        Number<MaskingSection>("deletion", s => s.Deletion, (s, v) => s with { Deletion = v }, new(0, 1, maxOpen: true),
            "Share of the tokens that are deleted (only for a bart that denoises)."),
        Number<MaskingSection>("permutation", s => s.Permutation, (s, v) => s with { Permutation = v }, new(0, 1),
            "Probability that a text's sentences come in another order (only for a bart that denoises)."),
        Number<MaskingSection>("rotation", s => s.Rotation, (s, v) => s with { Rotation = v }, new(0, 1),
            "Probability that a text begins with another of its tokens, what stood before it coming last (only for a bart that denoises)."));

    public static readonly RecipeTable<FimSection> Fim = new(
        Number<FimSection>("rate", s => s.Rate, (s, v) => s with { Rate = v }, new(0, 1),
            "Share of the parts of documents that are cut into prefix, middle and suffix, so that the model learns to fill a gap; 0 = none, 0.5 costs plain text next to nothing."),
        Number<FimSection>("suffix_first", s => s.SuffixFirst, (s, v) => s with { SuffixFirst = v }, new(0, 1),
            "Share of those in which the suffix comes before the prefix (SPM instead of PSM)."),
        Text<FimSection>("cut", s => s.Cut, (s, v) => s with { Cut = v }, ["characters", "tokens"], null,
            "Where a gap begins and ends: at any character, as where somebody types, or between two tokens."));

    public static readonly RecipeTable<RecurrentSection> Recurrent = new(
        OptionalInteger<RecurrentSection>("embedding_width", s => s.EmbeddingWidth, (s, v) => s with { EmbeddingWidth = v }, 1, 65536,
            "Columns of the token embedding (only for \"rnn\", \"lstm\" and \"gru\"); null = algorithm.width."),
        new ValueKey<RecurrentSection, bool>("carry_state", new BooleanType(), s => s.CarryState, (s, v) => s with { CarryState = v },
            "Whether the rows of a batch are streams of the text and the state goes on, without its history, from each batch to the next; false = windows are drawn at random and begin with a state of zeros."));

    public static readonly RecipeTable<TeacherSection> Teacher = new(
        new ValueKey<TeacherSection, string?>("folder", new NullOr<string>(new TextType([], "the path of a model", path: true)), s => s.Folder, (s, v) => s with { Folder = v },
            "A trained model of the same tokenizer, objective and labels, relative to the recipe file's folder; name its tokenizer in data.tokenizer. null = none."),
        Number<TeacherSection>("temperature", s => s.Temperature, (s, v) => s with { Temperature = v }, new(0, 100, minOpen: true),
            "What the scores of teacher and student are divided by before they are compared: more shows more of the wrong answers."),
        Number<TeacherSection>("alpha", s => s.Alpha, (s, v) => s with { Alpha = v }, new(0, 1),
            "The teacher's part of the loss; the rest is that of the right answers."));

    public static readonly RecipeTable<ClassificationSection> Classification = new(
        Text<ClassificationSection>("problem", s => s.Problem, (s, v) => s with { Problem = v }, ["single", "multi", "regression"], null,
            "What a text has: a \"single\" label; \"multi\": any number of labels, a list in a record or with commas between them; a value (\"regression\": standardised for the training, the finished model answers in the values' own unit)."),
        Number<ClassificationSection>("temperature", s => s.Temperature, (s, v) => s with { Temperature = v }, new(0, 10, minOpen: true),
            "What the cosines of pairs are divided by (only for \"contrastive\")."),
        Text<ClassificationSection>("pooling", s => s.Pooling, (s, v) => s with { Pooling = v }, ["first", "mean"], null,
            "How a text becomes one vector: \"first\" its first token, as the published models of BERT's kind have it; \"mean\" the mean of all, often better for small models from nothing (config.json says so by classifier_pooling, which Hugging Face's BERT does not read)."),
        new ValueKey<ClassificationSection, string?>("label_weights", new NullOr<string>(new TextType(["balanced"], "weights such as \"sad=2, happy=0.5\"")), s => s.LabelWeights, (s, v) => s with { LabelWeights = v },
            "How much each label counts in the loss: \"balanced\" the inverse of how often it occurs; or a weight for some, 1 for the others; null = all the same."));

    public static readonly RecipeTable<EarlyStoppingSection> EarlyStopping = new(
        OptionalInteger<EarlyStoppingSection>("patience", s => s.Patience, (s, v) => s with { Patience = v }, 1, Billion,
            "Measurements (compute.evaluate_every) without a gain after which the run ends; null = never."),
        Number<EarlyStoppingSection>("min_delta", s => s.MinDelta, (s, v) => s with { MinDelta = v }, new(0, Billion),
            "What counts as a gain: so much less validation loss; for \"classify\", so much more accuracy."));

    public static readonly RecipeTable<AlgorithmSection> Algorithm = new(
        Text<AlgorithmSection>("objective", s => s.Objective, (s, v) => s with { Objective = v }, [.. RecipeModel.Families.Keys], null,
            "What is learned: \"causal\" the next token, \"chat\" the assistant's words in conversations, \"masked\" hidden words, \"denoise\" what is missing in a damaged text, \"sequence-to-sequence\" one text from another, \"regression\" a number, \"classify\" the label of a text or of a row, \"tag\" the label of each word (records of words and tags, or lines of a word and its tag), \"answer\" where in a context the answer to a question stands (records of question, context and answers), \"contrastive\" vectors of texts (pairs of text and target, perhaps with a score; or texts alone)."),
        Text<AlgorithmSection>("family", s => s.Family, (s, v) => s with { Family = v }, [.. RecipeModel.Families.Values.SelectMany(f => f).Distinct(), RecipeStart.Family], null,
            "Model family: which norm, positions, attention and feed-forward a block has; \"bert\" for \"masked\", \"classify\", \"tag\", \"answer\" and \"contrastive\", \"t5\" and \"bart\" for \"sequence-to-sequence\" and \"denoise\", the others for \"causal\" and \"chat\"; \"rnn\", \"lstm\" and \"gru\" are recurrent; \"tabular\" is a network over the columns of a table, for \"regression\" and \"classify\". \"from\" takes family, sizes and tokenizer from the folder that start_from names: fine-tuning, of any family that Heed loads. With lora.rank it is always \"from\"."),
        new ValueKey<AlgorithmSection, string?>("start_from", new NullOr<string>(new TextType([], "the path of a model folder", path: true)), s => s.StartFrom, (s, v) => s with { StartFrom = v },
            "A trained model whose weights the training begins with; relative to the recipe file's folder; null = from nothing. With the family \"from\" everything is as in that folder, and a head that it lacks is new; else it must be of the recipe's family and sizes, its head is new, and its tokenizer is to be named in data.tokenizer. With lora.rank it may be any folder or .gguf file: its family, sizes and tokenizer are taken, and its weights stay in their file, quantised or not."),
        Integer<AlgorithmSection>("depth", s => s.Depth, (s, v) => s with { Depth = v }, 1, 1024,
            "Number of Transformer blocks; of an encoder-decoder, in each of the two; of a recurrent family, its layers."),
        Integer<AlgorithmSection>("width", s => s.Width, (s, v) => s with { Width = v }, 1, 65536,
            "Width of the residual stream, a multiple of heads; of a recurrent family, its hidden size."),
        Integer<AlgorithmSection>("heads", s => s.Heads, (s, v) => s with { Heads = v }, 1, 1024,
            "Number of attention heads; must divide width (not for recurrent families)."),
        OptionalInteger<AlgorithmSection>("kv_heads", s => s.KvHeads, (s, v) => s with { KvHeads = v }, 1, 1024,
            "Number of key and value heads (grouped-query attention); must divide heads; null = heads."),
        OptionalInteger<AlgorithmSection>("feed_forward", s => s.FeedForward, (s, v) => s with { FeedForward = v }, 1, Million,
            "Inner width of the feed-forward layer; null = the family's default."),
        Integer<AlgorithmSection>("context", s => s.Context, (s, v) => s with { Context = v }, 1, Million,
            "Tokens the model sees at once."),
        Number<AlgorithmSection>("dropout", s => s.Dropout, (s, v) => s with { Dropout = v }, new(0, 1, maxOpen: true),
            "Probability of dropping an activation while training; 0 = off."),
        new SectionKey<AlgorithmSection, MaskingSection>("masking", Masking, s => s.Masking, (s, v) => s with { Masking = v },
            "What is hidden of a text, for \"masked\" and \"denoise\"."),
        new SectionKey<AlgorithmSection, FimSection>("fim", Fim, s => s.Fim, (s, v) => s with { Fim = v },
            "Gaps that a decoder learns to fill, for \"causal\"."),
        Number<AlgorithmSection>("label_smoothing", s => s.LabelSmoothing, (s, v) => s with { LabelSmoothing = v }, new(0, 1, maxOpen: true),
            "Share of each target that is spread evenly over all tokens or labels; 0 = off."),
        OptionalBoolean<AlgorithmSection>("tie_embeddings", s => s.TieEmbeddings, (s, v) => s with { TieEmbeddings = v },
            "Whether the output layer shares the token embedding's weights; null = the family's default."),
        new ValueKey<AlgorithmSection, double?>("initial_deviation", new NullOrValue<double>(new NumberType(0, 1, minOpen: true)), s => s.InitialDeviation, (s, v) => s with { InitialDeviation = v },
            "Standard deviation of the weights that the training begins with; 1 / sqrt(width) suits narrow models; for \"t5\" the factor of its own rule, by the inputs of each matrix. null = 0.02, for \"t5\" 1."),
        Integer<AlgorithmSection>("steps", s => s.Steps, (s, v) => s with { Steps = v }, 1, Billion,
            "Optimizer steps of the whole run."),
        Integer<AlgorithmSection>("batch", s => s.Batch, (s, v) => s with { Batch = v }, 1, Million,
            "Sequences in one forward and backward pass."),
        OptionalInteger<AlgorithmSection>("batch_tokens", s => s.BatchTokens, (s, v) => s with { BatchTokens = v }, 1, Billion,
            "Most tokens of one pass of training, padding included (of pairs, sources and targets together): as many sequences of like lengths as fit, instead of batch sequences; null = batch (not for \"causal\", whose sequences are all as long as the context)."),
        Integer<AlgorithmSection>("accumulate", s => s.Accumulate, (s, v) => s with { Accumulate = v }, 1, Million,
            "Passes whose gradients are averaged into one optimizer step; a step sees accumulate x batch sequences."),
        new SectionKey<AlgorithmSection, TabularSection>("tabular", Tabular, s => s.Tabular, (s, v) => s with { Tabular = v },
            "What only the family \"tabular\" has."),
        new SectionKey<AlgorithmSection, RecurrentSection>("recurrent", Recurrent, s => s.Recurrent, (s, v) => s with { Recurrent = v },
            "What only the families \"rnn\", \"lstm\" and \"gru\" have."),
        new SectionKey<AlgorithmSection, TeacherSection>("teacher", Teacher, s => s.Teacher, (s, v) => s with { Teacher = v },
            "A model whose answers are learned from beside the right ones (distillation)."),
        new SectionKey<AlgorithmSection, ClassificationSection>("classification", Classification, s => s.Classification, (s, v) => s with { Classification = v },
            "How labels are learned, for \"classify\"."),
        new SectionKey<AlgorithmSection, LoraSection>("lora", Lora, s => s.Lora, (s, v) => s with { Lora = v },
            "A low-rank adapter of start_from instead of a new model."),
        new ValueKey<AlgorithmSection, double?>("ema", new NullOrValue<double>(new NumberType(0, 1, minOpen: true, maxOpen: true)), s => s.Ema, (s, v) => s with { Ema = v },
            "Decay of a moving average of the weights, which is measured, sampled and saved in their place, such as 0.999; null = none."),
        new SectionKey<AlgorithmSection, EarlyStoppingSection>("early_stopping", EarlyStopping, s => s.EarlyStopping, (s, v) => s with { EarlyStopping = v },
            "When to end before the last step."),
        new SectionKey<AlgorithmSection, OptimizerSection>("optimizer", Optimizer, s => s.Optimizer, (s, v) => s with { Optimizer = v },
            "AdamW and gradient clipping."),
        new SectionKey<AlgorithmSection, ScheduleSection>("schedule", Schedule, s => s.Schedule, (s, v) => s with { Schedule = v },
            "The learning rate over the steps."));

    public static readonly RecipeTable<ComputeSection> Compute = new(
        Integer<ComputeSection>("seed", s => s.Seed, (s, v) => s with { Seed = v }, 0, int.MaxValue,
            "Seed of all randomness of the run: the same seed gives the same model, bit for bit."),
        OptionalInteger<ComputeSection>("threads", s => s.Threads, (s, v) => s with { Threads = v }, 1, 1024,
            "Threads to use; null = all processors. The result does not depend on it."),
        new ValueKey<ComputeSection, string?>("output", new NullOr<string>(new TextType([], "the path of a folder", path: true)), s => s.Output, (s, v) => s with { Output = v },
            "Run folder, relative to the current directory; null = runs/<recipe name>."),
        Integer<ComputeSection>("evaluate_every", s => s.EvaluateEvery, (s, v) => s with { EvaluateEvery = v }, 1, Billion,
            "Steps between measurements of the validation loss."),
        Integer<ComputeSection>("evaluate_batches", s => s.EvaluateBatches, (s, v) => s with { EvaluateBatches = v }, 1, Million,
            "Batches in one measurement of the validation loss."),
        Integer<ComputeSection>("checkpoint_every", s => s.CheckpointEvery, (s, v) => s with { CheckpointEvery = v }, 1, Billion,
            "Steps between checkpoints."),
        Integer<ComputeSection>("keep_checkpoints", s => s.KeepCheckpoints, (s, v) => s with { KeepCheckpoints = v }, 1, Million,
            "How many of the newest checkpoints stay on disk."),
        Text<ComputeSection>("keep_best", s => s.KeepBest, (s, v) => s with { KeepBest = v }, ["no", "keep", "final"], null,
            "What becomes of the model with the best measurement (the least validation loss; for \"classify\" the highest accuracy): \"keep\" in the run's folder best, \"final\" there, and it is the run's model in the end."),
        new ValueKey<ComputeSection, TextList?>("snapshot_texts", new NullOr<TextList>(new TextListType([], "a text")), s => s.SnapshotTexts, (s, v) => s with { SnapshotTexts = v },
            "Texts whose attention and predictions are kept in the run's folder snapshots at the start and at every checkpoint; for \"sequence-to-sequence\" source TAB target; null = none."),
        Integer<ComputeSection>("sample_every", s => s.SampleEvery, (s, v) => s with { SampleEvery = v }, 0, Billion,
            "Steps between sampled texts; 0 = off (only for \"causal\" and \"chat\")."),
        Text<ComputeSection>("sample_prompt", s => s.SamplePrompt, (s, v) => s with { SamplePrompt = v }, [], "a text that is not empty",
            "Text that every sample continues, or for \"chat\" answers."),
        Integer<ComputeSection>("sample_tokens", s => s.SampleTokens, (s, v) => s with { SampleTokens = v }, 1, Million,
            "Tokens to generate for a sample."),
        new ValueKey<ComputeSection, bool>("recompute", new BooleanType(), s => s.Recompute, (s, v) => s with { Recompute = v },
            "Whether the backward pass recomputes each block's activations instead of keeping them: less memory, more work, the same result."),
        Integer<ComputeSection>("log_every", s => s.LogEvery, (s, v) => s with { LogEvery = v }, 1, Billion,
            "Steps between log lines."));

    public static readonly RecipeTable<Recipe> Recipe = new(
        new SectionKey<Recipe, DataSection>("data", Data, s => s.Data, (s, v) => s with { Data = v },
            "The text to learn from and how it becomes tokens."),
        new SectionKey<Recipe, AlgorithmSection>("algorithm", Algorithm, s => s.Algorithm, (s, v) => s with { Algorithm = v },
            "The model and how it is optimised."),
        new SectionKey<Recipe, ComputeSection>("compute", Compute, s => s.Compute, (s, v) => s with { Compute = v },
            "How the run uses the machine and what it leaves behind."));

    /// <summary>Throws on the first rule between keys that the recipe breaks; each key alone must have been checked before.</summary>
    public static void CheckTogether(Recipe recipe, RecipePlace place)
    {
        AlgorithmSection a = recipe.Algorithm;
        ScheduleSection s = a.Schedule;
        Rule(a.Teacher.Folder is null || (a.Objective is not ("tag" or "answer" or "contrastive") && !a.IsRecurrent), "algorithm.teacher.folder", a.Teacher.Folder, $"null, because {(a.IsRecurrent ? $"the family {a.Family}" : $"the objective {a.Objective}")} learns from no teacher");
        if (a.IsRecurrent)
            Rule(a.TieEmbeddings != true || (a.Recurrent.EmbeddingWidth ?? a.Width) == a.Width, "algorithm.tie_embeddings", a.TieEmbeddings, $"false or null, because the embedding is not as wide as the layers ({a.Recurrent.EmbeddingWidth} and {a.Width})");
        else if (a.IsTabular)
            Rule(recipe.Data.Target is not null, "data.target", null, "the name of the column that is predicted, because the family is tabular");
        else
            Rule(a.Width % a.Heads == 0, "algorithm.heads", a.Heads, $"a divisor of algorithm.width ({a.Width})");
        Rule(a.Heads % (a.KvHeads ?? a.Heads) == 0, "algorithm.kv_heads", a.KvHeads, $"a divisor of algorithm.heads ({a.Heads})");
        string[] families = RecipeModel.Families[a.Objective];
        Rule(a.Family == RecipeStart.Family || a.Lora.Rank is not null || families.Contains(a.Family), "algorithm.family", a.Family, $"{string.Join(" or ", families)} or from, because the objective is {a.Objective}");
        Rule(a.Family != RecipeStart.Family || a.StartFrom is not null, "algorithm.start_from", "null", "the path of a model folder, because the family is from");
        string[] made = [.. Made.Where(m => m.Objective == a.Objective).Select(m => m.Source)];
        foreach ((_, string source) in Made)
            Rule(recipe.Data.Source != source || made.Contains(source), "data.source", recipe.Data.Source, $"{string.Join(" or ", made)}{(made.Length > 0 ? " or " : "")}the path of a file, a folder or a glob, because the objective is {a.Objective}");
        Rule(recipe.Data.Split == "end" || !Made.Any(m => recipe.Data.Source == m.Source), "data.split", recipe.Data.Split, "\"end\", because the source is made on the spot");
        Rule(recipe.Data.Tokenizer != "words" || a.Objective == "causal", "data.tokenizer", recipe.Data.Tokenizer, $"another tokenizer, because the objective is {a.Objective}");
        if (a.Family is not ("llama" or "qwen2"))
            Rule(a.Family == RecipeStart.Family || a.KvHeads is null || a.KvHeads == a.Heads, "algorithm.kv_heads", a.KvHeads, $"null or algorithm.heads ({a.Heads}), because the family {a.Family} has no grouped heads");
        else
            Rule(a.Width / a.Heads % 2 == 0, "algorithm.heads", a.Heads, $"such that algorithm.width / algorithm.heads ({a.Width} / {a.Heads}) is even, because the family {a.Family} rotates pairs");
        Rule(recipe.Data.Packing == "stream" || !a.IsRecurrent, "data.packing", recipe.Data.Packing, $"\"stream\", because a model of the family {a.Family} carries its state over the ends of documents");
        Rule(a.BatchTokens is null || a.Objective != "causal", "algorithm.batch_tokens", a.BatchTokens, "null, because the objective causal has sequences of one length");
        Rule(a.Lora.Rank is null || a.StartFrom is not null, "algorithm.start_from", "null", "the model that the adapter is for, because algorithm.lora.rank is given");
        Rule(!a.Lora.Merge || a.Lora.Rank is not null, "algorithm.lora.merge", "true", "false, because algorithm.lora.rank is null and there is nothing to merge");
        Rule((long)a.Batch * a.Context <= int.MaxValue, "algorithm.batch", a.Batch, $"at most {int.MaxValue / a.Context}, so that batch x context ({a.Context}) fits an integer of 32 bits");
        Rule(s.WarmupSteps <= a.Steps, "algorithm.schedule.warmup_steps", s.WarmupSteps, $"at most algorithm.steps ({a.Steps})");
        if (s.Kind != "constant")
            Rule(s.MinLearningRate <= a.Optimizer.LearningRate, "algorithm.schedule.min_learning_rate", s.MinLearningRate,
                FormattableString.Invariant($"at most algorithm.optimizer.learning_rate ({a.Optimizer.LearningRate})"));
        if (s.Kind == "wsd")
            Rule((long)s.WarmupSteps + s.DecayStepsOf(a.Steps) <= a.Steps, "algorithm.schedule.decay_steps", s.DecayStepsOf(a.Steps),
                $"at most {a.Steps - s.WarmupSteps}, the steps ({a.Steps}) without the warm-up ({s.WarmupSteps})");
        else
            Rule(s.DecaySteps is null, "algorithm.schedule.decay_steps", s.DecaySteps, $"null, because only the kind \"wsd\" has it and the kind is \"{s.Kind}\"");

        void Rule(bool holds, string path, object? given, string expected)
        {
            if (holds) return;
            var (words, line) = place(path);
            throw new RecipeException($"{words}'{path}' must be {expected}, but is {FormattableString.Invariant($"{given}")}.", path, line);
        }
    }

    private static ValueKey<T, int> Integer<T>(string name, Func<T, int> get, Func<T, int, T> set, int min, int max, string description) =>
        new(name, new IntegerType(min, max), get, set, description);

    private static ValueKey<T, int?> OptionalInteger<T>(string name, Func<T, int?> get, Func<T, int?, T> set, int min, int max, string description) =>
        new(name, new NullOrValue<int>(new IntegerType(min, max)), get, set, description);

    private static ValueKey<T, bool?> OptionalBoolean<T>(string name, Func<T, bool?> get, Func<T, bool?, T> set, string description) =>
        new(name, new NullOrValue<bool>(new BooleanType()), get, set, description);

    private static ValueKey<T, double> Number<T>(string name, Func<T, double> get, Func<T, double, T> set, NumberType type, string description) =>
        new(name, type, get, set, description);

    private static ValueKey<T, double?> OptionalNumber<T>(string name, Func<T, double?> get, Func<T, double?, T> set, NumberType type, string description) =>
        new(name, new NullOrValue<double>(type), get, set, description);

    private static ValueKey<T, string> Text<T>(string name, Func<T, string> get, Func<T, string, T> set, string[] choices, string? other, string description, bool path = false) =>
        new(name, new TextType(choices, other, path), get, set, description);
}
