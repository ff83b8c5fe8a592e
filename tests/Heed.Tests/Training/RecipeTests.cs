using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using CsCheck;
using Heed.Training;

namespace Heed.Tests.Training;

public sealed class RecipeTests
{
    private const string Empty = """{ "data": {}, "algorithm": {}, "compute": {} }""";

    private static string Folder([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "recipes");

    private static string With(string section, string body) =>
        string.Join(",\n", new[] { "data", "algorithm", "compute" }.Select(s => $"\"{s}\": {{ {(s == section ? body : "")} }}"))
            .Insert(0, "{\n") + "\n}";

    private static RecipeException Fails(string json, params string[] parts)
    {
        var e = Assert.Throws<RecipeException>(() => Recipe.Parse(json));
        foreach (string part in parts) Assert.Contains(part, e.Message, StringComparison.Ordinal);
        return e;
    }

    private static void Fails(Recipe recipe, params string[] parts)
    {
        var e = Assert.Throws<RecipeException>(() => recipe.Validate());
        foreach (string part in parts) Assert.Contains(part, e.Message, StringComparison.Ordinal);
        Assert.NotNull(e.Key);
    }

    private static Recipe Algorithm(Func<AlgorithmSection, AlgorithmSection> change)
    {
        var recipe = new Recipe();
        return recipe with { Algorithm = change(recipe.Algorithm) };
    }

    // Values that differ from every default, so that a lost key shows.
    private static Recipe AllChanged() => new()
    {
        Data = new() { Source = "书/text.txt", Validation = "v.jsonl", Test = ["t.jsonl", "u.jsonl"], Text = "{a} {b}", Target = "c", Template = "t.jinja", CorruptLimit = 9, Stories = 77, Examples = 78, Language = "zh", Direction = "both", ValidationFraction = 0.25, TestFraction = 0.1, Split = "hash", Tokenizer = "my \"t\".json", Vocabulary = 300, TokenizerSample = 5000, Packing = "documents", Cache = "tokens", Table = new() { Exclude = "a, b", SplitSeed = 4, LogTarget = true } },
        Algorithm = new()
        {
            Objective = "sequence-to-sequence",
            Family = "t5",
            StartFrom = "my/model",
            Depth = 3,
            Width = 96,
            Heads = 6,
            KvHeads = 6,
            FeedForward = 200,
            Context = 33,
            Dropout = 0.1,
            Masking = new() { Rate = 0.3, Unit = "span", SpanLength = 2.5, Phrases = "词.txt", Deletion = 0.1, Permutation = 0.2, Rotation = 0.3 },
            Fim = new() { Rate = 0.5, SuffixFirst = 0.25, Cut = "tokens" },
            LabelSmoothing = 0.05,
            TieEmbeddings = false,
            InitialDeviation = 0.04,
            Steps = 50,
            Batch = 5,
            BatchTokens = 400,
            Accumulate = 2,
            Lora = new() { Rank = 3, Alpha = 5, RankStabilised = true, Dropout = 0.3, Targets = "q_proj, v_proj", ModulesToSave = "lm_head", Merge = true },
            Tabular = new() { Frequencies = 3, FrequencyScale = 2, Embedding = 5, Joint = "a, b", JointFrequencies = 6, JointScale = 3, Members = 7, Huber = 1.5 },
            Recurrent = new() { EmbeddingWidth = 48, CarryState = false },
            Classification = new() { Problem = "multi", Temperature = 0.1, Pooling = "mean", LabelWeights = "好=2, bad=0.5" },
            Teacher = new() { Folder = "big", Temperature = 3, Alpha = 0.7 },
            Ema = 0.99,
            EarlyStopping = new() { Patience = 3, MinDelta = 0.01 },
            Optimizer = new() { LearningRate = 0.1 / 3, Beta1 = 0.8, Beta2 = 0.999, Epsilon = 1e-6, WeightDecay = 0, ClipNorm = 0, LayerDecay = 0.8, Freeze = "embedding" },
            Schedule = new() { Kind = "wsd", WarmupSteps = 7, MinLearningRate = 0, DecaySteps = 9 },
        },
        Compute = new()
        {
            Seed = 5,
            Threads = 3,
            Output = "out/a",
            EvaluateEvery = 11,
            EvaluateBatches = 12,
            CheckpointEvery = 13,
            KeepCheckpoints = 14,
            KeepBest = "final",
            SnapshotTexts = ["一", "two\tzwei"],
            SampleEvery = 0,
            SamplePrompt = "从前\t",
            SampleTokens = 15,
            Recompute = true,
            LogEvery = 16,
        },
    };

    private static IEnumerable<(string Path, JsonElement Value)> Leaves(JsonElement element, string path = "") =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().SelectMany(p => Leaves(p.Value, path.Length == 0 ? p.Name : $"{path}.{p.Name}"))
            : [(path, element)];

    [Fact]
    public void EmptySectionsGiveTheDefaults() => Assert.Equal(new Recipe(), Recipe.Parse(Empty));

    [Fact]
    public void JsonGivesTheSameRecipeBack()
    {
        Recipe changed = AllChanged();
        Assert.Equal(changed, Recipe.Parse(changed.ToJson()));
        Assert.Equal(new Recipe(), Recipe.Parse(new Recipe().ToJson()));
        Assert.Contains("从前", changed.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryPropertyHasAKeyOfItsName()
    {
        using var changed = JsonDocument.Parse(AllChanged().ToJson());
        using var defaults = JsonDocument.Parse(new Recipe().ToJson());
        var a = Leaves(changed.RootElement).ToList();
        var b = Leaves(defaults.RootElement).ToList();
        Assert.Equal(a.Select(l => l.Path), b.Select(l => l.Path));
        foreach (var ((path, x), (_, y)) in a.Zip(b)) Assert.False(x.GetRawText() == y.GetRawText(), $"{path} should differ from its default");

        Same<DataSection>("data");
        Same<AlgorithmSection>("algorithm");
        Same<TableSection>("data", "table");
        Same<TabularSection>("algorithm", "tabular");
        Same<MaskingSection>("algorithm", "masking");
        Same<FimSection>("algorithm", "fim");
        Same<RecurrentSection>("algorithm", "recurrent");
        Same<TeacherSection>("algorithm", "teacher");
        Same<ClassificationSection>("algorithm", "classification");
        Same<LoraSection>("algorithm", "lora");
        Same<EarlyStoppingSection>("algorithm", "early_stopping");
        Same<OptimizerSection>("algorithm", "optimizer");
        Same<ScheduleSection>("algorithm", "schedule");
        Same<ComputeSection>("compute");

        void Same<T>(params string[] path)
        {
            JsonElement section = path.Aggregate(changed.RootElement, (e, name) => e.GetProperty(name));
            var names = typeof(T).GetProperties().Where(p => p.CanWrite).Select(p => p.Name).ToList();
            Assert.Equal(names, section.EnumerateObject().Select(p => string.Concat(p.Name.Split('_').Select(w => char.ToUpperInvariant(w[0]) + w[1..]))));
            Assert.True(names.Count <= 28);
        }
    }

    [Fact]
    public void EveryKeyIsReadIntoItsOwnProperty()
    {
        // Each key alone, so that a setter wired to the wrong property shows.
        using var changed = JsonDocument.Parse(AllChanged().ToJson());
        var before = Leaves(JsonDocument.Parse(new Recipe().ToJson()).RootElement).ToDictionary(l => l.Path, l => l.Value.GetRawText());
        foreach (var (path, value) in Leaves(changed.RootElement))
        {
            string[] company = path switch
            {
                "algorithm.objective" => ["algorithm.family=t5", "data.source=pairs.tsv"],
                "algorithm.family" => ["algorithm.objective=sequence-to-sequence", "data.source=pairs.tsv"],
                "algorithm.batch_tokens" => ["algorithm.family=t5", "algorithm.objective=sequence-to-sequence", "data.source=pairs.tsv"],
                "data.split" => ["data.source=a.txt"],
                "algorithm.kv_heads" => ["algorithm.width=96", "algorithm.heads=6"],
                "algorithm.heads" => ["algorithm.width=96"],
                "algorithm.lora.rank" => ["algorithm.start_from=model"],
                "algorithm.lora.merge" => ["algorithm.start_from=model", "algorithm.lora.rank=2"],
                "algorithm.steps" => ["algorithm.schedule.warmup_steps=0"],
                "algorithm.schedule.decay_steps" => ["algorithm.schedule.kind=wsd"],
                _ => [],
            };
            var after = Leaves(JsonDocument.Parse(Recipe.Parse(Empty, [.. company, $"{path}={value.GetRawText()}"]).ToJson()).RootElement);
            foreach (var (p, v) in after)
                if (p == path) Assert.Equal(value.GetRawText(), v.GetRawText());
                else if (!company.Any(c => c.StartsWith(p + "=", StringComparison.Ordinal))) Assert.Equal(before[p], v.GetRawText());
        }
    }

    [Fact]
    public void SeedIsTheSeedOfCompute()
    {
        Recipe recipe = new Recipe { Compute = new() { Threads = 2 } } with { Seed = 9 };
        Assert.Equal(9, recipe.Seed);
        Assert.Equal(9, recipe.Compute.Seed);
        Assert.Equal(2, recipe.Compute.Threads);
    }

    [Fact]
    public void FoldersFollowTheFile()
    {
        Recipe recipe = new() { Path = Path.Combine("some", "tale.v2.json") };
        Assert.Equal("tale.v2", recipe.Name);
        Assert.Equal(Path.Combine("runs", "tale.v2"), recipe.OutputFolder);
        Assert.Equal(Path.Combine("some", "a.txt"), recipe.Resolve("a.txt"));
        Assert.Equal(Path.GetFullPath("a.txt"), recipe.Resolve(Path.GetFullPath("a.txt")));
        Assert.Equal("x", (recipe with { Compute = new() { Output = "x" } }).OutputFolder);
        Assert.Equal("a.txt", new Recipe().Resolve("a.txt"));
        Assert.Equal(Path.Combine("runs", "recipe"), new Recipe().OutputFolder);
    }

    [Fact]
    public void CommentsTrailingCommasAndSchemaAreAllowed()
    {
        Recipe recipe = Recipe.Parse("\uFEFF// one\n{ \"$schema\": \"x\", /* two */ \"data\": {}, \"algorithm\": { \"depth\": 7, }, \"compute\": {}, } // three");
        Assert.Equal(7, recipe.Algorithm.Depth);
    }

    [Theory]
    [InlineData("8")]
    [InlineData("8.0")]
    [InlineData("8e0")]
    [InlineData("0.8e1")]
    public void AnIntegerMayBeWrittenAsAnyEqualNumber(string text) =>
        Assert.Equal(8, Recipe.Parse(With("algorithm", $"\"depth\": {text}")).Algorithm.Depth);

    [Fact]
    public void AnUnknownKeyNamesItsNeighbours()
    {
        var e = Fails("{\n \"data\": {},\n \"algorithm\": {\n  \"dept\": 3 },\n \"compute\": {} }",
            "line 4", "unknown key 'algorithm.dept'", "nearest known key is 'depth'", "objective, family, start_from, depth, width, heads", "optimizer, schedule");
        Assert.Equal("algorithm.dept", e.Key);
        Assert.Equal(4, e.Line);
        Fails(With("algorithm", "\"optimizer\": { \"learningRate\": 1 }"), "'algorithm.optimizer.learningRate'", "is 'learning_rate'", "clip_norm");
        Fails(With("algorithm", "\"learning_rate\": 1"), "is 'algorithm.optimizer.learning_rate'");
        Fails(With("data", "\"Source\": \"x\""), "is 'source'");
        Fails(With("data", "\"$schema\": \"x\""), "unknown key 'data.$schema'");
        Fails(With("data", $"\"{new string('x', 5000)}\": 1"), "unknown key", "...");
    }

    [Fact]
    public void SectionsAreExactlyThree()
    {
        Fails("""{ "data": {}, "compute": {} }""", "line 1", "section 'algorithm' is missing", "data, algorithm, compute");
        Fails("{}", "section 'data' is missing");
        Fails("{ \"data\": {}, \"algorithm\": {},\n \"compute\": {}, \"algoritm\": {} }", "line 2", "unknown section 'algoritm'", "nearest known section is 'algorithm'", "data, algorithm, compute");
        Fails("""{ "data": {}, "algorithm": null, "compute": {} }""", "'algorithm' must be an object", "family", "null");
        Fails("[1, 2]", "the recipe must be an object", "an array");
        Fails("7", "the recipe must be an object", "the number 7");
    }

    [Theory]
    [InlineData("data", "\"source\": 3", "'data.source' must be \"stories\", \"facts\", \"pairs\", \"moods\" or the path of a file, a folder or a glob, or a list of such, but is the number 3")]
    [InlineData("data", "\"source\": \"\"", "'data.source' must be")]
    [InlineData("data", "\"stories\": \"many\"", "'data.stories' must be an integer from 10 to 10000000, but is the text \"many\"")]
    [InlineData("data", "\"stories\": 10.5", "but is the number 10.5")]
    [InlineData("data", "\"stories\": null", "but is null")]
    [InlineData("data", "\"stories\": 9", "but is the number 9")]
    [InlineData("data", "\"language\": \"fr\"", "'data.language' must be one of \"en\", \"zh\", \"both\", but is the text \"fr\"")]
    [InlineData("data", "\"validation_fraction\": 0", "a number above 0 and at most 0.5")]
    [InlineData("algorithm", "\"dropout\": 1", "a number of at least 0 and below 1")]
    [InlineData("algorithm", "\"dropout\": true", "but is true")]
    [InlineData("algorithm", "\"depth\": {}", "but is an object")]
    [InlineData("algorithm", "\"depth\": []", "but is an array")]
    [InlineData("algorithm", "\"depth\": 99999999999999999999", "but is the number 99999999999999999999")]
    [InlineData("algorithm", "\"kv_heads\": \"2\"", "'algorithm.kv_heads' must be an integer from 1 to 1024, or null")]
    [InlineData("algorithm", "\"tie_embeddings\": 1", "true or false, or null")]
    [InlineData("algorithm", "\"optimizer\": 1", "'algorithm.optimizer' must be an object")]
    [InlineData("algorithm", "\"optimizer\": { \"learning_rate\": 1e999 }", "but is the number 1e999")]
    [InlineData("compute", "\"seed\": 3000000000", "but is the number 3000000000")]
    [InlineData("compute", "\"recompute\": \"yes\"", "true or false, but is the text \"yes\"")]
    [InlineData("compute", "\"output\": \"\"", "the path of a folder, or null")]
    public void AWrongValueSaysWhereWhatAndExpected(string section, string body, string message)
    {
        var e = Fails(With(section, body), message);
        int line = 2 + Array.IndexOf(["data", "algorithm", "compute"], section);
        Assert.Equal(line, e.Line);
        Assert.StartsWith($"line {line}: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AKeyMayBeGivenOnce()
    {
        var e = Fails("{ \"data\": {}, \"algorithm\": { \"depth\": 1,\n \"depth\": 1 }, \"compute\": {} }", "line 2", "'algorithm.depth' was given before, on line 1");
        Assert.Equal("algorithm.depth", e.Key);
        Fails("{ \"data\": {},\n \"data\": {} }", "line 2", "'data' was given before");
    }

    [Theory]
    [InlineData("", "line 1")]
    [InlineData("// nothing", "line 1")]
    [InlineData("{\n \"data\": {\n", "line 3")]
    [InlineData("{\n \"data\": oops }", "line 2")]
    [InlineData(Empty + "\n{}", "line 2")]
    public void TextThatIsNotJsonGivesItsLine(string json, string line) => Fails(json, line, "not valid JSON");

    [Fact]
    public void OtherTextIsRefused()
    {
        Fails(With("data", "\"source\": \"\\ud800\""), "'data.source'", "not valid Unicode");
        Fails(With("data", "\"\\ud800\": 1"), "not valid Unicode");
        Fails(string.Concat(Enumerable.Repeat("{\"data\":", 200)), "not valid JSON");
    }

    [Fact]
    public void RulesBetweenKeysAreChecked()
    {
        Fails(Algorithm(a => a with { Width = 130 }), "recipe: ", "'algorithm.heads' must be a divisor of algorithm.width (130), but is 4");
        Fails(Algorithm(a => a with { Family = "llama", KvHeads = 3 }), "'algorithm.kv_heads' must be a divisor of algorithm.heads (4), but is 3");
        Fails(Algorithm(a => a with { KvHeads = 2 }), "'algorithm.kv_heads' must be null or algorithm.heads (4)", "gpt2");
        Fails(Algorithm(a => a with { Family = "qwen2", Width = 12 }), "'algorithm.heads'", "even", "qwen2");
        Fails(Algorithm(a => a with { Steps = 99 }), "'algorithm.schedule.warmup_steps' must be at most algorithm.steps (99), but is 100");
        Fails(Algorithm(a => a with { Optimizer = new() { LearningRate = 1e-5 } }), "'algorithm.schedule.min_learning_rate' must be at most algorithm.optimizer.learning_rate (1E-05), but is 0.0001");
        Fails(Algorithm(a => a with { Schedule = new() { DecaySteps = 5 } }), "'algorithm.schedule.decay_steps' must be null", "wsd", "cosine");
        Fails(Algorithm(a => a with { Steps = 110, Schedule = new() { Kind = "wsd" } }), "'algorithm.schedule.decay_steps' must be at most 10", "but is 11");
        Fails(Algorithm(a => a with { Batch = 1_000_000, Context = 1_000_000 }), "'algorithm.batch' must be at most 2147");
        Algorithm(a => a with { Family = "llama", KvHeads = 2 }).Validate();
        Algorithm(a => a with { KvHeads = 4 }).Validate();
        Algorithm(a => a with { Steps = 112, Schedule = new() { Kind = "wsd" } }).Validate();
        Algorithm(a => a with { Optimizer = new() { LearningRate = 1e-5 }, Schedule = new() { Kind = "constant" } }).Validate();

        var e = Fails("{ \"data\": {}, \"algorithm\": {\n \"width\": 130,\n \"heads\": 4 }, \"compute\": {} }", "line 3: 'algorithm.heads'");
        Assert.Equal(3, e.Line);
        Fails("{ \"data\": {},\n \"algorithm\": {\n \"width\": 130 }, \"compute\": {} }", "line 2: 'algorithm.heads'"); // A default: the section's line.
    }

    [Fact]
    public void ValuesSetInCodeAreChecked()
    {
        Fails(Algorithm(a => a with { Depth = 0 }), "'algorithm.depth' must be an integer from 1 to 1024, but is 0");
        Fails(Algorithm(a => a with { Dropout = double.NaN }), "'algorithm.dropout'", "NaN");
        Fails(Algorithm(a => a with { Optimizer = new() { ClipNorm = double.PositiveInfinity } }), "clip_norm");
        Fails(Algorithm(a => a with { Optimizer = null! }), "'algorithm.optimizer' must be a section, but is null");
        Fails(new Recipe { Data = new() { Language = "de" }, Path = "a.json" }, "a.json: 'data.language' must be one of", "but is \"de\"");
        Fails(new Recipe { Data = new() { Source = null! } }, "'data.source'", "but is null");
        Recipe good = new();
        Assert.Same(good, good.Validate());
    }

    [Fact]
    public void OverridesAreJsonOrText()
    {
        Recipe recipe = Recipe.Parse(Empty,
        [
            "algorithm.depth=8", "algorithm.depth=9", "data.language=zh", "data.source=\"a=b.txt\"", "compute.output=2026", "compute.threads=null",
            "compute.recompute=true", "algorithm.optimizer.learning_rate=3e-3", "algorithm.schedule={\"kind\": \"wsd\", \"warmup_steps\": 3}", "compute.sample_prompt=a = b",
        ]);
        Assert.Equal(9, recipe.Algorithm.Depth);
        Assert.Equal("zh", recipe.Data.Language);
        Assert.Equal("a=b.txt", recipe.Data.Source);
        Assert.Equal("2026", recipe.Compute.Output);
        Assert.Null(recipe.Compute.Threads);
        Assert.True(recipe.Compute.Recompute);
        Assert.Equal(3e-3, recipe.Algorithm.Optimizer.LearningRate);
        Assert.Equal(new ScheduleSection { Kind = "wsd", WarmupSteps = 3 }, recipe.Algorithm.Schedule);
        Assert.Equal("a = b", recipe.Compute.SamplePrompt);
    }

    [Theory]
    [InlineData("algorithm.depth", "override 'algorithm.depth': not an override; expected key.path=value")]
    [InlineData("=3", "not an override")]
    [InlineData("algorithm..depth=3", "not an override")]
    [InlineData("", "not an override")]
    [InlineData("algorithm.dept=3", "override 'algorithm.dept=3': unknown key 'algorithm.dept'; the nearest known key is 'depth'")]
    [InlineData("depth=3", "unknown section 'depth'")]
    [InlineData("algorithm.depth=many", "override 'algorithm.depth=many': 'algorithm.depth' must be an integer from 1 to 1024, but is the text \"many\"")]
    [InlineData("algorithm.depth=", "but is the text \"\"")]
    [InlineData("algorithm.depth=0", "override 'algorithm.depth=0': 'algorithm.depth' must be an integer")]
    [InlineData("algorithm.heads=3", "override 'algorithm.heads=3': 'algorithm.heads' must be a divisor")]
    [InlineData("algorithm.depth.more=3", "'algorithm.depth' has no keys inside; it is the number 4")]
    [InlineData("data=3", "'data' must be an object")]
    [InlineData("data={\"stories\": 20, \"stories\": 30}", "was given before")]
    public void AWrongOverrideSaysSo(string setting, string message)
    {
        string json = With("algorithm", "\"depth\": 4");
        var e = Assert.Throws<RecipeException>(() => Recipe.Parse(json, [setting]));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.Null(e.Line);
    }

    [Fact]
    public void AnOverrideDoesNotStandInForAMissingSection() =>
        Assert.Contains("'data' is missing", Assert.Throws<RecipeException>(() => Recipe.Parse("{ \"algorithm\": {}, \"compute\": {} }", ["data.stories=20"])).Message, StringComparison.Ordinal);

    [Fact]
    public void FilesAreNamedInErrors()
    {
        string path = Path.Combine(Path.GetTempPath(), $"recipe-{Guid.NewGuid():N}.json");
        var missing = Assert.Throws<FileNotFoundException>(() => Recipe.Load(path));
        Assert.Contains(path, missing.Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Recipe.Load(Path.GetTempPath()));
        try
        {
            File.WriteAllText(path, "{ \"data\": {},\n\"algorithm\": { \"dept\": 1 }, \"compute\": {} }");
            Assert.StartsWith($"{path}, line 2: ", Assert.Throws<RecipeException>(() => Recipe.Load(path)).Message, StringComparison.Ordinal);
            File.WriteAllText(path, Empty);
            Assert.Equal(path, Recipe.Load(path).Path);
            File.WriteAllText(path, new string(' ', (1 << 20) + 1));
            Assert.Contains("1048577 bytes", Assert.Throws<RecipeException>(() => Recipe.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void AnyMutationIsARecipeOrARecipeException()
    {
        string stories = File.ReadAllText(Path.Combine(Folder(), "stories.json"));
        string[] bases = [AllChanged().ToJson(), new Recipe().ToJson(), stories];
        string[] pieces = ["{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "0", "1e999", "-0.0", "\\ud800", "\uD800", "//", "/*", "\n", "\0", "\"depth\": 3,", "1e-400", "NaN", "\uFEFF"];
        var edit = Gen.Select(Gen.Int[0, 1 << 20], Gen.Int[0, 6], Gen.Int[0, pieces.Length]);
        Gen.Select(Gen.Int[0, bases.Length - 1], edit.Array[1, 4]).Sample((which, edits) =>
        {
            string text = bases[which];
            foreach (var (at, cut, piece) in edits)
            {
                int start = at % (text.Length + 1);
                string rest = text[Math.Min(text.Length, start + cut)..];
                text = text[..start] + (piece == pieces.Length ? "" : pieces[piece]) + rest;
            }
            ReadsOrRefuses(() => Recipe.Parse(text));
        }, iter: 4000);
    }

    [Fact]
    public void AnyOverrideIsARecipeOrARecipeException()
    {
        string[] paths = [.. Leaves(JsonDocument.Parse(new Recipe().ToJson()).RootElement).Select(l => l.Path), "data", "algorithm.optimizer", "", "x", "$schema", "data."];
        string[] values = ["0", "1", "3", "-7", "2147483647", "1e9", "1e300", "0.5", "null", "true", "{}", "[]", "\"\"", "", "stories", "wsd", "llama", "linear", "{\"a\": {\"a\": 1}}", "\"\\udc00\"", "{"];
        Gen.Select(Gen.Int[0, paths.Length - 1], Gen.Int[0, values.Length - 1], (p, v) => $"{paths[p]}={values[v]}").Array[1, 5]
            .Sample(settings => ReadsOrRefuses(() => Recipe.Parse(Empty, settings)), iter: 4000);
    }

    private static void ReadsOrRefuses(Func<Recipe> read)
    {
        Recipe recipe;
        try
        {
            recipe = read();
        }
        catch (RecipeException)
        {
            return;
        }
        recipe.Validate();
        Assert.Equal(recipe, Recipe.Parse(recipe.ToJson()));
    }

    [Fact]
    public void TheCommittedSchemaIsCurrent()
    {
        string path = Path.Combine(Folder(), "recipe.schema.json");
        if (Environment.GetEnvironmentVariable("HEED_UPDATE") == "1") File.WriteAllText(path, RecipeSchema.Write());
        Assert.Equal(RecipeSchema.Write(), File.ReadAllText(path));
    }

    [Fact]
    public void TheCommittedKeyListIsCurrent()
    {
        const string Begin = "<!-- keys: written by RecipeSchema.WriteMarkdown -->\n";
        string path = Path.Combine(Folder(), "README.md");
        string text = File.ReadAllText(path);
        string head = text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)];
        if (Environment.GetEnvironmentVariable("HEED_UPDATE") == "1") File.WriteAllText(path, text = head + RecipeSchema.WriteMarkdown());
        Assert.Equal(head + RecipeSchema.WriteMarkdown(), text);
    }

    [Fact]
    public void TheSchemaSaysWhatTheReaderDoes()
    {
        // Each bound and choice of the schema is tried on the reader: the bound itself is accepted, one step beyond is not.
        using var schema = JsonDocument.Parse(RecipeSchema.Write());
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", schema.RootElement.GetProperty("$schema").GetString());
        Assert.Equal(["data", "algorithm", "compute"], schema.RootElement.GetProperty("required").EnumerateArray().Select(e => e.GetString()!));
        int tried = 0;
        Visit(schema.RootElement, "");
        Assert.True(tried > 60, $"{tried} probes");

        void Visit(JsonElement node, string path)
        {
            Assert.False(node.GetProperty("additionalProperties").GetBoolean());
            foreach (JsonProperty key in node.GetProperty("properties").EnumerateObject().Where(p => p.Name != "$schema"))
            {
                string name = path.Length == 0 ? key.Name : $"{path}.{key.Name}";
                Assert.NotEmpty(key.Value.GetProperty("description").GetString()!);
                if (key.Value.TryGetProperty("properties", out _))
                {
                    Visit(key.Value, name);
                    continue;
                }
                Probe(name, key.Value.GetProperty("default").GetRawText(), true);
                if (key.Value.TryGetProperty("enum", out JsonElement choices))
                {
                    foreach (JsonElement choice in choices.EnumerateArray()) Probe(name, choice.GetRawText(), true);
                    Probe(name, "\"none of them\"", false);
                }
                foreach (var (bound, sign, open) in new[] { ("minimum", -1, false), ("maximum", 1, false), ("exclusiveMinimum", -1, true), ("exclusiveMaximum", 1, true) })
                {
                    if (!key.Value.TryGetProperty(bound, out JsonElement limit)) continue;
                    Probe(name, limit.GetRawText(), !open);
                    double inside = sign < 0 ? Math.BitIncrement(limit.GetDouble()) : Math.BitDecrement(limit.GetDouble());
                    if (open) Probe(name, inside.ToString("R", CultureInfo.InvariantCulture), true);
                    Probe(name, (limit.GetDouble() + sign).ToString("R", CultureInfo.InvariantCulture), false);
                }
            }
        }

        // A refusal for the value alone says "must be" and the type; rules between keys (other words) do not count here.
        void Probe(string path, string value, bool accepted)
        {
            tried++;
            string? refused = null;
            try
            {
                Recipe.Parse(Empty, [$"{path}={value}"]);
            }
            catch (RecipeException e) when (e.Message.Contains("must be an integer", StringComparison.Ordinal)
                || e.Message.Contains("must be a number", StringComparison.Ordinal) || e.Message.Contains("must be one of", StringComparison.Ordinal))
            {
                refused = e.Message;
            }
            catch (RecipeException)
            {
                // Broke a rule between keys, after the value alone was accepted.
            }
            Assert.True(accepted == (refused is null), refused ?? $"{path}={value} was accepted");
        }
    }

    [Fact]
    public void TheCommittedRecipesLoad()
    {
        Recipe stories = Recipe.Load(Path.Combine(Folder(), "stories.json")) with { Seed = 7 };
        Assert.Equal(("gpt2", 4, 128, 4, 128, 16, 600), (stories.Algorithm.Family, stories.Algorithm.Depth, stories.Algorithm.Width, stories.Algorithm.Heads,
            stories.Algorithm.Context, stories.Algorithm.Batch, stories.Algorithm.Steps));
        Assert.Equal(("stories", "both", "bpe", 1024), (stories.Data.Source, stories.Data.Language, stories.Data.Tokenizer, stories.Data.Vocabulary));
        Assert.Equal(Path.Combine("runs", "stories"), stories.OutputFolder);

        Recipe shakespeare = Recipe.Load(Path.Combine(Folder(), "shakespeare-char.json"));
        Assert.Equal("characters", shakespeare.Data.Tokenizer);
        Assert.Equal((64, 12, 2000, 0.0), (shakespeare.Algorithm.Context, shakespeare.Algorithm.Batch, shakespeare.Algorithm.Steps, shakespeare.Algorithm.Dropout));
        Assert.Equal(new OptimizerSection { LearningRate = 1e-3, Beta1 = 0.9, Beta2 = 0.99, Epsilon = 1e-8, WeightDecay = 0.1, ClipNorm = 1 }, shakespeare.Algorithm.Optimizer);
        Assert.Equal(new ScheduleSection { Kind = "cosine", WarmupSteps = 100, MinLearningRate = 1e-4 }, shakespeare.Algorithm.Schedule);
        Assert.Equal(1337, shakespeare.Seed);

        foreach (string path in Directory.GetFiles(Folder(), "*.json").Where(p => !p.EndsWith(".schema.json", StringComparison.Ordinal)))
        {
            Recipe recipe = Recipe.Load(path);
            Assert.Equal(recipe with { Path = null }, Recipe.Parse(recipe.ToJson()));
        }
    }

    [Fact]
    public void ASourceIsATextOrAListOfTexts()
    {
        Recipe Parse(string data, params string[] set) => Recipe.Parse($$"""{ "data": { {{data}} }, "algorithm": {}, "compute": {} }""", set);
        Recipe several = Parse("\"source\": [\"a.txt\", \"b/*.txt\"], \"validation\": \"c.txt\"");
        Assert.Equal(["a.txt", "b/*.txt"], several.Data.Source);
        Assert.Equal("c.txt", several.Data.Validation!);
        Assert.Equal(several, Recipe.Parse(several.ToJson()));
        Assert.Equal(["x", "y"], Parse("", "data.source=[\"x\", \"y\"]").Data.Source);
        Assert.Null(Parse("\"test\": null").Data.Test);
        Assert.Equal(new TextList[] { "a" }.Single().GetHashCode(), ((TextList)"a").GetHashCode());
        foreach (string bad in (string[])["[]", "[1]", "[\"\"]", "{}", "[[\"a\"]]", "3"])
            Assert.Contains("a list of such", Assert.Throws<RecipeException>(() => Parse($"\"source\": {bad}")).Message);
        Assert.Contains("line 1", Assert.Throws<RecipeException>(() => Parse("\"source\": [\"\\ud800\"]")).Message);
    }

    [Fact]
    public void AMovedRecipeLeadsToTheSameFiles()
    {
        using Formats.TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["recipes"]);
        Directory.CreateDirectory(folder["data"]);
        File.WriteAllText(folder["data/test.jsonl"], "{}");
        File.WriteAllText(folder["recipes/r.json"], With("data", """ "source": "stories", "test": "../data/test.jsonl", "validation": "../data/none.jsonl" """));
        Recipe moved = Recipe.Load(folder["recipes/r.json"]).MovedTo(folder["runs/deep/r"]);
        Assert.Equal("../../../data/test.jsonl", Assert.Single(moved.Data.Test!));
        Assert.Equal(Path.GetFullPath(folder["data/test.jsonl"]), Path.GetFullPath(Assert.Single(moved.Resolve(moved.Data.Test!))));
        Assert.Equal(("stories", "../data/none.jsonl"), (Assert.Single(moved.Data.Source), Assert.Single(moved.Data.Validation!))); // what is not there stays as it was written
    }
}
