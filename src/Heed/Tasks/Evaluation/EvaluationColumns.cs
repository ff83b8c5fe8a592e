namespace Heed.Tasks.Evaluation;

/// <summary>Which columns (or templates of columns, see <see cref="Heed.Data.Records.RecordText"/>) the items are made of; null = the usual ones of the task.</summary>
/// <param name="Text">The text.</param>
/// <param name="Second">The second text of a pair.</param>
/// <param name="Target">What is right. A column with a list gives several.</param>
public sealed record EvaluationColumns(string? Text = null, string? Second = null, string? Target = null);

/// <summary>A part of an item: the names that its column usually has, and its place in tables without names.</summary>
/// <param name="Option">The option that names it, for messages.</param>
/// <param name="Names">Usual names of the column; the first that is there is taken.</param>
/// <param name="Place">Its place in a table without names, such as "2"; null = it has none.</param>
/// <param name="Required">Whether items must have it.</param>
/// <param name="MayBeEmpty">Whether its text may be empty.</param>
internal sealed record EvaluationPart(string Option, string[] Names, string? Place, bool Required = true, bool MayBeEmpty = false);

/// <summary>The parts of a task's items; null = the task has no such part.</summary>
internal sealed record EvaluationParts(EvaluationPart Text, EvaluationPart? Second = null, EvaluationPart? Target = null)
{
    public IEnumerable<EvaluationPart> All => new[] { Text, Second, Target }.OfType<EvaluationPart>();
}
