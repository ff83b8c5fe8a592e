using System.Globalization;
using Heed.Kernels;

namespace Heed.Models;

/// <summary>A tensor that is to be stored, as far as the choice of its type needs it.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape, outermost first.</param>
internal readonly record struct MixTensor(string Name, IReadOnlyList<long> Shape)
{
    /// <summary>Whether it is a matrix that a mix has a say in: norms, biases and tables of positions and types stay as they are.</summary>
    public bool IsQuantised => Shape.Count >= 2 && Name.EndsWith("weight", StringComparison.Ordinal) && !Name.Contains("_norm.weight", StringComparison.Ordinal)
        && Name is not ("position_embd.weight" or "token_types.weight") && !Name.Contains("attn_rel_b.weight", StringComparison.Ordinal);

    /// <summary>The block that it belongs to; -1 = none.</summary>
    public int Block => Name.Split('.') is ["blk", string number, ..] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int block) ? block : -1;
}

/// <summary>
/// Which tensor of a model is stored as which type. The mixes are those that <c>llama-quantize</c> has by the same names, so that files of
/// both are alike: the output projection and, in the mixes that end with M, values and down projections of some blocks have more bits.
/// </summary>
public sealed class GgufMix
{
    private static readonly GgufMix[] all =
    [
        new("F32", BlockType.F32, 0), new("F16", BlockType.F16, 1), new("BF16", BlockType.BF16, 32), new("Q8_0", BlockType.Q8_0, 7),
        new("Q4_0", BlockType.Q4_0, 2), new("Q4_1", BlockType.Q4_1, 3), new("Q5_0", BlockType.Q5_0, 8), new("Q5_1", BlockType.Q5_1, 9), new("IQ4_NL", BlockType.IQ4_NL, 25),
        new("Q4_K_S", BlockType.Q4_K, 14), new("Q4_K_M", BlockType.Q4_K, 15), new("Q5_K_S", BlockType.Q5_K, 16), new("Q5_K_M", BlockType.Q5_K, 17), new("Q6_K", BlockType.Q6_K, 18),
    ];

    private GgufMix(string name, BlockType type, uint fileType) => (Name, Type, FileType) = (name, type, fileType);

    /// <summary>Its name, such as <c>Q4_K_M</c>.</summary>
    public string Name { get; }

    /// <summary>The type of most matrices.</summary>
    public BlockType Type { get; }

    /// <summary>Its number under <c>general.file_type</c>.</summary>
    public uint FileType { get; }

    /// <summary>The names of all mixes.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. all.Select(m => m.Name)];

    /// <summary>The mix of a name, in capitals or not.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static GgufMix Find(string name) => all.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"the type \"{name}\" is not known; known are {string.Join(", ", Names)}");

    /// <summary>The type of every matrix that the mix has a say in.</summary>
    /// <param name="tensors">All tensors of the file.</param>
    /// <param name="blocks">Blocks of the model.</param>
    /// <param name="queriesPerKey">Query heads that share a key/value head.</param>
    /// <param name="important">Whether the importance of columns is known.</param>
    internal Dictionary<string, BlockType> Types(IEnumerable<MixTensor> tensors, int blocks, int queriesPerKey, bool important)
    {
        // In the order in which the original counts: by block, then by name.
        MixTensor[] ordered = [.. tensors.Where(t => t.IsQuantised).OrderBy(t => t.Block).ThenBy(t => t.Name, StringComparer.Ordinal)];
        bool tied = !ordered.Any(t => t.Name == "output.weight");
        int values = ordered.Count(t => t.Name.Contains("attn_v.weight", StringComparison.Ordinal) || t.Name.Contains("attn_qkv.weight", StringComparison.Ordinal));
        int value = 0, down = 0;
        Dictionary<string, BlockType> types = [];
        foreach (MixTensor tensor in ordered)
        {
            string name = tensor.Name;
            BlockType type = Type;
            if (!Type.IsPlain())
            {
                if (name == "output.weight" || (tied && name == "token_embd.weight")) type = Type == BlockType.Q8_0 ? Type : BlockType.Q6_K;
                else if (name.Contains("attn_v.weight", StringComparison.Ordinal)) type = OfValues(value++, values, blocks, queriesPerKey);
                else if (name.Contains("ffn_down", StringComparison.Ordinal)) type = OfDown(down++, blocks, important);
                else if (name.Contains("attn_qkv.weight", StringComparison.Ordinal)) type = Name switch { "Q4_K_M" => BlockType.Q5_K, "Q5_K_M" => BlockType.Q6_K, _ => Type };
            }
            types[name] = Fitting(type, tensor.Shape[^1]);
        }
        return types;
    }

    private BlockType OfValues(int index, int count, int blocks, int queriesPerKey)
    {
        BlockType type = Name switch
        {
            "IQ4_NL" when queriesPerKey >= 4 => BlockType.Q5_K,
            "Q4_K_M" or "Q5_K_M" when HasMore(index, count) => BlockType.Q6_K,
            "Q4_K_S" when index < 4 => BlockType.Q5_K,
            _ => Type,
        };
        // The value projections of the 70B models are small beside the rest.
        return type == BlockType.Q4_K && blocks == 80 && queriesPerKey > 1 ? BlockType.Q5_K : type;
    }

    private BlockType OfDown(int index, int blocks, bool important) => Name switch
    {
        "Q4_K_M" or "Q5_K_M" when HasMore(index, blocks) => BlockType.Q6_K,
        "IQ4_NL" when index < blocks / 8 && !important => BlockType.Q5_K,
        "Q4_K_S" when index < blocks / 8 => BlockType.Q5_K,
        "Q4_0" when index < blocks / 8 && important => BlockType.Q4_1,
        "Q5_0" when index < blocks / 8 && important => BlockType.Q5_1,
        _ => Type,
    };

    // The first and the last eighth, and every third between.
    private static bool HasMore(int index, int count) => index < count / 8 || index >= 7 * count / 8 || (index - count / 8) % 3 == 2;

    // Rows that are no whole number of the type's blocks are stored in shorter ones, or value by value.
    private static BlockType Fitting(BlockType type, long columns)
    {
        if (columns % type.BlockLength() == 0) return type;
        BlockType shorter = type switch { BlockType.Q4_K => BlockType.Q5_0, BlockType.Q5_K => BlockType.Q5_1, BlockType.Q6_K => BlockType.Q8_0, _ => BlockType.F16 };
        return columns % shorter.BlockLength() == 0 ? shorter : BlockType.F16;
    }
}
