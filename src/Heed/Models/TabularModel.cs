using Heed.Autograd;
using Heed.Kernels;
using Heed.Layers;
using Heed.Tensors;

namespace Heed.Models;

/// <summary>Rows of a table as a network takes them.</summary>
/// <param name="Numbers">(rows, columns of numbers), standardised; 0 where one is missing.</param>
/// <param name="Missing">(rows, columns of numbers) integers: 1 where the number is missing.</param>
/// <param name="Categories">(rows, columns of names) integers: the place of the name, 0 for none and unknown ones.</param>
public sealed record TabularRows(Tensor Numbers, Tensor Missing, Tensor Categories);

/// <summary>
/// A small residual network over the columns of a table (Gorishniy et al. 2021, 2022): numbers enter as they are and through waves of learned lengths, a
/// missing one as a vector of its own, names as vectors. Several such networks may answer together.
/// </summary>
public sealed class TabularModel
{
    private readonly Member[] members;

    /// <summary>Makes a model.</summary>
    /// <param name="config">Its shape and columns.</param>
    /// <param name="seed">Seed of the start weights; null leaves them zero, to be loaded.</param>
    /// <exception cref="ArgumentException">The configuration is impossible.</exception>
    public TabularModel(TabularConfig config, ulong? seed)
    {
        config.Validate();
        Config = config;
        WeightScope scope = new(seed);
        members = [.. Enumerable.Range(0, config.Members).Select(i => new Member(scope["members"][$"{i}"], config))];
        Weights = scope.Weights;
    }

    /// <summary>The model's shape and columns.</summary>
    public TabularConfig Config { get; }

    /// <summary>Every trainable weight by name, in order of construction.</summary>
    public IReadOnlyList<KeyValuePair<string, Tensor>> Weights { get; }

    /// <summary>The answer of each network, (rows, outputs): a standardised number, or a score for each label.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="options">Dropout and its seed; the rest is of other models.</param>
    public IReadOnlyList<Tensor> Each(TabularRows rows, ForwardOptions? options = null) =>
        [.. members.Select((m, i) => m.Forward(rows, options?.Dropout ?? 0, options?.Random.Split(i) ?? default))];

    /// <summary>The answer of all together, (rows, outputs): the mean number, or the mean probability of each label.</summary>
    public Tensor Forward(TabularRows rows)
    {
        Tensor? sum = null;
        foreach (Tensor answer in Each(rows))
        {
            Tensor part = Config.Target.Labels.Count == 0 ? answer : NeuralOps.Softmax(answer);
            sum = sum is null ? part : Arithmetic.Add(sum, part);
        }
        return Arithmetic.Scale(sum!, 1f / members.Length);
    }

    /// <summary>One network.</summary>
    private sealed class Member
    {
        private readonly TabularConfig config;
        private readonly LinearLayer? numbers, waves, joint, jointWaves;
        private readonly Tensor? frequencies;
        private readonly LinearLayer? perColumn;
        private readonly Embedding[] missing, categories;
        private readonly (Norm Norm, LinearLayer In, LinearLayer Out)[] blocks;
        private readonly Norm norm;
        private readonly LinearLayer output;

        public Member(WeightScope scope, TabularConfig config)
        {
            this.config = config;
            int count = config.Numbers.Count, width = config.Width;
            if (count > 0) numbers = Linear("numbers", count, width, 1);
            if (count > 0 && config.Frequencies > 0)
            {
                frequencies = scope["waves"].Normal("frequencies", new Shape(count, config.Frequencies), (float)config.FrequencyScale);
                perColumn = Linear("waves.column", 2 * config.Frequencies, config.Embedding, 2);
                waves = Linear("waves.projection", count * config.Embedding, width, 1);
            }
            if (config.Joint.Count > 0)
            {
                joint = scope.Linear("joint.directions", config.Joint.Count, config.JointFrequencies, hasBias: false, (float)(config.JointScale * Math.Tau));
                jointWaves = Linear("joint.projection", 2 * config.JointFrequencies, width, 1);
            }
            missing = [.. Enumerable.Range(0, count).Select(i => new Embedding(scope[$"missing.{i}"], 2, width, 0.1f))];
            categories = [.. config.Categories.Select((c, i) => new Embedding(scope[$"categories.{i}"], c.Values.Count + 1, width, 0.5f))];
            NormConfig layerNorm = new NormConfig.LayerNorm(1e-5f);
            blocks = [.. Enumerable.Range(0, config.Depth).Select(i => (Norm.Create(scope[$"blocks.{i}.norm"], width, layerNorm), Linear($"blocks.{i}.in", width, config.FeedForward, 2), Linear($"blocks.{i}.out", config.FeedForward, width, 1)))];
            norm = Norm.Create(scope["norm"], width, layerNorm);
            output = Linear("output", width, config.Outputs, 1);

            // The variance of a product's sums stays that of its inputs, doubled in front of a rectifier (He et al. 2015).
            LinearLayer Linear(string name, int inputs, int outputs, int gain) => scope.Linear(name, inputs, outputs, hasBias: true, MathF.Sqrt((float)gain / inputs));
        }

        public Tensor Forward(TabularRows rows, float dropout, RandomSource random)
        {
            int count = rows.Numbers.Rows;
            Tensor? h = null;
            if (numbers is not null) Add(numbers.Forward(rows.Numbers));
            if (frequencies is not null)
            {
                Tensor seen = perColumn!.Forward(PeriodicOps.SinCos(PeriodicOps.Angles(rows.Numbers, frequencies)), ActivationKind.Relu);
                Add(waves!.Forward(seen.Reshape(new Shape(count, config.Numbers.Count * config.Embedding))));
            }
            if (joint is not null) Add(jointWaves!.Forward(PeriodicOps.SinCos(joint.Forward(Columns(rows.Numbers, config.JointPlaces)))));
            for (int i = 0; i < missing.Length; i++)
                if (rows.Missing.Ints.Contains(1)) Add(missing[i].Forward(Column(rows.Missing, i)));
            for (int i = 0; i < categories.Length; i++) Add(categories[i].Forward(Column(rows.Categories, i)));
            for (int i = 0; i < blocks.Length; i++)
            {
                Tensor inner = Drop(blocks[i].In.Forward(blocks[i].Norm.Forward(h!), ActivationKind.Relu), i);
                Add(blocks[i].Out.Forward(inner));
            }
            return output.Forward(NeuralOps.Activate(norm.Forward(h!), ActivationKind.Relu));

            void Add(Tensor part) => h = h is null ? part : Arithmetic.Add(h, part);
            Tensor Drop(Tensor x, int place) => dropout > 0 ? Arithmetic.Dropout(x, dropout, random.Split(place).Next()) : x;
        }

        private static Tensor Column(Tensor ids, int column)
        {
            Tensor own = Tensor.Empty(new Shape(ids.Rows), DType.I32);
            for (int row = 0; row < ids.Rows; row++) own.Ints[row] = ids.Ints[row * ids.Columns + column];
            return own;
        }

        private static Tensor Columns(Tensor numbers, int[] places)
        {
            Tensor own = Tensor.Empty(new Shape(numbers.Rows, places.Length));
            for (int row = 0; row < numbers.Rows; row++)
                for (int i = 0; i < places.Length; i++) own.Row(row)[i] = numbers.Row(row)[places[i]];
            return own;
        }
    }
}
