using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Heed.Data;
using Heed.Generation;
using Heed.Tensors;
using Heed.Tokenization;

namespace Heed.Training;

/// <summary>Conversations for the objective "chat": all of it is read, and the words of the assistant are learned.</summary>
internal sealed class ChatData : TrainingData
{
    private readonly ChatExample[] training, validation;
    private readonly ReplyBatches trainingBatches, validationBatches;

    private ChatData(Recipe recipe, Tokenizer tokenizer, ChatTemplate template, ChatExample[] training, ChatExample[] validation) : base(tokenizer)
    {
        (this.training, this.validation, Template) = (training, validation, template);
        int? end = RecipeChat.End(recipe, tokenizer);
        HashSet<int> special = [.. tokenizer.AddedTokens.Where(t => t.Special).Select(t => t.Id)];
        int last = training[0].Ids[Array.LastIndexOf(training[0].Counted, true)]; // what ends an answer
        EndTokens = [.. (end is { } id ? new[] { id } : []).Concat(special.Contains(last) ? [last] : []).Distinct()];
        int padding = RecipeTokenizer.Find(tokenizer, "pad_token") ?? end ?? 0;
        trainingBatches = Batches(training, "training conversations");
        validationBatches = Batches(validation, "validation conversations");

        ReplyBatches Batches(ChatExample[] examples, string what) => new(Array.ConvertAll(examples, e => e.Ids), Array.ConvertAll(examples, e => e.Counted), recipe.Algorithm.Batch, padding, (ulong)recipe.Seed, what);
    }

    public override IReadOnlyList<int> EndTokens { get; }

    public override ChatTemplate? Template { get; }

    public override int ValidationCount => validationBatches.Count;

    public override TrainingBatch Training(long index, RandomSource random) => Of(trainingBatches[index]);

    public override TrainingBatch Validation(int first, int count) => Of(validationBatches.InOrder(first, count));

    public override double FrequencyLoss() => FrequencyLoss(Answers(training), Answers(validation), Tokenizer!.VocabularySize);

    internal override void AppendTo(IncrementalHash hash)
    {
        base.AppendTo(hash);
        Append(hash, training.Select(e => e.Ids));
        foreach (ChatExample example in training) hash.AppendData(MemoryMarshal.AsBytes(example.Counted.AsSpan()));
    }

    public static new ChatData Prepare(Recipe recipe, Action<string>? progress, CancellationToken cancellation)
    {
        Conversations read = new(recipe.Data.Text, recipe.Data.Target);
        (IReadOnlyList<ChatMessage>[] training, IReadOnlyList<ChatMessage>[] validation) = new RecipeRecords(recipe, progress).Of(read.Columns, read.Of, messages => string.Concat(messages.Select(m => m.Content)));
        progress?.Invoke($"tokenizer: {RecipeTokenizer.Name(recipe)}");
        Tokenizer tokenizer = RecipeTokenizer.Make(recipe, Words(training), Words(validation), [EndOfText, .. RecipeChat.SpecialTokens(recipe)], cancellation);
        progress?.Invoke("encoding");
        ChatTemplate template = RecipeChat.Template(recipe, tokenizer);
        ChatExamples examples = new(template, tokenizer, recipe.Algorithm.Context + 1);
        ChatData data = new(recipe, tokenizer, template, examples.Of(training, cancellation), examples.Of(validation, cancellation));
        if (examples.Shortened + examples.Dropped > 0) progress?.Invoke($"{examples.Shortened} conversations are cut to the context of {recipe.Algorithm.Context} tokens, {examples.Dropped} whose first answer does not fit are left out");
        return data;

        static string[] Words(IReadOnlyList<ChatMessage>[] conversations) => [.. conversations.SelectMany(c => c.Select(m => m.Content))];
    }

    private static IEnumerable<int> Answers(ChatExample[] examples) => examples.SelectMany(e => e.Ids.Where((_, i) => e.Counted[i]));

    private static TrainingBatch Of(ReplyBatch batch) => new(batch.Inputs, batch.Targets);
}
