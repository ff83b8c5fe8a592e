using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Heed.Tokenization;

/// <summary>What <see cref="Tokenizer.Encode(string, SpecialTokens)"/> does about special tokens.</summary>
[Flags]
public enum SpecialTokens
{
    /// <summary>The text is plain text: <c>&lt;|endoftext|&gt;</c> in it is thirteen characters. Right for text from strangers.</summary>
    None = 0,

    /// <summary>Special tokens written in the text become their ids.</summary>
    Parse = 1,

    /// <summary>The tokens which the model expects around a text are added.</summary>
    Add = 2,

    /// <summary>Both: the habit of other libraries.</summary>
    ParseAndAdd = Parse | Add,
}

/// <summary>
/// Text to token ids and back: normalizer -> pre-tokenizer -> model -> post-processor, and a decoder for the way back.
/// Immutable and thread-safe; lone surrogates in a string count as U+FFFD.
/// <code>
/// var tokenizer = Tokenizer.Train(File.ReadLines("corpus.txt"), new BpeTrainer { VocabularySize = 4096 }, TokenizerPipeline.Gpt2);
/// tokenizer.Save("tokenizer.json");
/// int[] ids = tokenizer.Encode("hello world");
/// string text = tokenizer.Decode(ids);
/// </code>
/// </summary>
public sealed partial class Tokenizer
{
    private const int MaxCachedPiece = 128;          // bytes
    private const int MaxCachedPieces = 1 << 17;

    private readonly ITokenModel model;
    private readonly List<AddedToken> added = [];
    private readonly Dictionary<string, AddedToken> addedByContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> addedById = [];
    private readonly AddedTokenMatcher rawMatcher, normalizedMatcher;
    private readonly byte[]?[] spellings;            // filled as needed
    private readonly byte[]?[] bytesOfId;            // filled as needed, when the decoder works token by token
    private readonly bool spellsBytes;               // the pre-tokenizer is byte-level, but the model wants text
    private readonly bool takesAnyBytes;
    private readonly SplitScanner? scanner;          // does the work of the pre-tokenizer
    private readonly ConcurrentBag<Workspace> workspaces = [];
    private Workspace? lastWorkspace;                // found quickly when one thread encodes text after text

    /// <summary>Puts a tokenizer together.</summary>
    /// <param name="model">Vocabulary and algorithm.</param>
    /// <param name="pipeline">The stages around it.</param>
    /// <param name="addedTokens">
    /// Special and other added tokens. One that the model's vocabulary has keeps that id; the others get the ids after the
    /// last one in the order given, whatever <see cref="AddedToken.Id"/> says (as Hugging Face tokenizers does).
    /// </param>
    /// <param name="defaults">What <see cref="EncodeDetailed"/> does when it is not told otherwise.</param>
    /// <exception cref="ArgumentException">An added token is empty or repeated, or the post-processor adds a token which the vocabulary lacks.</exception>
    public Tokenizer(ITokenModel model, TokenizerPipeline pipeline, IEnumerable<AddedToken>? addedTokens = null, EncodeOptions? defaults = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pipeline);
        this.model = model;
        Pipeline = pipeline;
        DefaultOptions = defaults ?? new EncodeOptions();
        bool byteLevel = pipeline.PreTokenizer is { IsByteLevel: true };
        spellsBytes = byteLevel && !model.IsByteLevel;
        scanner = byteLevel && model.IsByteLevel ? pipeline.PreTokenizer!.Scanner : null;
        takesAnyBytes = byteLevel && model.IsByteLevel && pipeline.Normalizer is null;
        VocabularySize = model.Count;
        foreach (AddedToken token in addedTokens ?? [])
        {
            if (token.Content.Length == 0) throw new ArgumentException("An added token is empty.", nameof(addedTokens));
            AddedToken placed = token with { Id = model.IdOf(token.Content) ?? VocabularySize++ };
            if (!addedByContent.TryAdd(placed.Content, placed))
                throw new ArgumentException($"The added token '{placed.Content}' is given twice.", nameof(addedTokens));
            addedById[placed.Id] = placed;
            added.Add(placed);
        }
        foreach ((string token, int id) in FrameTokens(pipeline.PostProcessor))
            if (TokenToId(token) != id)
                throw new ArgumentException($"The post-processor adds '{token}' with the id {id}; in the vocabulary its id is {TokenToId(token)?.ToString(CultureInfo.InvariantCulture) ?? "missing"}.", nameof(pipeline));
        rawMatcher = new AddedTokenMatcher(added.Where(t => t.IsInText && !t.Normalized), null);
        normalizedMatcher = new AddedTokenMatcher(added.Where(t => t.IsInText && t.Normalized), pipeline.Normalizer);
        spellings = new byte[VocabularySize][];
        bytesOfId = new byte[VocabularySize][];
    }

    private static IEnumerable<(string Token, int Id)> FrameTokens(IPostProcessor? processor) =>
        ((bool[])[false, true]).SelectMany(pair => processor?.Frame(pair)?.Parts ?? []).SelectMany(part => part.Tokens).Distinct();

    /// <summary>The stages around the model.</summary>
    public TokenizerPipeline Pipeline { get; }

    /// <summary>Vocabulary and algorithm.</summary>
    public ITokenModel Model => model;

    /// <summary>Number of ids, added tokens included: every id is in 0 .. VocabularySize - 1.</summary>
    public int VocabularySize { get; }

    /// <summary>Special and other added tokens in the order of the file.</summary>
    public IReadOnlyList<AddedToken> AddedTokens => added;

    /// <summary>
    /// 16 hexadecimal digits which are the same for two tokenizers exactly when they have the same tokens, merges,
    /// added tokens and stages: a key for caches of encoded data. It does not depend on machine or process.
    /// </summary>
    public string Fingerprint => field ??= Convert.ToHexStringLower(SHA256.HashData(ToJson(indented: false)).AsSpan(0, 8));

    /// <summary>The id of a token as the vocabulary spells it, or null.</summary>
    public int? TokenToId(string token) =>
        addedByContent.TryGetValue(token, out AddedToken? found) ? found.Id : model.IdOf(token);

    /// <summary>The token with this id as the vocabulary spells it (byte-level: "Ġthe").</summary>
    /// <exception cref="ArgumentException">The vocabulary has no such id.</exception>
    public string IdToToken(int id)
    {
        CheckId(id);
        return addedById.TryGetValue(id, out AddedToken? found) ? found.Content : model.TokenOf(id);
    }

    /// <summary>True for control tokens.</summary>
    public bool IsSpecial(int id) => addedById.TryGetValue(id, out AddedToken? found) && found.Special;

    /// <summary>The truncation and padding of the file, which <see cref="EncodeDetailed"/> applies when it is not told otherwise.</summary>
    public EncodeOptions DefaultOptions { get; }

    /// <summary>Encodes text; nothing is truncated or padded.</summary>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int[] Encode(string text, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text.AsSpan(), special);
    }

    /// <inheritdoc cref="Encode(string, SpecialTokens)"/>
    public int[] Encode(ReadOnlySpan<char> text, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        Workspace workspace = Rent();
        try
        {
            return Encode(workspace.Utf8Of(text), special, workspace);
        }
        finally
        {
            Return(workspace);
        }
    }

    /// <summary>
    /// Encodes UTF-8 text. A byte-level vocabulary takes any bytes: without a normalizer, <see cref="DecodeBytes"/> gives them
    /// back exactly. For others, what is no UTF-8 counts as U+FFFD.
    /// </summary>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int[] Encode(ReadOnlySpan<byte> utf8, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        Workspace workspace = Rent();
        try
        {
            return Encode(takesAnyBytes ? utf8 : Utf8Text.Repaired(utf8), special, workspace);
        }
        finally
        {
            Return(workspace);
        }
    }

    /// <summary>The number of tokens of a text, without making a list of them.</summary>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int Count(ReadOnlySpan<char> text, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        Workspace workspace = Rent();
        try
        {
            EncodeText(workspace.Utf8Of(text), (special & SpecialTokens.Parse) != 0, workspace, null);
            return workspace.Ids.Count + ((special & SpecialTokens.Add) == 0 ? 0 : Pipeline.PostProcessor?.Frame(pair: false)?.AddedTokens ?? 0);
        }
        finally
        {
            Return(workspace);
        }
    }

    /// <summary>Encodes many texts over all processors; the ids are those that each text has alone.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="special">What is done about special tokens.</param>
    /// <param name="threads">Threads at most; 0 = as many as there are processors.</param>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int[][] EncodeBatch(IReadOnlyList<string> texts, SpecialTokens special = SpecialTokens.ParseAndAdd, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var ids = new int[texts.Count][];
        OverThreads(texts.Count, threads, (from, to) =>
        {
            Workspace workspace = Rent();
            try
            {
                for (int i = from; i < to; i++)
                {
                    ArgumentNullException.ThrowIfNull(texts[i]);
                    workspace.Ids.Clear();
                    ids[i] = Encode(workspace.Utf8Of(texts[i]), special, workspace);
                }
            }
            finally
            {
                Return(workspace);
            }
        });
        return ids;
    }

    /// <summary>Does a job in ranges, since one text may be too little work to hand out.</summary>
    private static void OverThreads(int count, int threads, Action<int, int> job)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads == 0 ? Environment.ProcessorCount : threads };
        try
        {
            int size = Math.Clamp(count / (16 * options.MaxDegreeOfParallelism), 1, 1024);
            Parallel.For(0, (count + size - 1) / size, options, part => job(part * size, Math.Min(count, (part + 1) * size)));
        }
        catch (AggregateException e) when (e.InnerException is ArgumentException inner)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(inner);
        }
    }

    private int[] Encode(ReadOnlySpan<byte> utf8, SpecialTokens special, Workspace workspace)
    {
        EncodeText(utf8, (special & SpecialTokens.Parse) != 0, workspace, null);
        if ((special & SpecialTokens.Add) == 0 || Pipeline.PostProcessor?.Frame(pair: false) is not { } frame) return [.. workspace.Ids];
        var framed = new List<int>(workspace.Ids.Count + frame.AddedTokens);
        frame.Apply(CollectionsMarshal.AsSpan(workspace.Ids), default, framed);
        return [.. framed];
    }

    /// <summary>Encodes into the ids of the workspace, or with all details into <paramref name="details"/>.</summary>
    private void EncodeText(ReadOnlySpan<byte> text, bool special, Workspace workspace, Details? details)
    {
        if (rawMatcher.IsEmpty)
        {
            EncodeSegment(text, 0, special, workspace, details);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            AddedToken? token = rawMatcher.Next(text, from, special, out int start, out int end);
            EncodeSegment(text[from..start], from, special, workspace, details);
            if (token is not null)
            {
                workspace.Ids.Add(token.Id);
                details?.AddToken(token, text[start..end], start, end);
            }
            from = end;
        }
    }

    private void EncodeSegment(ReadOnlySpan<byte> segment, int offset, bool special, Workspace workspace, Details? details)
    {
        if (segment.IsEmpty) return;
        AlignedText text = normalizedMatcher.IsEmpty ? workspace.Pieces.Text : workspace.Normalized;
        text.Set(segment, details is not null, offset);
        Pipeline.Normalizer?.Normalize(text);
        if (normalizedMatcher.IsEmpty)
        {
            EncodePieces(workspace, details);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            AddedToken? token = normalizedMatcher.Next(text.Bytes, from, special, out int start, out int end);
            workspace.Pieces.Text.Set(text, from, start);
            EncodePieces(workspace, details);
            if (token is not null)
            {
                workspace.Ids.Add(token.Id);
                if (details is not null)
                {
                    (int first, int last) = text.OriginOf(start, end);
                    details.AddToken(token, text.Bytes[start..end], first, last);
                }
            }
            from = end;
        }
    }

    private void EncodePieces(Workspace workspace, Details? details)
    {
        PieceBuffer pieces = workspace.Pieces;
        pieces.Whole();
        WordEncoder? words = details is null ? workspace.Words : null;
        if (words is null || scanner is null) Pipeline.PreTokenizer?.Split(pieces);
        if (spellsBytes) ByteSpelling.Spell(pieces);

        for (int i = 0; i < pieces.Count; i++)
        {
            if (details is not null)
            {
                details.AddPiece(pieces, i);
                continue;
            }
            ReadOnlySpan<byte> piece = pieces[i];
            if (words is not null) words.Encode(piece, workspace.Ids);
            else if (piece.Length > MaxCachedPiece) model.Encode(piece, workspace.Ids);
            else workspace.EncodeCached(piece, model);
        }
    }

    private Workspace Rent()
    {
        Workspace? workspace = Interlocked.Exchange(ref lastWorkspace, null);
        if (workspace is null && !workspaces.TryTake(out workspace))
            workspace = new Workspace(model switch { BpeModel bpe => bpe.NewEncoder(scanner), UnigramModel unigram => unigram.NewEncoder(), _ => null });
        workspace.Ids.Clear();
        return workspace;
    }

    private void Return(Workspace workspace)
    {
        workspace.Shrink();
        if (Interlocked.Exchange(ref lastWorkspace, workspace) is { } other) workspaces.Add(other);
    }

    /// <summary>Decodes ids to text; bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Any ids of the vocabulary.</param>
    /// <param name="skipSpecialTokens">Leaves control tokens out.</param>
    /// <exception cref="ArgumentException">The vocabulary has no such id.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false) =>
        Encoding.UTF8.GetString(DecodeBytes(ids, skipSpecialTokens));

    /// <summary>Decodes ids to the bytes they stand for: UTF-8, and for byte-level vocabularies possibly parts of characters.</summary>
    /// <inheritdoc cref="Decode"/>
    public byte[] DecodeBytes(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var decoded = new ByteSink();
        if (Pipeline.Decoder.IsPerToken)
        {
            foreach (int id in ids) decoded.Add(BytesOf(id, skipSpecialTokens));
            return decoded.Bytes.ToArray();
        }
        ITokenSink sink = Pipeline.Decoder.Begin(decoded, fused: false);
        foreach (int id in ids)
        {
            ReadOnlySpan<byte> token = SpellingOf(id);
            if (!(skipSpecialTokens && IsSpecial(id))) sink.Add(token);
        }
        sink.End();
        return decoded.Bytes.ToArray();
    }

    /// <summary>The bytes that a token writes in the middle of a text: at its beginning some tokenizers leave out a space.</summary>
    /// <param name="id">An id of the vocabulary.</param>
    public byte[] DecodeMiddle(int id) => DecodeBytes([id, id])[DecodeBytes([id]).Length..];

    /// <summary>Begins to decode a stream of ids, without ever giving out half a character.</summary>
    public StreamingDecoder DecodeStream(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>The bytes that one token decodes to; for decoders which work token by token.</summary>
    private byte[] BytesOf(int id, bool skipSpecialTokens)
    {
        ReadOnlySpan<byte> spelling = SpellingOf(id);
        if (skipSpecialTokens && IsSpecial(id)) return [];
        if (bytesOfId[id] is { } known) return known;
        var decoded = new ByteSink();
        ITokenSink sink = Pipeline.Decoder.Begin(decoded, fused: false);
        sink.Add(spelling);
        sink.End();
        return bytesOfId[id] = decoded.Bytes.ToArray();
    }

    /// <summary>A token as the vocabulary spells it, in UTF-8.</summary>
    internal ReadOnlySpan<byte> SpellingOf(int id)
    {
        CheckId(id);
        return spellings[id] ??= Encoding.UTF8.GetBytes(IdToToken(id));
    }

    private void CheckId(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentException($"Token id {id} given; the vocabulary has the ids 0 .. {VocabularySize - 1}.", nameof(id));
    }

    /// <summary>What one thread needs to encode: buffers, and the ids of the pieces it has met.</summary>
    private sealed class Workspace(WordEncoder? words)
    {
        public readonly WordEncoder? Words = words;   // cuts and encodes in one loop, where model and pre-tokenizer allow it
        public readonly PieceBuffer Pieces = new();
        public readonly AlignedText Normalized = new();
        public readonly List<int> Ids = [];
        private byte[] utf8 = [];
        private readonly ByteMap cache = new();
        private readonly List<int> cachedIds = [];
        private readonly List<int> cachedEnds = [];

        /// <summary>The text in UTF-8, valid until the next call.</summary>
        public ReadOnlySpan<byte> Utf8Of(ReadOnlySpan<char> text)
        {
            int most = checked(3 * text.Length);
            if (utf8.Length < most) utf8 = new byte[most];
            return utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8));
        }

        /// <summary>Gives memory back after an unusually long text.</summary>
        public void Shrink()
        {
            if (Ids.Capacity > 1 << 20) Ids.Capacity = Ids.Count;
            if (utf8.Length > 1 << 24) utf8 = [];
        }

        public void EncodeCached(ReadOnlySpan<byte> piece, ITokenModel model)
        {
            int index = cache.Find(piece);
            if (index < 0)
            {
                if (cache.Count >= MaxCachedPieces)
                {
                    cache.Clear();
                    cachedIds.Clear();
                    cachedEnds.Clear();
                }
                int from = Ids.Count;
                model.Encode(piece, Ids);   // first, since it may throw
                cache.GetOrAdd(piece, out _);
                cachedIds.AddRange(CollectionsMarshal.AsSpan(Ids)[from..]);
                cachedEnds.Add(cachedIds.Count);
                return;
            }
            int start = index == 0 ? 0 : cachedEnds[index - 1];
            ReadOnlySpan<int> ids = CollectionsMarshal.AsSpan(cachedIds)[start..cachedEnds[index]];
            if (ids.Length == 1) Ids.Add(ids[0]);
            else Ids.AddRange(ids);
        }
    }
}
