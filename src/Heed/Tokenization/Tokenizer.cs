using System.Buffers;
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
    private const int MaxCachedPieces = 1 << 16;

    private readonly ITokenModel model;
    private readonly List<AddedToken> added = [];
    private readonly Dictionary<string, AddedToken> addedByContent = new(StringComparer.Ordinal);
    private readonly Dictionary<int, AddedToken> addedById = [];
    private readonly AddedTokenMatcher rawMatcher, normalizedMatcher;
    private readonly byte[]?[] bytesOfId;            // filled as needed, when the decoder works token by token
    private readonly ConcurrentBag<Workspace> workspaces = [];

    /// <summary>Puts a tokenizer together.</summary>
    /// <param name="model">Vocabulary and algorithm.</param>
    /// <param name="pipeline">The stages around it.</param>
    /// <param name="addedTokens">
    /// Special and other added tokens. One that the model's vocabulary has keeps that id; the others get the ids after the
    /// last one in the order given, whatever <see cref="AddedToken.Id"/> says (as Hugging Face tokenizers does).
    /// </param>
    /// <exception cref="ArgumentException">An added token is empty or repeated, or the post-processor adds a token which the vocabulary lacks.</exception>
    public Tokenizer(ITokenModel model, TokenizerPipeline pipeline, IEnumerable<AddedToken>? addedTokens = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(pipeline);
        this.model = model;
        Pipeline = pipeline;
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
        foreach ((string token, int id) in pipeline.PostProcessor?.Tokens ?? [])
            if (TokenToId(token) != id)
                throw new ArgumentException($"The post-processor adds '{token}' with the id {id}; in the vocabulary its id is {TokenToId(token)?.ToString(CultureInfo.InvariantCulture) ?? "missing"}.", nameof(pipeline));
        rawMatcher = new AddedTokenMatcher(added.Where(t => !t.Normalized), null);
        normalizedMatcher = new AddedTokenMatcher(added.Where(t => t.Normalized), pipeline.Normalizer);
        bytesOfId = new byte[VocabularySize][];
    }

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

    /// <summary>Encodes text.</summary>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int[] Encode(string text, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Encode(text.AsSpan(), special);
    }

    /// <inheritdoc cref="Encode(string, SpecialTokens)"/>
    public int[] Encode(ReadOnlySpan<char> text, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        byte[] utf8 = ArrayPool<byte>.Shared.Rent(checked(3 * text.Length));
        try
        {
            return Encode(utf8.AsSpan(0, Encoding.UTF8.GetBytes(text, utf8)), special);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(utf8);
        }
    }

    /// <summary>
    /// Encodes UTF-8 text. A byte-level vocabulary takes any bytes: without a normalizer,
    /// <see cref="DecodeBytes"/> gives them back exactly.
    /// </summary>
    /// <exception cref="ArgumentException">A character is not in the vocabulary and there is no token for unknown text.</exception>
    public int[] Encode(ReadOnlySpan<byte> utf8, SpecialTokens special = SpecialTokens.ParseAndAdd)
    {
        if (!workspaces.TryTake(out Workspace? workspace)) workspace = new Workspace();
        List<int> ids = workspace.Ids;
        try
        {
            ids.Clear();
            EncodeText(utf8, (special & SpecialTokens.Parse) != 0, workspace);
            if ((special & SpecialTokens.Add) == 0 || Pipeline.PostProcessor is null) return [.. ids];
            var framed = new List<int>(ids.Count + 8);
            Pipeline.PostProcessor.Process(CollectionsMarshal.AsSpan(ids), framed);
            return [.. framed];
        }
        finally
        {
            if (ids.Capacity > 1 << 20) ids.Capacity = ids.Count;
            workspaces.Add(workspace);
        }
    }

    private void EncodeText(ReadOnlySpan<byte> text, bool special, Workspace workspace)
    {
        if (rawMatcher.IsEmpty)
        {
            EncodeSegment(text, special, workspace);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            AddedToken? token = rawMatcher.Next(text, from, special, out int start, out int end);
            EncodeSegment(text[from..start], special, workspace);
            if (token is not null) workspace.Ids.Add(token.Id);
            from = end;
        }
    }

    private void EncodeSegment(ReadOnlySpan<byte> text, bool special, Workspace workspace)
    {
        if (text.IsEmpty) return;
        if (Pipeline.Normalizer is not null) text = Encoding.UTF8.GetBytes(Pipeline.Normalizer.Normalize(Encoding.UTF8.GetString(text)));
        if (normalizedMatcher.IsEmpty)
        {
            EncodePieces(text, workspace);
            return;
        }
        for (int from = 0; from < text.Length;)
        {
            AddedToken? token = normalizedMatcher.Next(text, from, special, out int start, out int end);
            EncodePieces(text[from..start], workspace);
            if (token is not null) workspace.Ids.Add(token.Id);
            from = end;
        }
    }

    private void EncodePieces(ReadOnlySpan<byte> text, Workspace workspace)
    {
        if (text.IsEmpty) return;
        if (Pipeline.PreTokenizer?.Scanner is { } scanner && model is BpeModel { IsByteLevel: true } bpe)
        {
            (workspace.Words ??= scanner.NewEncoder(bpe)).Encode(text, workspace.Ids);
            return;
        }
        PieceBuffer pieces = workspace.Pieces;
        pieces.Clear();
        if (Pipeline.PreTokenizer is null) pieces.Add(text);
        else Pipeline.PreTokenizer.Split(text, pieces);

        for (int i = 0; i < pieces.Count; i++)
        {
            ReadOnlySpan<byte> piece = pieces[i];
            if (piece.Length > MaxCachedPiece) model.Encode(piece, workspace.Ids);
            else workspace.EncodeCached(piece, model);
        }
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
        var pieces = new List<byte[]>(ids.Length);
        bool perToken = Pipeline.Decoder.IsPerToken;
        foreach (int id in ids)
        {
            if (perToken) pieces.Add(BytesOf(id, skipSpecialTokens));
            else if (IdToToken(id) is var token && !(skipSpecialTokens && IsSpecial(id))) pieces.Add(Encoding.UTF8.GetBytes(token));
        }
        if (!perToken) Pipeline.Decoder.Decode(pieces);

        long length = 0;
        foreach (byte[] piece in pieces) length += piece.Length;
        var bytes = new byte[checked((int)length)];
        int at = 0;
        foreach (byte[] piece in pieces)
        {
            piece.CopyTo(bytes, at);
            at += piece.Length;
        }
        return bytes;
    }

    /// <summary>Begins to decode a stream of ids, without ever giving out half a character.</summary>
    public StreamingDecoder DecodeStream(bool skipSpecialTokens = false) => new(this, skipSpecialTokens);

    /// <summary>The bytes of one token; for decoders which work token by token.</summary>
    internal byte[] BytesOf(int id, bool skipSpecialTokens)
    {
        CheckId(id);
        if (skipSpecialTokens && IsSpecial(id)) return [];
        if (bytesOfId[id] is { } known) return known;
        List<byte[]> one = [Encoding.UTF8.GetBytes(IdToToken(id))];
        Pipeline.Decoder.Decode(one);
        return bytesOfId[id] = one.Count == 1 ? one[0] : [.. one.SelectMany(p => p)];
    }

    private void CheckId(int id)
    {
        if ((uint)id >= (uint)VocabularySize)
            throw new ArgumentException($"Token id {id} given; the vocabulary has the ids 0 .. {VocabularySize - 1}.", nameof(id));
    }

    /// <summary>What one thread needs to encode: buffers, and the ids of the pieces it has met.</summary>
    private sealed class Workspace
    {
        public readonly PieceBuffer Pieces = new();
        public readonly List<int> Ids = [];
        public WordEncoder? Words;      // when one loop does both: cut and encode
        private readonly ByteMap cache = new();
        private readonly List<int> cachedIds = [];
        private readonly List<int> cachedEnds = [];

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
