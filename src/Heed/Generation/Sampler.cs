using System.Runtime.InteropServices;
using Heed.Kernels;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>
/// Chooses tokens: <see cref="LogitsRules"/>, temperature, top-k, top-p, min-p, in this order, then a draw. Its buffers are made once.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingOptions options;
    private readonly LogitsRules rules;
    private readonly List<int> sequence = []; // prompt included
    private readonly float[] scores;
    private readonly int[] order;      // ids that passed the filters, most probable first
    private readonly int[] heap;
    private RandomSource random;

    /// <summary>A sampler for one sequence of no known length or end.</summary>
    public Sampler(SamplingOptions options, int vocabulary, params ReadOnlySpan<int> prompt) : this(options, vocabulary, new LogitsRules(options, vocabulary, prompt.Length), prompt)
    {
    }

    /// <summary>A sampler for one sequence.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="vocabulary">Number of token ids.</param>
    /// <param name="rules">The rules of the sequence.</param>
    /// <param name="prompt">Its tokens so far.</param>
    public Sampler(SamplingOptions options, int vocabulary, LogitsRules rules, ReadOnlySpan<int> prompt)
    {
        options.Validate();
        (this.options, this.rules) = (options, rules);
        sequence.EnsureCapacity(prompt.Length + Math.Min(options.MaxTokens, 4096));
        sequence.AddRange(prompt);
        scores = new float[vocabulary];
        order = new int[vocabulary];
        heap = new int[vocabulary];
        random = new RandomSource(options.Seed ?? (ulong)System.Random.Shared.NextInt64());
    }

    /// <summary>Chooses the next token from the logits (vocabulary); the returned log-probability is the model's own, before any change.</summary>
    public TokenProbability Next(ReadOnlySpan<float> logits)
    {
        if (logits.Length != scores.Length) throw new ArgumentException($"the sampler was made for {scores.Length} tokens, given {logits.Length} logits");
        logits.CopyTo(scores);
        rules.Apply(CollectionsMarshal.AsSpan(sequence), scores);
        int choice = options.Temperature == 0 ? Largest(scores) : Draw();
        sequence.Add(choice);
        return new TokenProbability(choice, logits[choice] - LogSumExp(logits));
    }

    /// <summary>The most probable tokens of a row of logits, best first; of equals the lower id first.</summary>
    public static TokenProbability[] Top(ReadOnlySpan<float> logits, int count)
    {
        Ranking ranking = new(logits, new int[logits.Length]);
        float total = LogSumExp(logits);
        TokenProbability[] top = new TokenProbability[Math.Min(count, logits.Length)];
        for (int i = 0; i < top.Length; i++)
        {
            int id = ranking.Next();
            top[i] = new TokenProbability(id, logits[id] - total);
        }
        return top;
    }

    private int Draw()
    {
        Elementwise.Scale(scores, 1 / options.Temperature, scores);
        Softmax.Forward(1, scores.Length, scores, scores);
        float least = options.MinP * scores[Largest(scores)];
        if (options.TopK == 0 && options.TopP == 1)
        {
            // No ranking is needed: draw among all that pass min-p, in the order of ids.
            double all = 0;
            foreach (float p in scores)
                if (p >= least) all += p;
            double at = random.NextDouble() * all;
            int last = 0;
            for (int id = 0; id < scores.Length; id++)
            {
                if (!(scores[id] >= least) || scores[id] == 0) continue; // a token of probability 0 is never drawn
                last = id;
                if ((at -= scores[id]) < 0) break;
            }
            return last;
        }
        Ranking ranking = new(scores, heap);
        int kept = 0, most = options.TopK > 0 ? Math.Min(options.TopK, scores.Length) : scores.Length;
        double total = 1, sum = 0;
        if (options.TopK > 0 && options.TopP < 1) // top-p counts from what top-k leaves
        {
            total = 0;
            for (int i = 0; i < most; i++) total += scores[order[i] = ranking.Next()];
            while (kept < most && sum < options.TopP * total) sum += scores[order[kept++]];
        }
        else
        {
            while (kept < most && (options.TopP == 1 || sum < options.TopP * total)) sum += scores[order[kept++] = ranking.Next()];
        }
        while (kept > 1 && scores[order[kept - 1]] < least) sum -= scores[order[--kept]];
        double point = random.NextDouble() * sum;
        for (int i = 0; i < kept - 1; i++)
            if ((point -= scores[order[i]]) < 0) return order[i];
        return order[kept - 1];
    }

    // Hands out ids from the largest value down, of equals the lower id first: a binary heap, so that the first few cost little.
    private ref struct Ranking
    {
        private readonly ReadOnlySpan<float> values;
        private readonly Span<int> heap;
        private int count;

        public Ranking(ReadOnlySpan<float> values, Span<int> heap)
        {
            this.values = values;
            this.heap = heap;
            count = values.Length;
            for (int i = 0; i < count; i++) heap[i] = i;
            for (int i = count / 2 - 1; i >= 0; i--) Sink(i);
        }

        public int Next()
        {
            int best = heap[0];
            heap[0] = heap[--count];
            Sink(0);
            return best;
        }

        private readonly bool Before(int a, int b) => values[a] > values[b] || (values[a] == values[b] && a < b);

        private readonly void Sink(int at)
        {
            while (true)
            {
                int child = 2 * at + 1;
                if (child >= count) return;
                if (child + 1 < count && Before(heap[child + 1], heap[child])) child++;
                if (!Before(heap[child], heap[at])) return;
                (heap[at], heap[child]) = (heap[child], heap[at]);
                at = child;
            }
        }
    }

    private static int Largest(ReadOnlySpan<float> values) => Reduce.ArgMax(values);

    private static float LogSumExp(ReadOnlySpan<float> values)
    {
        Span<float> loss = stackalloc float[1], total = stackalloc float[1];
        CrossEntropy.Forward(1, values.Length, values, [0], -1, loss, total);
        return total[0];
    }
}
