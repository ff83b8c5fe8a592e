using System.Globalization;

namespace Heed.Training;

/// <summary>How much each label counts in a loss.</summary>
internal static class LabelWeights
{
    /// <summary>"balanced": of n examples of k labels, a label that occurs c times counts n / (k · c), so that all labels together count alike and the mean over examples is 1.</summary>
    public const string Balanced = "balanced";

    /// <summary>Reads the recipe's key; null where all labels count the same.</summary>
    /// <param name="given"><see cref="Balanced"/>, or a list such as "sad=2, happy=0.5"; the last "=" of a part is the one that counts.</param>
    /// <param name="labels">Names of the labels.</param>
    /// <param name="counts">How often each occurs.</param>
    /// <exception cref="RecipeException">A part is no weight, or of no label.</exception>
    public static float[]? Of(string? given, IReadOnlyList<string> labels, IReadOnlyList<int> counts)
    {
        if (given is null || counts.Count == 0) return null;
        if (given == Balanced) return [.. counts.Select(c => c == 0 ? 0 : (float)((double)counts.Sum() / labels.Count / c))];
        List<string> names = [.. labels];
        float[] weights = new float[labels.Count];
        Array.Fill(weights, 1);
        foreach (string part in given.Split(','))
        {
            int equals = part.LastIndexOf('=');
            string label = equals < 0 ? part : part[..equals].Trim();
            if (equals < 0 || !float.TryParse(part.AsSpan(equals + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out float weight) || !float.IsFinite(weight) || weight < 0)
                throw Error($"\"{RecipeNode.Shorten(part.Trim())}\" is no weight of a label, such as \"sad=2\"");
            int place = names.IndexOf(label);
            if (place < 0) throw Error($"there is no label \"{RecipeNode.Shorten(label)}\"; there are {RecipeNode.Shorten(string.Join(", ", labels))}");
            weights[place] = weight;
        }
        return weights.Any(w => w > 0) ? weights : throw Error("all labels have the weight 0");
    }

    private static RecipeException Error(string message) => new($"algorithm.classification.label_weights: {message}", "algorithm.classification.label_weights");
}
