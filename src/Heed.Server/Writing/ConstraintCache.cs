using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A form that a text must have.</summary>
/// <param name="Key">What tells it from others.</param>
/// <param name="Make">Its grammar.</param>
/// <param name="Parameter">The parameter that demands it.</param>
internal sealed record TextForm(string Key, Func<Grammar> Make, string Parameter);

/// <summary>The constraints of a model's tokenizer that were asked for last: to compile one takes its time.</summary>
internal sealed class ConstraintCache(Tokenizer tokenizer)
{
    private const int Most = 32;

    private readonly Lock gate = new();
    private readonly LinkedList<(string Key, Lazy<TokenConstraint> Constraint)> known = []; // the last used first

    /// <summary>The constraint of a form.</summary>
    /// <exception cref="FormatException">The schema is impossible or not supported.</exception>
    public TokenConstraint Find(TextForm form)
    {
        Lazy<TokenConstraint> constraint;
        lock (gate)
        {
            LinkedListNode<(string Key, Lazy<TokenConstraint> Constraint)>? node = known.First;
            while (node is not null && node.Value.Key != form.Key) node = node.Next;
            if (node is null) node = new((form.Key, new Lazy<TokenConstraint>(() => new TokenConstraint(form.Make(), tokenizer))));
            else known.Remove(node);
            known.AddFirst(node);
            if (known.Count > Most) known.RemoveLast();
            constraint = node.Value.Constraint;
        }
        return constraint.Value;
    }
}
