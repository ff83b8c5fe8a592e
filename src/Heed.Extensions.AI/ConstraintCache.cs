using System.Collections.Concurrent;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Extensions.AI;

/// <summary>Constraints that were compiled for a tokenizer: the same schema comes with every request of a program. For any number of threads.</summary>
internal sealed class ConstraintCache(Tokenizer tokenizer)
{
    private const int Most = 64;

    private readonly ConcurrentDictionary<string, TokenConstraint> known = [];

    /// <summary>The constraint of a key, made where it is not known.</summary>
    /// <exception cref="FormatException">The grammar is wrong.</exception>
    public TokenConstraint Get(string key, Func<Grammar> make)
    {
        if (known.TryGetValue(key, out TokenConstraint? constraint)) return constraint;
        if (known.Count >= Most) known.Clear();
        return known[key] = new TokenConstraint(make(), tokenizer);
    }
}
