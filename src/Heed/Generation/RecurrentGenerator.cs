using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Generation;

/// <summary>Continues prompts with a recurrent model: what was read lives in its state, which has one size however long the text becomes.</summary>
public sealed class RecurrentGenerator(RecurrentModel model)
{
    /// <summary>Continues a prompt; each token is computed when it is asked for.</summary>
    /// <param name="prompt">Token ids; at least one.</param>
    /// <param name="options">How to choose and when to stop (stop texts are the caller's: they need a tokenizer).</param>
    /// <param name="cancellation">Ends the generation between two tokens.</param>
    /// <exception cref="ArgumentException">An option is out of range, or the prompt is empty or holds an unknown id.</exception>
    public IEnumerable<GeneratedToken> Generate(int[] prompt, SamplingOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        options.Rules.Validate(model.Config.Vocabulary);
        Check(prompt);
        return Run(prompt, options, cancellation);
    }

    /// <summary>Logits (vocabulary) behind the last token of a prompt.</summary>
    /// <exception cref="ArgumentException">The prompt is empty or holds an unknown id.</exception>
    public float[] Read(ReadOnlySpan<int> prompt)
    {
        Check(prompt);
        return Read(prompt, model.NewState(1));
    }

    private IEnumerable<GeneratedToken> Run(int[] prompt, SamplingOptions options, CancellationToken cancellation)
    {
        int left = options.MaxTokens, vocabulary = model.Config.Vocabulary;
        GenerationOptions all = new() { Sampling = options, EndTokens = options.StopAtEnd ? model.Config.EndTokens : [] };
        LogitsRules rules = new(options, vocabulary, prompt.Length, (int)Math.Min(int.MaxValue, prompt.Length + (long)left), all.EndTokens, prompt);
        Sampler sampler = new(options, vocabulary, rules, prompt);
        RecurrentState state = model.NewState(1);
        for (int[] next = prompt; left > 0;)
        {
            cancellation.ThrowIfCancellationRequested();
            GeneratedToken token = Generator.Choose(sampler, Read(next, state), all, --left == 0);
            yield return token;
            if (token.Finish != FinishReason.None) yield break;
            next = [token.Id];
        }
    }

    // Reads tokens and moves the state on.
    private float[] Read(ReadOnlySpan<int> tokens, RecurrentState state)
    {
        using MemoryScope scope = new();
        RecurrentOutput result = model.Hidden(Tensor.From(new Shape(1, tokens.Length), tokens), state);
        result.State.CopyTo(state);
        float[] logits = model.Logits(result.Output.Reshape(new Shape(tokens.Length, model.Config.Width)).SliceRows(tokens.Length - 1, 1)).ToArray();
        return Kernels.Reduce.AllFinite(logits) ? logits : throw new InvalidDataException("the model's logits are not finite: its weights are damaged or its training diverged");
    }

    private void Check(ReadOnlySpan<int> prompt)
    {
        if (prompt.IsEmpty) throw new ArgumentException("a prompt must have at least one token");
        foreach (int id in prompt)
            if ((uint)id >= (uint)model.Config.Vocabulary) throw new ArgumentException($"token id {id} is outside the model's vocabulary of {model.Config.Vocabulary}");
    }
}
