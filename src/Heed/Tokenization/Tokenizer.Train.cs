namespace Heed.Tokenization;

public sealed partial class Tokenizer
{
    /// <summary>Trains a tokenizer on texts; each text is split for itself, so no token crosses from one to the next.</summary>
    /// <param name="text">Lines, documents or any other parts of the text.</param>
    /// <param name="trainer">Kind and size of the vocabulary, and special tokens.</param>
    /// <param name="pipeline">The stages, as <see cref="TokenizerPipeline.Gpt2"/>.</param>
    /// <param name="progress">Called after each part of the text that is read and each new token.</param>
    /// <param name="cancel">Stops the training.</param>
    /// <exception cref="ArgumentException">No text, options that contradict each other, or a vocabulary too small for special tokens and alphabet.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> text, TokenizerTrainer trainer, TokenizerPipeline pipeline,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default) =>
        Train(TextCorpus.FromTexts(text), trainer, pipeline, progress, cancel);

    /// <summary>Trains a tokenizer on a corpus, which is streamed and may be larger than memory.</summary>
    /// <exception cref="InvalidDataException">A file of the corpus is not UTF-8.</exception>
    /// <inheritdoc cref="Train(IEnumerable{string}, TokenizerTrainer, TokenizerPipeline, IProgress{TrainingProgress}?, CancellationToken)"/>
    public static Tokenizer Train(TextCorpus corpus, TokenizerTrainer trainer, TokenizerPipeline pipeline,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(corpus);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(pipeline);
        cancel.ThrowIfCancellationRequested();
        return new Tokenizer(trainer.Train(corpus, pipeline, new TrainingWatch(progress, cancel)), pipeline, trainer.SpecialTokens.Select(t => new AddedToken(t)));
    }

    /// <summary>Makes a vocabulary of the characters of a text.</summary>
    /// <exception cref="ArgumentException">No text.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> text, CharacterTrainer trainer, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(trainer);
        return new Tokenizer(trainer.Train(text, cancel), TokenizerPipeline.Characters, trainer.SpecialTokens.Select(t => new AddedToken(t)));
    }

    /// <summary>Makes a vocabulary of the words of a text.</summary>
    /// <exception cref="ArgumentException">No word, or no room for any.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> text, WordTrainer trainer, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(trainer);
        return new Tokenizer(trainer.Train(text, cancel), TokenizerPipeline.Words, []);
    }

    /// <summary>The tokenizer that needs no training: ids 0 .. 255 are the bytes themselves, special tokens follow from 256.</summary>
    public static Tokenizer Bytes(params IEnumerable<string> specialTokens)
    {
        ArgumentNullException.ThrowIfNull(specialTokens);
        var bytes = Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b).ToString());
        return new Tokenizer(new BpeModel(bytes, [], byteLevel: true), TokenizerPipeline.Bytes, specialTokens.Select(t => new AddedToken(t)));
    }
}
