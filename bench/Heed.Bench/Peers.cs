using System.Reflection;
using System.Runtime.InteropServices;

namespace Heed.Bench;

/// <summary>
/// The native libraries that Heed is compared with. They are no part of Heed: a library that the machine does not have is reported as
/// not found and left out.
/// </summary>
internal static unsafe class Peers
{
    public static bool HasOneDnn { get; private set; }
    public static bool HasOpenBlas { get; private set; }

    /// <summary>Finds the libraries. Call once, before anything else here.</summary>
    public static void Load()
    {
        // The libraries read their settings from the C environment when they are loaded.
        if (OperatingSystem.IsLinux())
        {
            SetEnv("OPENBLAS_THREAD_TIMEOUT", "4", 0); // do not spin for long while the others are measured
            if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported) SetEnv("OPENBLAS_CORETYPE", "SkylakeX", 0);
        }
        Dictionary<string, nint> found = [];
        foreach ((string name, string[] candidates) in new (string, string[])[]
        {
            ("dnnl", ["libdnnl.so.3", "libdnnl.so.2", "libdnnl.so", "dnnl"]),
            ("openblas", ["libopenblas.so.0", "libopenblas.so", "openblas", "libopenblas"]),
            ("gomp", ["libgomp.so.1"]),
        })
            foreach (string candidate in candidates)
                if (NativeLibrary.TryLoad(candidate, out nint handle))
                {
                    found[name] = handle;
                    break;
                }
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => found.GetValueOrDefault(name));
        HasOneDnn = found.ContainsKey("dnnl");
        HasOpenBlas = found.ContainsKey("openblas");
        hasGomp = found.ContainsKey("gomp");
    }

    private static bool hasGomp;

    public static void SetThreads(int threads)
    {
        if (hasGomp) OmpSetThreads(threads);
        if (HasOpenBlas) OpenBlasSetThreads(threads);
    }

    public static void OneDnn(int m, int n, int k, float* a, int lda, bool ta, float* b, int ldb, bool tb, float* c, int ldc, bool accumulate)
    {
        int status = DnnlSgemm(ta ? (byte)'T' : (byte)'N', tb ? (byte)'T' : (byte)'N', m, n, k, 1, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);
        if (status != 0) throw new InvalidOperationException($"dnnl_sgemm returned {status}.");
    }

    public static void OpenBlas(int m, int n, int k, float* a, int lda, bool ta, float* b, int ldb, bool tb, float* c, int ldc, bool accumulate) =>
        CblasSgemm(101, ta ? 112 : 111, tb ? 112 : 111, m, n, k, 1, a, lda, b, ldb, accumulate ? 1 : 0, c, ldc);

    [DllImport("libc", EntryPoint = "setenv")] private static extern int SetEnv(string name, string value, int overwrite);
    [DllImport("gomp", EntryPoint = "omp_set_num_threads")] private static extern void OmpSetThreads(int threads);
    [DllImport("openblas", EntryPoint = "openblas_set_num_threads")] private static extern void OpenBlasSetThreads(int threads);
    [DllImport("openblas", EntryPoint = "cblas_sgemm")]
    private static extern void CblasSgemm(int order, int ta, int tb, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
    [DllImport("dnnl", EntryPoint = "dnnl_sgemm")]
    private static extern int DnnlSgemm(byte ta, byte tb, long m, long n, long k, float alpha, float* a, long lda, float* b, long ldb, float beta, float* c, long ldc);
}
