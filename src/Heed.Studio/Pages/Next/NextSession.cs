using Heed.Generation;
using Heed.Models;
using Heed.Server;
using Heed.Studio.Language;
using Heed.Tasks;

namespace Heed.Studio.Pages.Next;

/// <summary>What happens on one reader's page of next tokens. Not for several threads: all is called on the page's own.</summary>
public sealed class NextSession : IDisposable
{
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(30); // without a key, before the model is asked: the eye does not see it

    private readonly NextReader reader;
    private readonly Action changed;
    private CancellationTokenSource? asking;

    /// <summary>Begins without a model.</summary>
    /// <param name="reader">Asks the models.</param>
    /// <param name="changed">Called when there is something new to see.</param>
    internal NextSession(NextReader reader, Action changed) => (this.reader, this.changed) = (reader, changed);

    /// <summary>The model that is asked.</summary>
    public ModelSource? Model { get; private set; }

    /// <summary>The text so far.</summary>
    public string Text { get; private set; } = "";

    /// <summary>The text that is rewritten, where the model rewrites.</summary>
    public string Source { get; private set; } = "";

    /// <summary>How tokens would be drawn.</summary>
    public SamplingOptions Sampling { get; private set; } = new();

    /// <summary>What the model thinks; null = it was not asked.</summary>
    public NextAnswer? Answer { get; private set; }

    /// <summary>How the text would go on behind the first tokens; empty while that is not known.</summary>
    public IReadOnlyList<NextPhrase> Phrases { get; private set; } = [];

    /// <summary>(vocabulary) with which probability each token would be drawn.</summary>
    public float[] Drawn { get; private set; } = [];

    /// <summary>What may stand at the mask, where the model fills masks.</summary>
    public IReadOnlyList<MaskCandidate> Fillings { get; private set; } = [];

    /// <summary>What went wrong, as a sentence.</summary>
    public string? Failure { get; private set; }

    /// <summary>The place in the list that the keyboard has chosen.</summary>
    public int? Selected { get; private set; }

    /// <summary>The words in which failures are told.</summary>
    public Words Words { get; set; } = Words.English;

    /// <summary>Places in the list.</summary>
    public int Rows => Model?.Kind == ModelKind.Filler ? Fillings.Count : Answer?.Best.Count ?? 0;

    /// <summary>Takes a model and what it is to begin with.</summary>
    /// <param name="model">The model.</param>
    /// <param name="text">The text; of a model that rewrites, the one that it is to rewrite.</param>
    /// <param name="written">What a model that rewrites has written already.</param>
    public void Take(ModelSource? model, string? text, string? written)
    {
        (Model, Answer, Phrases, Fillings, Failure, Selected) = (model, null, [], [], null, null);
        if (model is null) return;
        string example = ModelUses.Examples(model) is [var first, ..] ? first : "";
        (Text, Source) = model.Kind == ModelKind.Rewriter ? (written ?? "", text ?? example) : (text ?? example, "");
    }

    /// <summary>The reader typed.</summary>
    public Task Type(string text)
    {
        (Text, Selected) = (text, null);
        return Ask(Rest);
    }

    /// <summary>The reader typed what is to be rewritten.</summary>
    public Task TypeSource(string source)
    {
        (Source, Selected) = (source, null);
        return Ask(Rest);
    }

    /// <summary>Asks the model.</summary>
    public Task Ask() => Ask(TimeSpan.Zero);

    /// <summary>Changes how tokens are drawn.</summary>
    public void Set(SamplingOptions sampling)
    {
        Sampling = sampling;
        if (Answer is not null) Drawn = Answer.Drawn(sampling);
        changed();
    }

    /// <summary>Moves the choice of the keyboard; null = nothing is chosen.</summary>
    public void Select(int? place) => Selected = Rows == 0 || place is null ? null : Math.Clamp(place.Value, 0, Rows - 1);

    /// <summary>What a place in the list would add to the text; null = nothing that can be written.</summary>
    /// <param name="place">The place.</param>
    /// <param name="whole">Whether the whole phrase is meant, not the token alone.</param>
    public string? Offered(int place, bool whole)
    {
        if (Answer is null || place >= Answer.Best.Count || Answer.Best[place].IsEnd) return null;
        if (place < Phrases.Count) return Phrases[place] is { Token.Length: > 0 } phrase ? phrase.Token + (whole ? phrase.More : "") : null;
        string text = System.Text.Encoding.UTF8.GetString(Answer.Best[place].Bytes);
        return text.Length == 0 || text.Contains('\uFFFD') ? null : text;
    }

    /// <summary>Takes what a place in the list offers, and asks what comes behind it.</summary>
    public Task Accept(int place, bool whole = false)
    {
        if (Model?.Kind == ModelKind.Filler)
        {
            if (place >= Fillings.Count) return Task.CompletedTask;
            Text = Fillings[place].Text;
        }
        else if (Offered(place, whole) is { } more) Append(more);
        else return Task.CompletedTask;
        if (Selected is not null) Selected = 0;
        changed();
        return Ask();
    }

    public void Dispose() => asking?.Cancel();

    // A translation begins with a word, not with the space before it.
    private void Append(string more) => Text = Model!.Kind == ModelKind.Rewriter && Text.Length == 0 ? more.TrimStart() : Text + more;

    private async Task Ask(TimeSpan rest)
    {
        asking?.Cancel();
        if (Model is not { } model) return;
        using CancellationTokenSource own = asking = new CancellationTokenSource();
        try
        {
            if (rest > TimeSpan.Zero) await Task.Delay(rest, own.Token);
            if (model.Kind == ModelKind.Filler) await AskFiller(model, own.Token);
            else await AskWriter(model, own.Token);
            Failure = null;
        }
        catch (OperationCanceledException)
        {
            return; // a later question took its place
        }
        catch (Exception e) when (Failures.IsTold(e))
        {
            (Answer, Phrases, Fillings, Failure) = (null, [], [], Failures.Sentence(e, Words));
        }
        finally
        {
            if (asking == own) asking = null;
        }
        changed();
    }

    private async Task AskWriter(ModelSource model, CancellationToken cancellation)
    {
        if (Text.Length == 0 && model.Kind == ModelKind.Writer || string.IsNullOrWhiteSpace(Source) && model.Kind == ModelKind.Rewriter)
        {
            (Answer, Phrases) = (null, []);
            return;
        }
        NextAnswer answer = await reader.Read(model.Name, Text, Source, cancellation);
        cancellation.ThrowIfCancellationRequested();
        (Answer, Phrases, Drawn, Failure) = (answer, [], answer.Drawn(Sampling), null);
        changed();
        IReadOnlyList<NextPhrase> phrases = await reader.Phrases(model.Name, answer, Source, cancellation);
        cancellation.ThrowIfCancellationRequested();
        Phrases = phrases;
    }

    private async Task AskFiller(ModelSource model, CancellationToken cancellation)
    {
        IReadOnlyList<MaskCandidate> found = await reader.Fill(model.Name, Text, cancellation);
        cancellation.ThrowIfCancellationRequested();
        Fillings = found;
    }
}
