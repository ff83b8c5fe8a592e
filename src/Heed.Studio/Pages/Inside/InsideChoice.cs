using Heed.Generation;

namespace Heed.Studio.Pages.Inside;

/// <summary>Whose attention is shown.</summary>
public enum AttentionView
{
    /// <summary>The encoder's tokens among themselves.</summary>
    Encoder,

    /// <summary>The decoder's tokens among themselves.</summary>
    Decoder,

    /// <summary>The target's tokens to the source's.</summary>
    Cross,
}

/// <summary>What a reader has chosen to see; it outlives the text and the checkpoint, as far as they still have it.</summary>
public sealed class InsideChoice
{
    private AttentionMaps? maps;
    private (int?, int?) shown;
    private float[][] weights = [];

    /// <summary>Whose attention; null = the model's usual.</summary>
    public AttentionView? View { get; set; }

    /// <summary>The layer, from 0; null = the mean of all.</summary>
    public int? Layer { get; set; }

    /// <summary>The head, from 0; null = the mean of all.</summary>
    public int? Head { get; set; }

    /// <summary>The token that looks; null = all.</summary>
    public int? Token { get; set; }

    /// <summary>The place whose next (or own) token is shown; null = the last one, or the mask.</summary>
    public int? Place { get; set; }

    /// <summary>The id of the token whose neighbours are shown; null = the first that has some.</summary>
    public int? Neighbour { get; set; }

    /// <summary>The maps that are shown.</summary>
    public AttentionMaps Maps(InsideView view) => Usual(view) switch
    {
        AttentionView.Cross => view.Seen.Cross!,
        AttentionView.Encoder => view.Seen.Encoder!.Attention,
        _ => view.Seen.Decoder!.Attention,
    };

    /// <summary>Whose attention is shown: what was chosen, where the model has it.</summary>
    public AttentionView Usual(InsideView view) => view.IsRewriter ? View ?? AttentionView.Cross : view.Seen.Decoder is null ? AttentionView.Encoder : AttentionView.Decoder;

    /// <summary>The weights of the chosen layer and head.</summary>
    public float[][] Weights(InsideView view)
    {
        AttentionMaps now = Maps(view);
        if (now != maps || shown != (Layer, Head)) (maps, shown, weights) = (now, (Layer, Head), now.Of(Layer, Head));
        return weights;
    }

    /// <summary>Lets go of what a view does not have.</summary>
    public void Fit(InsideView view)
    {
        AttentionMaps now = Maps(view);
        if (Layer >= now.Layers) Layer = null;
        if (Head >= now.Heads) Head = null;
        if (Token >= now.Queries.Count) Token = null;
        if (Place >= view.Seen.Main.Tokens.Count) Place = null;
        if (Neighbour is { } id && !view.Neighbours.ContainsKey(id)) Neighbour = null;
    }

    /// <summary>Chooses the head in which a token looks most at another, by their names.</summary>
    public void Find(InsideView view, string query, string key)
    {
        AttentionMaps now = Maps(view);
        int from = now.Queries.ToList().FindLastIndex(t => t == query), to = now.Keys.ToList().FindIndex(t => t == key);
        if (from < 0 || to < 0) return;
        (Layer, Head) = Strongest(now, from, to);
        Token = from;
        Neighbour = (now.Cross ? view.Text : view.Seen.Main.Tokens)[to].Id;
    }

    /// <summary>The head in which a token looks most at another.</summary>
    public static (int Layer, int Head) Strongest(AttentionMaps maps, int query, int key) => Enumerable.Range(0, maps.Layers)
        .SelectMany(layer => Enumerable.Range(0, maps.Heads).Select(head => (Layer: layer, Head: head)))
        .MaxBy(at => maps.Weight(at.Layer, at.Head, query, key));
}
