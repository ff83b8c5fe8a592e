using System.Runtime.Intrinsics.Arm;

namespace Heed.Kernels;

/// <summary>
/// Matrix multiplication in float32 (GEMM). Large products follow the blocked scheme of Goto and van de Geijn,
/// "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS 34(3), 2008), with the register tiles of BLIS:
/// B is packed once per block into panels of two registers' width that all threads share, A into panels of a tile's height.
/// Products with few rows stream B once, unpacked.
/// </summary>
/// <remarks>
/// Every element is summed in an order that depends on the shape alone, so the result is bitwise the same for any number of threads.
/// It may differ between instruction sets, and between shapes.
/// </remarks>
public static unsafe partial class MatMul
{
    /// <summary>Below this number of multiply-adds the fork-join of the team costs more than it brings.</summary>
    private const long InlineWork = 100_000;

    /// <summary>
    /// C (m,n) = [C +] op(A) (m,k) * op(B) (k,n) [+ bias (n)], then optionally an activation.
    /// Runs on the <see cref="WorkerTeam"/>, except for small products; allocates nothing once its packing buffers have grown.
    /// </summary>
    /// <param name="m">Rows of C; 0 or more.</param>
    /// <param name="n">Columns of C; 0 or more.</param>
    /// <param name="k">Length of the sums; 0 or more (an empty sum is 0).</param>
    /// <param name="a">A: stored (m,k), or (k,m) if <paramref name="transposeA"/>.</param>
    /// <param name="lda">Floats from one stored row of A to the next.</param>
    /// <param name="transposeA">A is stored (k,m).</param>
    /// <param name="b">B: stored (k,n), or (n,k) if <paramref name="transposeB"/> (the weight of a linear layer).</param>
    /// <param name="ldb">Floats from one stored row of B to the next.</param>
    /// <param name="transposeB">B is stored (n,k).</param>
    /// <param name="c">C (m,n). It must not overlap the inputs. Only the m x n elements are touched.</param>
    /// <param name="ldc">Floats from one row of C to the next.</param>
    /// <param name="accumulate">Add to what C holds instead of overwriting it.</param>
    /// <param name="bias">Empty, or n values added to every row.</param>
    /// <param name="activation">Applied last, to the finished sums.</param>
    /// <param name="preActivation">If not empty: receives the sums before the activation, with row stride <paramref name="ldc"/>.</param>
    /// <exception cref="ArgumentException">A size is negative, a row stride is shorter than its row, or a span is too short.</exception>
    public static void Multiply(int m, int n, int k,
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc,
        bool accumulate = false,
        ReadOnlySpan<float> bias = default,
        ActivationKind activation = ActivationKind.None,
        Span<float> preActivation = default)
    {
        if (Vec512.IsSupported) Multiply<Vec512>(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, bias, activation, preActivation);
        else if (Vec256.IsSupported) Multiply<Vec256>(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, bias, activation, preActivation);
        else if (Vec128.IsSupported) Multiply<Vec128>(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, bias, activation, preActivation);
        else Multiply<VecPortable>(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate, bias, activation, preActivation);
    }

    /// <summary>The product with registers of the type <typeparamref name="V"/>; one that the machine lacks works too, slowly, so that tests reach every path.</summary>
    internal static void Multiply<V>(int m, int n, int k,
        ReadOnlySpan<float> a, int lda, bool transposeA,
        ReadOnlySpan<float> b, int ldb, bool transposeB,
        Span<float> c, int ldc,
        bool accumulate, ReadOnlySpan<float> bias, ActivationKind activation, Span<float> preActivation) where V : struct, IVec<V>
    {
        if ((m | n | k) < 0) throw new ArgumentException($"MatMul: sizes must be 0 or more, given m = {m}, n = {n}, k = {k}.");
        Check("A", a.Length, transposeA ? k : m, transposeA ? m : k, lda);
        Check("B", b.Length, transposeB ? n : k, transposeB ? k : n, ldb);
        Check("C", c.Length, m, n, ldc);
        if (!bias.IsEmpty && bias.Length < n) throw new ArgumentException($"MatMul: bias must hold n = {n} floats, given {bias.Length}.");
        if (!preActivation.IsEmpty) Check("preActivation", preActivation.Length, m, n, ldc);
        if (m == 0 || n == 0) return;

        fixed (float* pa = a, pb = b, pc = c, pBias = bias, pPre = preActivation)
        {
            Problem p = new()
            {
                M = m,
                N = n,
                K = k,
                A = pa,
                Lda = lda,
                TransposeA = transposeA,
                B = pb,
                Ldb = ldb,
                TransposeB = transposeB,
                C = pc,
                Ldc = ldc,
                Accumulate = accumulate,
                Bias = pBias,
                Activation = activation,
                PreActivation = pPre,
                Inline = (long)m * n * k < InlineWork,
            };
            if (m <= (transposeB ? FewRowsTransposed : FewRowsPlain)) FewRows<V>(p);
            else Blocked<V>(p);
        }
    }

    /// <summary>
    /// C (m,n) = A (m,k) * B (k,n) [+ bias (n)], then optionally an activation, with B packed beforehand: saves packing it at every call, which
    /// few rows of A cannot pay for.
    /// </summary>
    /// <param name="m">Rows of A and C.</param>
    /// <param name="a">A, row-major with row stride <paramref name="lda"/>.</param>
    /// <param name="lda">Row stride of A.</param>
    /// <param name="b">B.</param>
    /// <param name="c">C, row-major with row stride <paramref name="ldc"/>; overwritten.</param>
    /// <param name="ldc">Row stride of C.</param>
    /// <param name="bias">Added to every row, or empty.</param>
    /// <param name="activation">Applied last, to the finished sums.</param>
    /// <exception cref="ArgumentException">A span is too short or a stride too small.</exception>
    public static void Multiply(int m, ReadOnlySpan<float> a, int lda, PackedMatrix b, Span<float> c, int ldc, ReadOnlySpan<float> bias = default, ActivationKind activation = ActivationKind.None)
    {
        if (b.Lanes == Vec512.Count && Vec512.IsSupported) Multiply<Vec512>(m, a, lda, b, c, ldc, bias, activation);
        else if (b.Lanes == Vec256.Count && Vec256.IsSupported) Multiply<Vec256>(m, a, lda, b, c, ldc, bias, activation);
        else if (b.Lanes == Vec128.Count && Vec128.IsSupported) Multiply<Vec128>(m, a, lda, b, c, ldc, bias, activation);
        else Multiply<VecPortable>(m, a, lda, b, c, ldc, bias, activation);
    }

    /// <summary>The product with a matrix that was packed for registers of the type <typeparamref name="V"/>.</summary>
    internal static void Multiply<V>(int m, ReadOnlySpan<float> a, int lda, PackedMatrix b, Span<float> c, int ldc, ReadOnlySpan<float> bias, ActivationKind activation) where V : struct, IVec<V>
    {
        if (m < 0) throw new ArgumentException($"MatMul: sizes must be 0 or more, given m = {m}.");
        if (b.Lanes != V.Count) throw new ArgumentException($"MatMul: B was packed for registers of {b.Lanes} floats, these have {V.Count}.");
        Check("A", a.Length, m, b.Rows, lda);
        Check("C", c.Length, m, b.Columns, ldc);
        if (!bias.IsEmpty && bias.Length < b.Columns) throw new ArgumentException($"MatMul: bias must hold n = {b.Columns} floats, given {bias.Length}.");
        if (m == 0 || b.Columns == 0) return;
        fixed (float* pa = a, pc = c, pBias = bias)
        {
            Problem p = new()
            {
                M = m,
                N = b.Columns,
                K = b.Rows,
                A = pa,
                Lda = lda,
                Packed = b.Panels,
                C = pc,
                Ldc = ldc,
                Bias = pBias,
                Activation = activation,
                Inline = (long)m * b.Columns * b.Rows < InlineWork,
            };
            Blocked<V>(p);
        }
        GC.KeepAlive(b);
    }

    /// <summary>Packs B, stored (n, k), for registers of the type <typeparamref name="V"/>: block of k by block, panel by panel.</summary>
    internal static void PackAll<V>(int n, int k, ReadOnlySpan<float> b, int ldb, float* target) where V : struct, IVec<V>
    {
        Check("B", b.Length, n, k, ldb);
        int nr = 2 * V.Count, kc = BlockDepth<V>(k);
        fixed (float* pb = b)
            for (int k0 = 0; k0 < k; k0 += kc)
            {
                BlockJob<V> job = new() { P = new Problem { N = n, K = k, B = pb, Ldb = ldb, TransposeB = true }, PackedB = target + (nint)k0 * Align(n, nr), K0 = k0, Nb = n, Kb = Math.Min(kc, k - k0) };
                PackJob<V> pack = new(job, packB: true);
                WorkerTeam.Run(pack, pack.Parts);
            }
    }

    /// <summary>Everything that the parts of one product need to know.</summary>
    private struct Problem
    {
        public int M, N, K;
        public float* A; // (M,K) or (K,M)
        public nint Lda;
        public bool TransposeA;
        public float* B; // (K,N) or (N,K)
        public nint Ldb;
        public bool TransposeB;
        public BlockType StoredB; // F32, or what B points to is F16 or BF16, stored (N,K)
        public float* Packed; // all of B as PackAll leaves it, or null
        public float* C; // (M,N)
        public nint Ldc;
        public bool Accumulate;
        public float* Bias; // (N) or null
        public ActivationKind Activation;
        public float* PreActivation; // (M,N) with stride Ldc, or null
        public bool Inline;

        /// <summary>The finished sums need another pass: a bias on top of accumulation, a copy before the activation, or the activation.</summary>
        public readonly bool HasEpilogue => (Accumulate && Bias != null) || PreActivation != null || Activation != ActivationKind.None;

        /// <summary>Finishes rows x columns of C at (row, column), while they are hot in the cache.</summary>
        public readonly void Finish(int row, int rows, int column, int columns)
        {
            for (int i = row; i < row + rows; i++)
            {
                float* c = C + i * Ldc + column;
                if (Accumulate && Bias != null)
                    for (int j = 0; j < columns; j++) c[j] += Bias[column + j];
                Span<float> sums = new(c, columns);
                if (PreActivation != null) sums.CopyTo(new Span<float>(PreActivation + i * Ldc + column, columns));
                if (Activation != ActivationKind.None) Activations.Forward(Activation, sums, sums);
            }
        }
    }

    private static void Check(string name, int length, int rows, int columns, int stride)
    {
        if (rows == 0 || columns == 0) return;
        if (stride < columns)
            throw new ArgumentException($"MatMul: the row stride of {name} is {stride}, it must be at least its row length {columns}.");
        long needed = (long)(rows - 1) * stride + columns;
        if (length < needed)
            throw new ArgumentException($"MatMul: {name} is stored ({rows}, {columns}) with row stride {stride} and needs {needed} floats, given {length}.");
    }

    private static void Run<TJob>(in TJob job, int parts, bool inline) where TJob : unmanaged, IPartJob
    {
        if (inline)
            for (int i = 0; i < parts; i++) job.Run(i);
        else
            WorkerTeam.Run(job, parts);
    }

    /// <summary>Rows of a register tile: 12 x 2 registers of sums where there are 32 registers, 6 x 2 where there are 16.</summary>
    internal static int TileRows<V>() where V : struct, IVec<V> => typeof(V) == typeof(Vec512) || AdvSimd.IsSupported ? 12 : 6;
}
