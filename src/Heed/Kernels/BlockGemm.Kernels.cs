using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Heed.Kernels;

/// <summary>The sets of instructions that <see cref="BlockGemm"/> has tiles for. All run everywhere, in software where the processor lacks them.</summary>
internal enum BlockInstructions
{
    /// <summary>512-bit byte and word products.</summary>
    Avx512,

    /// <summary>256-bit dot products of bytes and words.</summary>
    AvxVnni,

    /// <summary>256-bit byte and word products.</summary>
    Avx2,

    /// <summary>128-bit dot products of bytes.</summary>
    NeonDot,

    /// <summary>128-bit byte and word products: SSSE3, NEON, or software.</summary>
    Narrow,
}

/// <summary>How the integers of weights are laid out for a tile.</summary>
internal enum BlockLayout : byte
{
    /// <summary>Bytes, 8 steps a run.</summary>
    Bytes,

    /// <summary>Bytes with a whole scale for each 16 values, 8 steps a run.</summary>
    ScaledBytes,

    /// <summary>16-bit words, 16 steps a run.</summary>
    Words,
}

/// <summary>A tile and the layout of the weights that it reads.</summary>
internal unsafe struct BlockKernel
{
    public delegate*<int, byte*, byte*, float*, void> Tile;
    public BlockLayout Layout;
    public int RegisterBytes;

    /// <summary>What is added to the signed values of the type when they are unpacked; the tile takes it back.</summary>
    public int Shift;

    /// <summary>A float minimum for each run.</summary>
    public bool Minimum;

    public readonly int Steps => Layout == BlockLayout.Words ? 16 : 8;

    /// <summary>Weight rows of a panel: outputs of a tile.</summary>
    public readonly int Width => RegisterBytes / 2;

    /// <summary>Bytes of a run of a panel.</summary>
    public readonly int RunBytes => (2 * Steps + FloatsAt + 2 + (Minimum || Layout == BlockLayout.ScaledBytes ? 2 : 0)) * RegisterBytes;

    /// <summary>Registers of whole scales between a run's weights and its float scales.</summary>
    public readonly int FloatsAt => Layout == BlockLayout.ScaledBytes ? 4 : 0;

    public static BlockInstructions Best =>
        Vector512.IsHardwareAccelerated && Avx512BW.IsSupported ? BlockInstructions.Avx512
        : AvxVnni.IsSupported ? BlockInstructions.AvxVnni
        : Avx2.IsSupported ? BlockInstructions.Avx2
        : Dp.IsSupported ? BlockInstructions.NeonDot
        : BlockInstructions.Narrow;

    /// <summary>
    /// The tile for a quantised type. Instructions for 256 products with AVX2, of which four start in a cycle: 20 for weights of 4 bits, 25 for 5 and 6 bits, 34 for 8
    /// bits; float32 would take 32, of which two start.
    /// </summary>
    public static BlockKernel For(BlockType type, BlockInstructions instructions) => instructions switch
    {
        BlockInstructions.Avx512 => Products<Integers512, Register512, Vector512<int>, Vector512<float>>(type),
        BlockInstructions.Avx2 => Products<Integers256, Register256, Vector256<int>, Vector256<float>>(type),
        BlockInstructions.AvxVnni => type == BlockType.Q6_K
            ? Words<Integers256, VnniWordSum, Register256, Vector256<int>, Vector256<float>>()
            : Dots<Integers256, VnniByteSum, Register256, Vector256<int>, Vector256<float>>(type, signed: false),
        BlockInstructions.NeonDot => type == BlockType.Q6_K
            ? Products<Integers128, Register128, Vector128<int>, Vector128<float>>(type)
            : Dots<Integers128, NeonByteSum, Register128, Vector128<int>, Vector128<float>>(type, signed: true),
        _ => Products<Integers128, Register128, Vector128<int>, Vector128<float>>(type),
    };

    private static BlockKernel Products<I, G, R, F>(BlockType type)
        where I : IIntegers<R, F> where G : IRegister<F> where R : struct where F : struct => type switch
        {
            BlockType.Q4_0 => Bytes<I, NibbleSum<I, R, F>, ShiftBy8, G, R, F>(8),
            BlockType.Q4_1 or BlockType.Q4_K => Bytes<I, NibbleSum<I, R, F>, MinimumShift, G, R, F>(0),
            BlockType.Q5_0 => Scaled<I, NoShift, G, R, F>(16),
            BlockType.Q6_K => Scaled<I, NoShift, G, R, F>(32),
            BlockType.Q5_1 or BlockType.Q5_K => Scaled<I, MinimumShift, G, R, F>(0),
            _ => Words<I, WordSum<I, R, F>, G, R, F>(),
        };

    private static BlockKernel Dots<I, S, G, R, F>(BlockType type, bool signed)
        where I : IIntegers<R, F> where S : IRunSum<R> where G : IRegister<F> where R : struct where F : struct => type switch
        {
            BlockType.Q4_1 or BlockType.Q4_K or BlockType.Q5_1 or BlockType.Q5_K => Bytes<I, S, MinimumShift, G, R, F>(0),
            _ when signed => Bytes<I, S, NoShift, G, R, F>(0),
            BlockType.Q4_0 => Bytes<I, S, ShiftBy8, G, R, F>(8),
            BlockType.Q5_0 => Bytes<I, S, ShiftBy16, G, R, F>(16),
            _ => Bytes<I, S, ShiftBy128, G, R, F>(128),
        };

    private static BlockKernel Bytes<I, S, C, G, R, F>(int shift)
        where I : IIntegers<R, F> where S : IRunSum<R> where C : IRunShift where G : IRegister<F> where R : struct where F : struct => new()
        {
            Tile = &BlockGemm.Tile<I, S, C, G, R, F>,
            Layout = BlockLayout.Bytes,
            RegisterBytes = I.Bytes,
            Shift = shift,
            Minimum = C.Minimum,
        };

    private static BlockKernel Scaled<I, C, G, R, F>(int shift)
        where I : IIntegers<R, F> where C : IRunShift where G : IRegister<F> where R : struct where F : struct => new()
        {
            Tile = &BlockGemm.WideTile<I, C, G, R, F>,
            Layout = BlockLayout.ScaledBytes,
            RegisterBytes = I.Bytes,
            Shift = shift,
            Minimum = C.Minimum,
        };

    private static BlockKernel Words<I, S, G, R, F>()
        where I : IIntegers<R, F> where S : IRunSum<R> where G : IRegister<F> where R : struct where F : struct => new()
        {
            Tile = &BlockGemm.Tile<I, S, NoShift, G, R, F>,
            Layout = BlockLayout.Words,
            RegisterBytes = I.Bytes,
        };
}
