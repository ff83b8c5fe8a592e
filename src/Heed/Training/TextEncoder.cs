using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Heed.Training;

/// <summary>Encodes a stream of texts over all threads, in their order, and tells how far it is.</summary>
/// <param name="encode">Gives the ids of some texts, of each its own.</param>
/// <param name="what">What the texts are called: documents, parts.</param>
/// <param name="progress">Told of texts, bytes and tokens a second, every few seconds and in the end.</param>
internal sealed class TextEncoder(Func<IReadOnlyList<string>, int[][]> encode, string what, Action<string>? progress)
{
    private const int BatchCharacters = 1 << 22, BatchTexts = 1 << 13;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Stopwatch clock = new();
    private long count, bytes, tokens;
    private TimeSpan told;

    /// <summary>The ids and UTF-8 bytes of each text.</summary>
    public IEnumerable<(int[] Ids, long TextBytes)> Encode(IEnumerable<string> texts, CancellationToken cancellation)
    {
        clock.Start();
        List<string> batch = [];
        int characters = 0;
        foreach (string text in texts)
        {
            batch.Add(text);
            characters += text.Length;
            if (characters < BatchCharacters && batch.Count < BatchTexts) continue;
            foreach ((int[], long) encoded in Encode(batch, cancellation)) yield return encoded;
            batch.Clear();
            characters = 0;
        }
        foreach ((int[], long) encoded in Encode(batch, cancellation)) yield return encoded;
        if (told > TimeSpan.Zero) Tell();
    }

    private IEnumerable<(int[] Ids, long TextBytes)> Encode(List<string> batch, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int[][] encoded = encode(batch);
        for (int i = 0; i < encoded.Length; i++)
        {
            long length = Encoding.UTF8.GetByteCount(batch[i]);
            (count, bytes, tokens) = (count + 1, bytes + length, tokens + encoded[i].Length);
            yield return (encoded[i], length);
        }
        if (clock.Elapsed - told < Interval) yield break;
        told = clock.Elapsed;
        Tell();
    }

    private void Tell() => progress?.Invoke(string.Create(CultureInfo.InvariantCulture,
        $"encoded {count:N0} {what}, {bytes / 1e6:N1} MB, {tokens:N0} tokens, {tokens / clock.Elapsed.TotalSeconds:N0} tokens/s"));
}
