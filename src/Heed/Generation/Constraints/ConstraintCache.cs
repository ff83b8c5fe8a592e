using Heed.Tokenization;

namespace Heed.Generation;

/// <summary>The constraints of a tokenizer that were asked for last: to compile one takes its time, and a program asks for the same schema again and again. For any number of threads.</summary>
/// <param name="tokenizer">The tokenizer.</param>
/// <param name="most">How many are kept; the one that was not asked for the longest time makes room.</param>
public sealed class ConstraintCache(Tokenizer tokenizer, int most = 32)
{
    private readonly Lock gate = new();
    private readonly LinkedList<(string Key, Lazy<TokenConstraint> Constraint)> known = []; // the last used first

    /// <summary>The constraint of a key, made where it is not known.</summary>
    /// <param name="key">What tells it from others.</param>
    /// <param name="make">Its grammar.</param>
    /// <exception cref="FormatException">The grammar is wrong.</exception>
    public TokenConstraint Find(string key, Func<Grammar> make)
    {
        Lazy<TokenConstraint> constraint;
        lock (gate)
        {
            LinkedListNode<(string Key, Lazy<TokenConstraint> Constraint)>? node = known.First;
            while (node is not null && node.Value.Key != key) node = node.Next;
            if (node is null) node = new((key, new Lazy<TokenConstraint>(() => new TokenConstraint(make(), tokenizer))));
            else known.Remove(node);
            known.AddFirst(node);
            if (known.Count > most) known.RemoveLast();
            constraint = node.Value.Constraint;
        }
        return constraint.Value;
    }
}
