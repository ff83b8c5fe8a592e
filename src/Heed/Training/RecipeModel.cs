using Heed.Kernels;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>The model that a recipe's algorithm section describes.</summary>
public static class RecipeModel
{
    /// <summary>The families that an objective trains.</summary>
    public static IReadOnlyDictionary<string, string[]> Families { get; } = new Dictionary<string, string[]>
    {
        ["causal"] = ["gpt2", "llama", "qwen2", "rnn", "lstm", "gru"],
        ["chat"] = ["gpt2", "llama", "qwen2"],
        ["masked"] = ["bert"],
        ["sequence-to-sequence"] = ["t5", "bart"],
        ["regression"] = ["tabular"],
        ["denoise"] = ["t5", "bart"],
        ["classify"] = ["bert", "tabular"],
        ["tag"] = ["bert"],
        ["answer"] = ["bert"],
        ["contrastive"] = ["bert"],
    };

    /// <summary>The head that an objective needs.</summary>
    internal static HeadKind Head(string objective) => objective switch
    {
        "classify" => HeadKind.Sequence,
        "tag" => HeadKind.Tokens,
        "answer" => HeadKind.Span,
        "contrastive" => HeadKind.None,
        _ => HeadKind.Vocabulary,
    };

    /// <summary>Its configuration.</summary>
    /// <param name="algorithm">The recipe's section.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="endToken">Id that ends a text, if the tokenizer has one.</param>
    /// <param name="labels">Names of the labels, for the objective "classify".</param>
    public static TransformerConfig Configure(AlgorithmSection algorithm, int vocabulary, int? endToken, IReadOnlyList<string>? labels = null) => algorithm.Family switch
    {
        "gpt2" => Gpt2(algorithm, vocabulary, endToken),
        "llama" or "qwen2" => Llama(algorithm, vocabulary, endToken),
        "bert" => Bert(algorithm, vocabulary, labels),
        "t5" => T5(algorithm, vocabulary, endToken),
        "bart" => Bart(algorithm, vocabulary, endToken),
        "rnn" or "lstm" or "gru" => throw new ArgumentException($"algorithm.family \"{algorithm.Family}\" is recurrent; this needs a Transformer"),
        _ => throw new ArgumentException($"algorithm.family \"{algorithm.Family}\" is not known; known are {string.Join(", ", Families.Values.SelectMany(f => f).Distinct())}"),
    };

    /// <summary>The configuration of a recipe for its data.</summary>
    internal static TransformerConfig Configure(Recipe recipe, TrainingData data)
    {
        Tokenizer tokenizer = data.Tokenizer!;
        if (RecipeStart.Is(recipe)) return Continued(recipe, data);
        TransformerConfig config = Configure(recipe.Algorithm, tokenizer.VocabularySize, recipe.Algorithm.Objective switch
        {
            "causal" => tokenizer.TokenToId(TrainingData.EndOfText),
            "chat" => RecipeChat.End(recipe, tokenizer),
            _ => RecipeTokenizer.Find(tokenizer, "eos_token"),
        }, data.Labels);
        return recipe.Algorithm.Objective switch
        {
            "causal" => config,
            "chat" => config with { EndTokens = data.EndTokens },
            "sequence-to-sequence" or "denoise" => WithTokens(config, RecipeTokenizer.Require(tokenizer, "pad_token", recipe)) with { DecoderStartToken = PairData.StartToken(recipe, tokenizer), BeginToken = RecipeTokenizer.Find(tokenizer, "bos_token") },
            _ => RecipeTokenizer.Find(tokenizer, "pad_token") is { } pad ? WithTokens(config, pad) : config,
        };
    }

    // The folder's own configuration; labels and pooling are the recipe's.
    private static TransformerConfig Continued(Recipe recipe, TrainingData data)
    {
        TransformerConfig config = RecipeStart.Config(recipe);
        if (data.Tokenizer!.VocabularySize > config.Vocabulary)
            throw new RecipeException($"data.tokenizer: the tokenizer has {data.Tokenizer.VocabularySize} tokens, the model of algorithm.start_from only {config.Vocabulary}", "data.tokenizer");
        if (config.Head.Kind == HeadKind.Vocabulary) return recipe.Algorithm.Objective == "chat" ? config with { EndTokens = data.EndTokens } : config;
        bool pools = config.Head.Kind == HeadKind.Sequence && config.Decoder is null && recipe.Algorithm.Classification.Pooling == "mean";
        return config with
        {
            PadToken = config.PadToken ?? RecipeTokenizer.Padding(data.Tokenizer, recipe),
            Head = config.Head.Kind == HeadKind.None ? new HeadConfig { Kind = HeadKind.None } : config.Head with { Labels = data.Labels, Problem = config.Head.Kind == HeadKind.Sequence ? Problem(recipe.Algorithm) : null, Pooling = pools ? Pooling.Mean : config.Head.Pooling },
        };
    }

    // The padding of BERT and BART learns nothing.
    private static TransformerConfig WithTokens(TransformerConfig config, int pad) => config with
    {
        PadToken = pad,
        Encoder = Frozen(config.Encoder, pad),
        Decoder = Frozen(config.Decoder, pad),
    };

    private static StackConfig? Frozen(StackConfig? stack, int pad) => stack?.Embedding.Frozen is null ? stack : stack with { Embedding = stack.Embedding with { Frozen = pad } };

    /// <summary>The model to train with its optimizer and, where the recipe says so, the average of its weights.</summary>
    /// <exception cref="RecipeException">The model that the training begins with is of another family or size.</exception>
    internal static Learner Learn(Recipe recipe, TrainingData data)
    {
        Trainee model = Create(recipe, data);
        OptimizerSection o = recipe.Algorithm.Optimizer;
        AdamW optimizer = new(model.Weights, new AdamWOptions(o.Beta1, o.Beta2, o.Epsilon, o.WeightDecay), rate: LayerRates.Of(model.Weights.Select(w => w.Key), o.LayerDecay));
        return new Learner(model, optimizer) { Average = recipe.Algorithm.Ema is { } decay ? new WeightAverage(model.Weights, decay) : null };
    }

    /// <summary>The model to train: new, or with the body of the recipe's <c>start_from</c>.</summary>
    /// <exception cref="RecipeException">That model is of another family or size.</exception>
    internal static Trainee Create(Recipe recipe, TrainingData data) =>
        data is TabularData table ? new TabularTrainee(new TabularModel(table.Config, (ulong)recipe.Seed)) { Huber = recipe.Algorithm.Tabular.Huber } :
        recipe.Algorithm.IsRecurrent ? RecipeRecurrentModel.Create(recipe, data) :
        RecipeAdapter.Is(recipe) && recipe.Algorithm.Teacher.Folder is not null ? throw new RecipeException("algorithm.teacher.folder: an adapter (algorithm.lora.rank) learns from no teacher; leave one of the two out", "algorithm.teacher.folder") :
        RecipeAdapter.Is(recipe) ? new AdapterTrainee(Whole(RecipeAdapter.Begin(recipe, Configure(recipe, data)), recipe, data), recipe) :
        recipe.Algorithm.Objective == "contrastive" ? new ContrastiveTrainee(Whole(Begin(recipe, data), recipe, data), (float)recipe.Algorithm.Classification.Temperature) :
        recipe.Algorithm.Teacher is { Folder: { } teacher } t ? new DistillationTrainee(Whole(Begin(recipe, data), recipe, data), Teacher(recipe.Resolve(teacher), Configure(recipe, data)), (float)t.Temperature, (float)t.Alpha) :
        Whole(Begin(recipe, data), recipe, data);

    // The teacher must see the same tokens and answer the same question.
    private static Transformer Teacher(string folder, TransformerConfig student)
    {
        Transformer teacher = ModelFolder.Open(folder);
        TransformerConfig config = teacher.Config;
        if (config.Head.Kind != student.Head.Kind || config.Head.Outputs(config.Vocabulary) != student.Head.Outputs(student.Vocabulary) || !config.Head.Labels.SequenceEqual(student.Head.Labels) || config.Vocabulary != student.Vocabulary || (config.Encoder is null) != (student.Encoder is null) || (config.Decoder is null) != (student.Decoder is null))
            throw new RecipeException($"algorithm.teacher.folder: {folder} answers with {config.Head.Outputs(config.Vocabulary)} scores of kind {config.Head.Kind} over {config.Vocabulary} tokens, the student with {student.Head.Outputs(student.Vocabulary)} of kind {student.Head.Kind} over {student.Vocabulary}: teacher and student need the same tokenizer, objective and labels", "algorithm.teacher.folder");
        if (student.Context > config.Context) throw new RecipeException($"algorithm.context must be at most {config.Context}, the context of the teacher {folder}, but is {student.Context}", "algorithm.context");
        return teacher;
    }

    private static TransformerTrainee Whole(Transformer model, Recipe recipe, TrainingData data) =>
        new(model, data.Tokenizer, recipe.Algorithm.Optimizer.Freeze) { Smoothing = (float)recipe.Algorithm.LabelSmoothing, Scale = data.Scale, LabelWeights = LabelWeights.Of(recipe.Algorithm.Classification.LabelWeights, data.Labels, data.LabelCounts) };

    private static Transformer Begin(Recipe recipe, TrainingData data)
    {
        if (RecipeStart.Is(recipe)) return RecipeStart.Load(recipe, Configure(recipe, data));
        Transformer model = new(Configure(recipe, data), (ulong)recipe.Seed);
        return recipe.Algorithm.StartFrom is { } start ? WithBody(model, recipe.Resolve(start)) : model;
    }

    /// <summary>A model with the weights of another one, but for the head.</summary>
    /// <exception cref="RecipeException">That one is of another family or size.</exception>
    internal static Transformer WithBody(Transformer model, string folder)
    {
        Transformer trained = ModelFolder.Load(folder, HeadKind.None);
        Dictionary<string, Tensor> body = trained.Weights.ToDictionary(w => w.Key, w => w.Value);
        foreach ((string name, Tensor weight) in model.Weights)
        {
            if (name.StartsWith("head.", StringComparison.Ordinal)) continue;
            if (!body.TryGetValue(name, out Tensor? known) || known.Shape != weight.Shape)
                throw new RecipeException($"algorithm.start_from: {folder} does not fit the recipe: its {trained.Config.ModelType} model {(known is null ? $"has no {name}" : $"has {name} of {known.Shape}")}, expected {weight.Shape}; the family, the sizes and the tokenizer must be the same", "algorithm.start_from");
            known.Span.CopyTo(weight.Span);
        }
        return model;
    }

    private static float Deviation(AlgorithmSection a) => (float)(a.InitialDeviation ?? 0.02);

    private static TransformerConfig Gpt2(AlgorithmSection a, int vocabulary, int? endToken) => new()
    {
        ModelType = "gpt2",
        Vocabulary = vocabulary,
        Context = a.Context,
        TieEmbeddings = a.TieEmbeddings ?? true,
        BeginToken = endToken,
        EndTokens = endToken is { } end ? [end] : [],
        Decoder = new StackConfig
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            InitialDeviation = Deviation(a),
            KeyValueHeads = a.KvHeads is { } kv && kv != a.Heads ? throw new RecipeException($"algorithm.kv_heads: the gpt2 family has as many key/value heads as heads; given {kv}, expected {a.Heads} or null", "algorithm.kv_heads") : null,
            Positions = new PositionConfig.Learned(a.Context),
            Norm = new NormConfig.LayerNorm(1e-5f),
            FeedForward = new FeedForwardConfig(a.FeedForward ?? 4 * a.Width, ActivationKind.GeluTanh),
        },
    };

    private static TransformerConfig Llama(AlgorithmSection a, int vocabulary, int? endToken) => new()
    {
        ModelType = a.Family,
        Vocabulary = vocabulary,
        Context = a.Context,
        TieEmbeddings = a.TieEmbeddings ?? a.Family == "qwen2",
        BeginToken = endToken,
        EndTokens = endToken is { } end ? [end] : [],
        Decoder = new StackConfig
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            InitialDeviation = Deviation(a),
            KeyValueHeads = a.KvHeads,
            Positions = new PositionConfig.Rotary(10000, a.Context),
            Norm = new NormConfig.RmsNorm(1e-6f),
            // Two thirds of 4 · width, since a gated unit has three matrices; a multiple of 32 suits the kernels.
            FeedForward = new FeedForwardConfig(a.FeedForward ?? (8 * a.Width / 3 + 31) / 32 * 32, ActivationKind.Silu, Gated: true, Bias: false),
            QueryKeyValueBias = a.Family == "qwen2",
            OutputBias = false,
        },
    };

    private static TransformerConfig Bert(AlgorithmSection a, int vocabulary, IReadOnlyList<string>? labels)
    {
        NormConfig norm = new NormConfig.LayerNorm(1e-12f);
        return new TransformerConfig
        {
            ModelType = "bert",
            Vocabulary = vocabulary,
            Context = a.Context,
            TieEmbeddings = a.TieEmbeddings ?? true,
            PadToken = 0,
            Encoder = new StackConfig
            {
                Depth = a.Depth,
                Width = a.Width,
                Heads = a.Heads,
                InitialDeviation = Deviation(a),
                Causal = false,
                Embedding = new EmbeddingConfig(Norm: true, TokenTypes: 2, Frozen: 0),
                Positions = new PositionConfig.Learned(a.Context),
                Norm = norm,
                Placement = Placement.Post,
                FeedForward = new FeedForwardConfig(a.FeedForward ?? 4 * a.Width, ActivationKind.Gelu),
            },
            Head = Head(a.Objective) switch
            {
                HeadKind.Sequence => new HeadConfig { Kind = HeadKind.Sequence, Pooling = a.Classification.Pooling == "mean" ? Pooling.Mean : Pooling.First, Bias = true, Transform = new HeadTransform(a.Width, ActivationKind.Tanh), Labels = labels ?? ["LABEL_0", "LABEL_1"], Problem = Problem(a) },
                HeadKind.Tokens => new HeadConfig { Kind = HeadKind.Tokens, Bias = true, Labels = labels ?? ["LABEL_0", "LABEL_1"] },
                HeadKind.Span => new HeadConfig { Kind = HeadKind.Span, Bias = true },
                HeadKind.None => new HeadConfig { Kind = HeadKind.None },
                _ => new HeadConfig { Kind = HeadKind.Vocabulary, Bias = true, Transform = new HeadTransform(a.Width, ActivationKind.Gelu, norm) },
            },
        };
    }

    private static ProblemKind Problem(AlgorithmSection a) => a.Classification.Problem switch
    {
        "multi" => ProblemKind.MultiLabel,
        "regression" => ProblemKind.Regression,
        _ => ProblemKind.SingleLabel,
    };

    // Version 1.1: a gated unit, and an output projection of its own.
    private static TransformerConfig T5(AlgorithmSection a, int vocabulary, int? endToken)
    {
        bool tied = a.TieEmbeddings ?? false;
        StackConfig encoder = new()
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            InitialFactor = (float)(a.InitialDeviation ?? 1),
            HeadDim = a.Width / a.Heads,
            Causal = false,
            Scores = new ScoreConfig(Scale: 1),
            Positions = new PositionConfig.Buckets(32, 128),
            Norm = new NormConfig.RmsNorm(1e-6f),
            FeedForward = new FeedForwardConfig(a.FeedForward ?? (8 * a.Width / 3 + 31) / 32 * 32, ActivationKind.GeluTanh, Gated: true, Bias: false),
            QueryKeyValueBias = false,
            OutputBias = false,
        };
        return new TransformerConfig
        {
            ModelType = "t5",
            Vocabulary = vocabulary,
            Context = a.Context,
            TieEmbeddings = tied,
            Head = new HeadConfig { Scale = tied ? 1 / MathF.Sqrt(a.Width) : 1 },
            EndTokens = [endToken ?? 1],
            PadToken = 0,
            DecoderStartToken = 0,
            Encoder = encoder,
            Decoder = encoder with { Causal = true, CrossAttention = true },
        };
    }

    private static TransformerConfig Bart(AlgorithmSection a, int vocabulary, int? endToken)
    {
        StackConfig encoder = new()
        {
            Depth = a.Depth,
            Width = a.Width,
            Heads = a.Heads,
            InitialDeviation = Deviation(a),
            Causal = false,
            Embedding = new EmbeddingConfig(Norm: true, Frozen: 1),
            Positions = new PositionConfig.Learned(a.Context, Offset: 2),
            Norm = new NormConfig.LayerNorm(1e-5f),
            Placement = Placement.Post,
            FeedForward = new FeedForwardConfig(a.FeedForward ?? 4 * a.Width, ActivationKind.Gelu),
        };
        return new TransformerConfig
        {
            ModelType = "bart",
            Vocabulary = vocabulary,
            Context = a.Context,
            TieEmbeddings = a.TieEmbeddings ?? true,
            Head = new HeadConfig { Bias = true, FixedBias = true },
            BeginToken = 0,
            EndTokens = [endToken ?? 2],
            PadToken = 1,
            DecoderStartToken = endToken ?? 2,
            Encoder = encoder,
            Decoder = encoder with { Causal = true, CrossAttention = true },
        };
    }
}
