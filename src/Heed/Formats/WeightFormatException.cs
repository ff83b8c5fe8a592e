using System.Globalization;
using System.Text;

namespace Heed.Formats;

/// <summary>A file that holds weights or tensors is broken, truncated, hostile or of an unsupported kind.</summary>
/// <remarks>The message names the file, the tensor where there is one, what was found and what was expected.</remarks>
public sealed class WeightFormatException : IOException
{
    /// <summary>Creates the exception for a problem with a file as a whole or with one tensor in it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="tensor">The tensor, or null when the problem is not about one.</param>
    /// <param name="problem">What was found and what was expected.</param>
    /// <param name="inner">The cause, or null.</param>
    public WeightFormatException(string file, string? tensor, string problem, Exception? inner = null)
        : base(tensor is null ? $"{file}: {problem}" : $"{file}: tensor {Quote(tensor)}: {problem}", inner)
    {
        File = file;
        Tensor = tensor;
    }

    /// <summary>The file that could not be read.</summary>
    public string File { get; }

    /// <summary>The tensor at fault, or null when the problem is not about one.</summary>
    public string? Tensor { get; }

    // Names come from the file: what is shown of them is short and has no control characters.
    internal static string Quote(string text)
    {
        const int Shown = 120;
        var quoted = new StringBuilder("'");
        for (int i = 0; i < text.Length && i < Shown; i++)
        {
            char c = text[i];
            if (char.IsControl(c) || char.IsSurrogate(c)) quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else quoted.Append(c);
        }
        return quoted.Append(text.Length > Shown ? $"...' ({text.Length} characters)" : "'").ToString();
    }
}
