namespace Heed.Tokenization;

public sealed partial class Tokenizer
{
    /// <summary>Trains byte-pair encoding on texts; each text is split for itself, so no token crosses from one to the next.</summary>
    /// <param name="text">Lines, documents or any other parts of the text.</param>
    /// <param name="trainer">Size of the vocabulary and special tokens.</param>
    /// <param name="pipeline">The stages, as <see cref="TokenizerPipeline.Gpt2"/>.</param>
    /// <param name="progress">Called after each new token.</param>
    /// <param name="cancel">Stops the training.</param>
    /// <exception cref="ArgumentException">No text, or a vocabulary too small for special tokens and alphabet.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Tokenizer Train(IEnumerable<string> text, BpeTrainer trainer, TokenizerPipeline pipeline,
        IProgress<TrainingProgress>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(pipeline);
        return new Tokenizer(trainer.Train(text, pipeline, progress, cancel), pipeline, trainer.SpecialTokens.Select(t => new AddedToken(t)));
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

    /// <summary>The tokenizer that needs no training: ids 0 .. 255 are the bytes themselves, special tokens follow from 256.</summary>
    public static Tokenizer Bytes(params IEnumerable<string> specialTokens)
    {
        ArgumentNullException.ThrowIfNull(specialTokens);
        var bytes = Enumerable.Range(0, 256).Select(b => ByteAlphabet.ToCharacter((byte)b).ToString());
        return new Tokenizer(new BpeModel(bytes, [], byteLevel: true), TokenizerPipeline.Bytes, specialTokens.Select(t => new AddedToken(t)));
    }
}
