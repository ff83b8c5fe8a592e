using System.Collections;
using System.Runtime.CompilerServices;

namespace Heed.Training;

/// <summary>One text or several, as a recipe gives them: <c>"a.txt"</c> or <c>["a.txt", "b.txt"]</c>. Equal when the texts are.</summary>
[CollectionBuilder(typeof(TextList), nameof(Create))]
public sealed class TextList : IEquatable<TextList>, IEnumerable<string>
{
    private readonly string[] texts;

    private TextList(string[] texts) => this.texts = texts;

    /// <summary>How many.</summary>
    public int Count => texts.Length;

    /// <summary>One of them.</summary>
    public string this[int index] => texts[index];

    /// <summary>A list of texts.</summary>
    public static TextList Create(ReadOnlySpan<string> texts) => new([.. texts]);

    /// <summary>A list of one.</summary>
    public static implicit operator TextList(string text) => new([text]);

    /// <summary>Whether two lists hold the same texts.</summary>
    public static bool operator ==(TextList? a, TextList? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Whether they do not.</summary>
    public static bool operator !=(TextList? a, TextList? b) => !(a == b);

    /// <inheritdoc/>
    public bool Equals(TextList? other) => other is not null && texts.AsSpan().SequenceEqual(other.texts);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as TextList);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string text in texts) hash.Add(text);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)texts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>"a.txt, b.txt".</summary>
    public override string ToString() => string.Join(", ", texts);
}
