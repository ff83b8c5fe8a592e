using System.Text;

namespace Heed.Tokenization;

/// <summary>
/// Reads a sentencepiece <c>.model</c> (Kudo and Richardson 2018): a protobuf message ModelProto with the pieces, and the rules by
/// which text is normalised (sentencepiece_model.proto). The ids are exactly those that sentencepiece gives.
/// </summary>
internal static class SentencePieceFile
{
    private const int Unigram = 1, Bpe = 2;

    private sealed class Model
    {
        public readonly List<(string Text, double Score)> Pieces = [];
        public readonly List<PieceKind> Kinds = [];
        public int Kind = Unigram;
        public bool ByteFallback, SuffixSpace;
        public string UnknownSurface = " ⁇ ";
        public byte[] Charsmap = [];
        public bool DummyPrefix = true, RemoveExtraSpaces = true, EscapeSpaces = true;
    }

    /// <exception cref="FormatException">The file is damaged, or has what is not supported.</exception>
    public static Tokenizer Parse(ReadOnlySpan<byte> file)
    {
        Model model = Read(file);
        int[] unknown = [.. Ids(model, PieceKind.Unknown)];
        if (unknown.Length != 1) throw new FormatException($"The model has {unknown.Length} pieces of the kind 'unknown'; one is expected.");
        int[] userDefined = [.. Ids(model, PieceKind.UserDefined)];

        ITokenModel tokens = model.Kind switch
        {
            Unigram => new UnigramModel(model.Pieces, unknown[0], model.ByteFallback, model.Kinds),
            Bpe when !model.Kinds.Contains(PieceKind.Unused) => MakeBpe(model.Pieces, model.Kinds, unknown[0], model.ByteFallback, userDefined),
            Bpe => throw new FormatException("The model does byte-pair encoding with unused pieces, which is not supported."),
            _ => throw new FormatException($"The model is of the type {model.Kind}; 1 (unigram) and 2 (byte-pair encoding) are supported."),
        };
        var pipeline = new TokenizerPipeline
        {
            Normalizer = new SentencePieceNormalizer(model.Charsmap, [.. userDefined.Select(id => model.Pieces[id].Text)])
            {
                DummyPrefix = model.DummyPrefix,
                RemoveExtraSpaces = model.RemoveExtraSpaces,
                EscapeSpaces = model.EscapeSpaces,
                SuffixSpace = model.SuffixSpace,
            },
            Decoder = new SentencePieceDecoder([.. Ids(model, PieceKind.Control).Select(id => model.Pieces[id].Text)], model.Pieces[unknown[0]].Text, model.UnknownSurface)
            {
                DropsFirstSpace = model.DummyPrefix || model.RemoveExtraSpaces,
                DropsFirstSpaces = model.RemoveExtraSpaces,
            },
        };
        // Control pieces are never found in text, and user-defined ones the model itself finds.
        return new Tokenizer(tokens, pipeline,
        [
            .. Ids(model, PieceKind.Control).Select(id => new AddedToken(model.Pieces[id].Text) { IsInText = false }),
            .. userDefined.Select(id => new AddedToken(model.Pieces[id].Text) { Special = false, IsInText = false }),
        ]);
    }

    private static IEnumerable<int> Ids(Model model, PieceKind kind) => Enumerable.Range(0, model.Kinds.Count).Where(id => model.Kinds[id] == kind);

    private static Model Read(ReadOnlySpan<byte> file)
    {
        var model = new Model();
        var reader = new ProtobufReader(file, "The sentencepiece model");
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    ReadPiece(model, reader.Bytes());
                    break;
                case 2:
                    ReadTrainerSpec(model, reader.Bytes());
                    break;
                case 3:
                    ReadNormalizerSpec(model, reader.Bytes());
                    break;
                case 5:
                    ReadDenormalizerSpec(reader.Bytes());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        if (model.Pieces.Count == 0) throw new FormatException("The sentencepiece model has no pieces.");
        return model;
    }

    private static void ReadPiece(Model model, ReadOnlySpan<byte> message)
    {
        int id = model.Pieces.Count;
        var reader = new ProtobufReader(message, $"Piece {id}");
        (string text, float score, int kind) = ("", 0f, (int)PieceKind.Normal);
        while (reader.Next())
        {
            if (reader.Field == 1) text = reader.Text();
            else if (reader.Field == 2) score = reader.Float();
            else if (reader.Field == 3) kind = reader.Int();
            else reader.Skip();
        }
        if (text.Length == 0) throw new FormatException($"Piece {id} is empty.");
        if (kind is < (int)PieceKind.Normal or > (int)PieceKind.Byte) throw new FormatException($"Piece {id}, '{text}', is of the kind {kind}; 1 to 6 are known.");
        model.Pieces.Add((text, score));
        model.Kinds.Add((PieceKind)kind);
    }

    private static void ReadTrainerSpec(Model model, ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message, "trainer_spec");
        while (reader.Next())
        {
            if (reader.Field == 3) model.Kind = reader.Int();
            else if (reader.Field == 24) model.SuffixSpace = reader.Bool();
            else if (reader.Field == 35) model.ByteFallback = reader.Bool();
            else if (reader.Field == 44) model.UnknownSurface = reader.Text();
            else reader.Skip();
        }
    }

    private static void ReadNormalizerSpec(Model model, ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message, "normalizer_spec");
        while (reader.Next())
        {
            if (reader.Field == 2) model.Charsmap = reader.Bytes().ToArray();
            else if (reader.Field == 3) model.DummyPrefix = reader.Bool();
            else if (reader.Field == 4) model.RemoveExtraSpaces = reader.Bool();
            else if (reader.Field == 5) model.EscapeSpaces = reader.Bool();
            else reader.Skip();
        }
    }

    private static void ReadDenormalizerSpec(ReadOnlySpan<byte> message)
    {
        var reader = new ProtobufReader(message, "denormalizer_spec");
        while (reader.Next())
        {
            if (reader.Field == 2 && !reader.Bytes().IsEmpty) throw new FormatException("The model has rules for decoding (denormalizer_spec), which are not supported.");
            if (reader.Field != 2) reader.Skip();
        }
    }

    /// <summary>sentencepiece merges two neighbours when both together are a piece, the piece with the highest score first; so a piece's score is its merge's rank.</summary>
    internal static BpeModel MakeBpe(IReadOnlyList<(string Text, double Score)> pieces, IReadOnlyList<PieceKind> kinds, int unknown, bool byteFallback, int[] wholeSymbols)
    {
        int[] found = [.. Enumerable.Range(0, kinds.Count).Where(id => kinds[id] is PieceKind.Normal or PieceKind.UserDefined)];
        var ranks = new int[pieces.Count];
        Array.Fill(ranks, -1);
        int rank = -1;
        double last = double.NaN;
        foreach (int id in found.OrderByDescending(id => pieces[id].Score))
        {
            if (pieces[id].Score != last) rank++;
            last = pieces[id].Score;
            ranks[id] = rank;
        }
        var merges = MergeFinder.AllMerges([.. pieces.Select(p => Encoding.UTF8.GetBytes(p.Text))], ranks)
            .Where(m => kinds[m.Left] == PieceKind.Normal && kinds[m.Right] == PieceKind.Normal).ToArray();
        return new BpeModel(new TokenTable(pieces.Select(p => p.Text)), [.. merges.Select(m => (m.Left, m.Right))], [.. merges.Select(m => ranks[m.Merged])],
            byteLevel: false, ignoreMerges: false, pieces[unknown].Text, fuseUnknown: true, "", "", byteFallback, wholeSymbols);
    }
}
