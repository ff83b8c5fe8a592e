namespace Heed.Training;

/// <summary>The <c>data</c> section of a recipe: which text to learn from and how it becomes tokens.</summary>
public sealed record DataSection
{
    /// <summary>What is made on the spot ("stories", "facts", "pairs", "moods"), or paths of UTF-8 files of text or records, globs or folders, relative to the recipe file's folder.</summary>
    public TextList Source { get; init; } = "stories";

    /// <summary>Files like <see cref="Source"/> that are never trained on and measure the validation loss; null = those of a source's folder, or else a share of the source.</summary>
    public TextList? Validation { get; init; }

    /// <summary>Files like <see cref="Source"/> for the last measurement of all, which training does not touch.</summary>
    public TextList? Test { get; init; }

    /// <summary>The column of a record's text, or a template of columns; null = that of the objective and the file's kind.</summary>
    public string? Text { get; init; }

    /// <summary>The column of what is to be answered (a label, the text to write), or a template of columns; null = as for <see cref="Text"/>.</summary>
    public string? Target { get; init; }

    /// <summary>How conversations are written: "chatml", "llama3", "zephyr", or the path of a template; null = as the model or tokenizer that is taken says.</summary>
    public string? Template { get; init; }

    /// <summary>How many records that cannot be used may be passed over.</summary>
    public int CorruptLimit { get; init; }

    /// <summary>How many stories to make when <see cref="Source"/> is "stories".</summary>
    public int Stories { get; init; } = 4000;

    /// <summary>How many sentences or pairs to make when <see cref="Source"/> is "facts", "pairs" or "moods".</summary>
    public int Examples { get; init; } = 20_000;

    /// <summary>Language of what is made: "en", "zh" or "both".</summary>
    public string Language { get; init; } = "en";

    /// <summary>Which side of a pair is the source: "forward" (the first; English), "backward" (the second; Chinese) or "both".</summary>
    public string Direction { get; init; } = "forward";

    /// <summary>Share of the text that is held out, above 0 and at most 0.5.</summary>
    public double ValidationFraction { get; init; } = 0.1;

    /// <summary>Share of the text that is kept for the last measurement, at most 0.5.</summary>
    public double TestFraction { get; init; }

    /// <summary>Which records the fractions take: the last ("end"), by "hash" of the text, or by seed and number ("random").</summary>
    public string Split { get; init; } = "end";

    /// <summary>"bpe", "wordpiece", "unigram", "characters", "bytes", or the path of a tokenizer.json, relative to the recipe file's folder.</summary>
    public string Tokenizer { get; init; } = "bpe";

    /// <summary>Most tokens of a "bpe", "wordpiece" or "unigram" tokenizer.</summary>
    public int Vocabulary { get; init; } = 4096;

    /// <summary>Most bytes of text that a tokenizer for the objective "causal" is trained on.</summary>
    public int TokenizerSample { get; init; } = 64 << 20;

    /// <summary>How text fills the context of the objective "causal": in windows of one "stream", or by "documents" that do not see each other.</summary>
    public string Packing { get; init; } = "stream";

    /// <summary>Where token ids of the objective "causal" are kept between runs: "auto", "off" or a folder, relative to the recipe file's.</summary>
    public string Cache { get; init; } = "auto";

    /// <summary>How a table is read.</summary>
    public TableSection Table { get; init; } = new();
}

/// <summary>The <c>algorithm</c> section of a recipe: the model and how it is optimised.</summary>
public sealed record AlgorithmSection
{
    /// <summary>What is learned: "causal" (the next token), "chat" (the assistant's words in conversations), "masked" (hidden words), "sequence-to-sequence" (one text from another) or "classify" (a label).</summary>
    public string Objective { get; init; } = "causal";

    /// <summary>Model family: "gpt2", "llama" or "qwen2" for the objective "causal", "bert" for "masked" and "classify", "t5" or "bart" for "sequence-to-sequence".</summary>
    public string Family { get; init; } = "gpt2";

    /// <summary>The folder of a trained model whose weights, but for its head, the training begins with; null = from nothing. Relative to the recipe file's folder.</summary>
    public string? StartFrom { get; init; }

    /// <summary>Number of Transformer blocks; of an encoder-decoder, in each of the two.</summary>
    public int Depth { get; init; } = 4;

    /// <summary>Width of the residual stream; a multiple of <see cref="Heads"/>.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Number of attention (query) heads.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>Number of key and value heads, a divisor of <see cref="Heads"/>; null = as many as heads.</summary>
    public int? KvHeads { get; init; }

    /// <summary>Inner width of the feed-forward layer; null = the family's default.</summary>
    public int? FeedForward { get; init; }

    /// <summary>Tokens the model sees at once (T).</summary>
    public int Context { get; init; } = 128;

    /// <summary>Probability of dropping an activation while training; 0 = off.</summary>
    public double Dropout { get; init; }

    /// <summary>What is hidden of a text, for the objectives "masked" and "denoise".</summary>
    public MaskingSection Masking { get; init; } = new();

    /// <summary>Gaps to fill, for the objective "causal".</summary>
    public FimSection Fim { get; init; } = new();

    /// <summary>Share of each target that is spread evenly over all tokens (Szegedy et al. 2016); 0 = off.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Whether the output layer shares the token embedding's weights; null = the family's default.</summary>
    public bool? TieEmbeddings { get; init; }

    /// <summary>Standard deviation of the weights that the training begins with; for "t5" the factor of its own rule; null = the family's default.</summary>
    public double? InitialDeviation { get; init; }

    /// <summary>Optimizer steps of the whole run.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Sequences in one forward and backward pass (B).</summary>
    public int Batch { get; init; } = 16;

    /// <summary>Most tokens of one pass, padding included, instead of <see cref="Batch"/> sequences; null = no such bound.</summary>
    public int? BatchTokens { get; init; }

    /// <summary>Passes whose gradients are averaged into one optimizer step.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>Whether the model is a recurrent one.</summary>
    internal bool IsRecurrent => Family is "rnn" or "lstm" or "gru";

    /// <summary>Whether batches follow the text, for a state that is carried on.</summary>
    internal bool CarriesState => IsRecurrent && Recurrent.CarryState;

    /// <summary>Whether the model is one of tables.</summary>
    internal bool IsTabular => Family is "tabular";

    /// <summary>What only the family "tabular" has.</summary>
    public TabularSection Tabular { get; init; } = new();

    /// <summary>What only recurrent families have.</summary>
    public RecurrentSection Recurrent { get; init; } = new();

    /// <summary>A model whose answers are learned from.</summary>
    public TeacherSection Teacher { get; init; } = new();

    /// <summary>How labels are learned, for the objective "classify".</summary>
    public ClassificationSection Classification { get; init; } = new();

    /// <summary>Low-rank adaptation of <see cref="StartFrom"/> instead of training all its weights.</summary>
    public LoraSection Lora { get; init; } = new();

    /// <summary>Decay of the moving average of the weights that is measured and saved in their place; null = none.</summary>
    public double? Ema { get; init; }

    /// <summary>When to end before the last step.</summary>
    public EarlyStoppingSection EarlyStopping { get; init; } = new();

    /// <summary>Settings of AdamW.</summary>
    public OptimizerSection Optimizer { get; init; } = new();

    /// <summary>How the learning rate changes over the steps.</summary>
    public ScheduleSection Schedule { get; init; } = new();
}

/// <summary>The <c>data.table</c> section: how a table is read, for the family "tabular".</summary>
public sealed record TableSection
{
    /// <summary>Columns that are not predicted from, between commas; null = none.</summary>
    public string? Exclude { get; init; }

    /// <summary>Seed of the draw that parts the source: the seed of the run does not change what is tested.</summary>
    public int SplitSeed { get; init; }

    /// <summary>Whether the logarithm of the target is what is learned.</summary>
    public bool LogTarget { get; init; }
}

/// <summary>The <c>algorithm.tabular</c> section: what the family "tabular" has beside width, depth, feed_forward and dropout.</summary>
public sealed record TabularSection
{
    /// <summary>Waves through which each number is seen; 0 = none.</summary>
    public int Frequencies { get; init; } = 16;

    /// <summary>Standard deviation of their first frequencies, in turns for each standard deviation of the column.</summary>
    public double FrequencyScale { get; init; } = 0.5;

    /// <summary>Columns that a number's waves become.</summary>
    public int Embedding { get; init; } = 16;

    /// <summary>Columns of numbers that are seen together, as places on a map are, between commas; null = none.</summary>
    public string? Joint { get; init; }

    /// <summary>Waves through which they are seen.</summary>
    public int JointFrequencies { get; init; } = 64;

    /// <summary>Standard deviation of their first frequencies.</summary>
    public double JointScale { get; init; } = 1;

    /// <summary>Networks that are trained side by side and whose answers are averaged.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Distance beyond which an error of a number counts in a straight line; null = by its square.</summary>
    public double? Huber { get; init; }
}

/// <summary>The <c>algorithm.masking</c> section: what is hidden of a text, for the objectives "masked" and "denoise".</summary>
public sealed record MaskingSection
{
    /// <summary>Share of the tokens or words that are hidden; null = 0.15, for a BART that denoises 0.3.</summary>
    public double? Rate { get; init; }

    /// <summary>"token", "word", "span" (SpanBERT, T5, BART) or "phrase" (ERNIE); null = whole words where the tokenizer knows them, and spans for "denoise".</summary>
    public string? Unit { get; init; }

    /// <summary>Mean length of a span; null = 5 words (before SpanBERT's limit of 10) for "masked", 3 tokens for "denoise".</summary>
    public double? SpanLength { get; init; }

    /// <summary>A file with a phrase in each line, for the unit "phrase"; null = word groups that are frequent in the training text. Relative to the recipe file's folder.</summary>
    public string? Phrases { get; init; }

    /// <summary>Share of the tokens that are deleted, for a BART that denoises.</summary>
    public double Deletion { get; init; }

    /// <summary>Probability that a text's sentences come in another order, for a BART that denoises.</summary>
    public double Permutation { get; init; }

    /// <summary>Probability that a text is rotated, for a BART that denoises.</summary>
    public double Rotation { get; init; }
}

/// <summary>The <c>algorithm.fim</c> section: gaps that a decoder learns to fill (Bavarian et al. 2022, arXiv:2207.14255).</summary>
public sealed record FimSection
{
    /// <summary>Share of the parts of documents that have a gap; 0 = none.</summary>
    public double Rate { get; init; }

    /// <summary>Share of those whose suffix comes before the prefix.</summary>
    public double SuffixFirst { get; init; } = 0.5;

    /// <summary>Where gaps begin and end: at any of the text's "characters", or between "tokens".</summary>
    public string Cut { get; init; } = "characters";
}

/// <summary>The <c>algorithm.recurrent</c> section: what the families "rnn", "lstm" and "gru" have beside the keys of all.</summary>
public sealed record RecurrentSection
{
    /// <summary>Columns of the token embedding; null = the width.</summary>
    public int? EmbeddingWidth { get; init; }

    /// <summary>Whether batches follow the text and the state goes on from one to the next; else each window is drawn and begins with a state of zeros.</summary>
    public bool CarryState { get; init; } = true;
}

/// <summary>The <c>algorithm.teacher</c> section: distillation (Hinton et al. 2015, arXiv:1503.02531).</summary>
public sealed record TeacherSection
{
    /// <summary>The folder (or .gguf file) of a trained model with the same tokenizer; null = none. Relative to the recipe file's folder.</summary>
    public string? Folder { get; init; }

    /// <summary>What the scores of both are divided by.</summary>
    public double Temperature { get; init; } = 2;

    /// <summary>The teacher's part of the loss; the rest is that of the right answers.</summary>
    public double Alpha { get; init; } = 0.5;
}

/// <summary>The <c>algorithm.classification</c> section: how the labels of texts are learned, and vectors from pairs of texts.</summary>
public sealed record ClassificationSection
{
    /// <summary>What a text has, for the objective "classify": a "single" label, "multi": any number of them, or a value ("regression").</summary>
    public string Problem { get; init; } = "single";

    /// <summary>What cosines are divided by, for the objective "contrastive".</summary>
    public double Temperature { get; init; } = 0.05;

    /// <summary>How a text becomes one vector: "first" (its first token, as published models of BERT's kind have it) or "mean" (of all its tokens).</summary>
    public string Pooling { get; init; } = "first";

    /// <summary>How much each label counts: "balanced" (the inverse of how often it occurs), or such as "sad=2, happy=0.5"; null = all the same.</summary>
    public string? LabelWeights { get; init; }
}

/// <summary>The <c>algorithm.lora</c> section: low-rank updates (Hu et al. 2021, arXiv:2106.09685) of a model whose own weights stay as they are; quantised, that is QLoRA (Dettmers et al. 2023, arXiv:2305.14314).</summary>
public sealed record LoraSection
{
    /// <summary>Rank of the updates; null = no adapter, all weights are trained.</summary>
    public int? Rank { get; init; }

    /// <summary>Updates are scaled by alpha / rank.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>Whether the scale is alpha / sqrt(rank) instead.</summary>
    public bool RankStabilised { get; init; }

    /// <summary>Probability of dropping an input of an update; 0 = off.</summary>
    public double Dropout { get; init; }

    /// <summary>What is adapted: "all-linear", or names of modules with commas between them.</summary>
    public string Targets { get; init; } = Models.AdapterConfig.AllLinear;

    /// <summary>Modules that are trained and saved whole, with commas between them; null = none, but for a head that the objective makes anew.</summary>
    public string? ModulesToSave { get; init; }

    /// <summary>Whether the run also leaves the merged model, in <c>merged/</c>.</summary>
    public bool Merge { get; init; }
}

/// <summary>The <c>algorithm.optimizer</c> section: AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with gradient clipping.</summary>
public sealed record OptimizerSection
{
    /// <summary>Peak learning rate.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Decay of the running mean of gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of squared gradients.</summary>
    public double Beta2 { get; init; } = 0.95;

    /// <summary>Added to the root of the second moment.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Decoupled weight decay of the matrices.</summary>
    public double WeightDecay { get; init; } = 0.1;

    /// <summary>Largest global L2 norm of the gradient; 0 = no clipping.</summary>
    public double ClipNorm { get; init; } = 1.0;

    /// <summary>Factor of the learning rate from each block to the one below it (Clark et al. 2020); 1 = all learn alike.</summary>
    public double LayerDecay { get; init; } = 1;

    /// <summary>Weights that stay as they are, such as "embedding,blocks.0-3"; null = none.</summary>
    public string? Freeze { get; init; }
}

/// <summary>The <c>algorithm.early_stopping</c> section: ends a run that no longer gets better.</summary>
public sealed record EarlyStoppingSection
{
    /// <summary>Measurements without a gain after which the run ends; null = never.</summary>
    public int? Patience { get; init; }

    /// <summary>What counts as a gain: so much less loss, or so much more accuracy of a classifier.</summary>
    public double MinDelta { get; init; }
}

/// <summary>The <c>algorithm.schedule</c> section: the learning rate as a function of the step.</summary>
public sealed record ScheduleSection
{
    /// <summary>"cosine", "linear", "wsd" (warm-up, stable, decay) or "constant"; all begin with a linear warm-up.</summary>
    public string Kind { get; init; } = "cosine";

    /// <summary>Steps of the linear warm-up from 0; 0 = none.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>Learning rate at the last step ("constant" does not use it).</summary>
    public double MinLearningRate { get; init; } = 1e-4;

    /// <summary>Steps of the final decay of "wsd"; null = 10% of the steps.</summary>
    public int? DecaySteps { get; init; }

    /// <summary>Steps of the final decay of "wsd" in a run of <paramref name="steps"/> steps: <see cref="DecaySteps"/>, or else 10% rounded up.</summary>
    public int DecayStepsOf(int steps) => DecaySteps ?? (int)(((long)steps + 9) / 10);
}

/// <summary>The <c>compute</c> section of a recipe: how the run uses the machine and what it leaves behind.</summary>
public sealed record ComputeSection
{
    /// <summary>Seed of all randomness of the run.</summary>
    public int Seed { get; init; } = 1337;

    /// <summary>Threads of the worker team; null = all processors. The result does not depend on it.</summary>
    public int? Threads { get; init; }

    /// <summary>Run folder, relative to the current directory; null = runs/&lt;recipe name&gt;.</summary>
    public string? Output { get; init; }

    /// <summary>Steps between measurements of the validation loss.</summary>
    public int EvaluateEvery { get; init; } = 100;

    /// <summary>Batches in one measurement of the validation loss.</summary>
    public int EvaluateBatches { get; init; } = 20;

    /// <summary>Steps between checkpoints.</summary>
    public int CheckpointEvery { get; init; } = 200;

    /// <summary>How many of the newest checkpoints stay on disk.</summary>
    public int KeepCheckpoints { get; init; } = 2;

    /// <summary>What becomes of the model of the best measurement: "no" (forgotten), "keep" (in the folder best) or "final" (it is also the run's result).</summary>
    public string KeepBest { get; init; } = "no";

    /// <summary>Texts whose attention and predictions every checkpoint keeps; null = none.</summary>
    public TextList? SnapshotTexts { get; init; }

    /// <summary>Steps between sampled texts; 0 = off.</summary>
    public int SampleEvery { get; init; } = 200;

    /// <summary>Text that every sample continues.</summary>
    public string SamplePrompt { get; init; } = "\n";

    /// <summary>Tokens to generate for a sample.</summary>
    public int SampleTokens { get; init; } = 100;

    /// <summary>Whether the backward pass recomputes the activations of each block instead of keeping them.</summary>
    public bool Recompute { get; init; }

    /// <summary>Steps between log lines.</summary>
    public int LogEvery { get; init; } = 10;
}
