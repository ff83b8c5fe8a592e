using System.Threading.Channels;
using Heed.Generation;
using Heed.Tokenization;

namespace Heed.Server;

/// <summary>A recurrent model, which writes one text after the other.</summary>
internal sealed class RecurrentWriter(ModelSource source, LanguageModel model, ModelWorker worker) : ModelWriter(source, model.Tokenizer, UsualOptions(source.Path))
{
    private readonly RecurrentGenerator generator = new(model.Recurrent!);

    public override int Vocabulary => model.Vocabulary;

    public override IReadOnlyList<int> Ends => model.EndTokens;

    public override Prompt Read(string text)
    {
        int[] ids = Tokenizer.Encode(text, SpecialTokens.Add);
        return new Prompt(ids.Length > 0 ? ids : model.Encode(""), text);
    }

    public override Prompt Read(Conversation conversation) => throw ApiException.Unsupported("model", Source.Name, "knows no conversations: it continues texts, /v1/completions");

    public override IAsyncEnumerable<TextPiece> Write(WritingPlan plan, CancellationToken cancellation)
    {
        SamplingOptions sampling = plan.Options.Sampling;
        sampling.Validate();
        sampling.Rules.Validate(Vocabulary);
        Channel<TextPiece> channel = Channel.CreateUnbounded<TextPiece>();
        Task<bool> work = worker.Run(ending =>
        {
            for (int choice = 0; choice < plan.Prompts.Count * plan.Count; choice++)
            {
                int number = choice % plan.Count;
                SamplingOptions own = number == 0 || sampling.Seed is null ? sampling : sampling with { Seed = sampling.Seed + (ulong)number };
                Run(plan.Prompts[choice / plan.Count], own, new ChoiceText(choice, Tokenizer, plan, plan.Prompts[choice / plan.Count]), channel.Writer, plan.Deadline, ending);
            }
            return true;
        }, cancellation);
        _ = work.ContinueWith(done => channel.Writer.TryComplete(done.IsCanceled ? new OperationCanceledException(cancellation) : done.Exception?.InnerException), TaskScheduler.Default);
        return channel.Reader.ReadAllAsync(cancellation);
    }

    private void Run(Prompt prompt, SamplingOptions sampling, ChoiceText text, ChannelWriter<TextPiece> pieces, CancellationToken deadline, CancellationToken cancellation)
    {
        foreach (GeneratedToken token in generator.Generate(prompt.Ids, sampling, cancellation))
        {
            TextPiece piece = text.Append(token);
            pieces.TryWrite(piece);
            if (piece.Finish is not null) return;
            if (deadline.IsCancellationRequested) break;
        }
        pieces.TryWrite(text.Cut());
    }
}
