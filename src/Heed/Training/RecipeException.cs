namespace Heed.Training;

/// <summary>A recipe that cannot be run: the message says where, what was given and what was expected.</summary>
public sealed class RecipeException : Exception
{
    /// <summary>Makes an error about one place of a recipe.</summary>
    /// <param name="message">The whole message: place, what was given, what was expected.</param>
    /// <param name="key">The path of the key, such as <c>algorithm.depth</c>; null when the error is about the file as a whole.</param>
    /// <param name="line">The line of the recipe file, from 1; null when the value did not come from a file.</param>
    /// <param name="innerException">The cause, if any.</param>
    public RecipeException(string message, string? key = null, int? line = null, Exception? innerException = null) : base(message, innerException)
    {
        Key = key;
        Line = line;
    }

    /// <summary>The path of the key that is wrong, such as <c>algorithm.depth</c>; null when the error is about the file as a whole.</summary>
    public string? Key { get; }

    /// <summary>The line of the recipe file, from 1; null when the value did not come from a file.</summary>
    public int? Line { get; }
}
