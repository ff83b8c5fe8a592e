using Heed.Bench;

return args switch
{
    ["gemm", .. string[] rest] => GemmBench.Run(rest),
    ["attention", .. string[] rest] => AttentionBench.Run(rest),
    ["tokenizer", .. string[] rest] => TokenizerBench.Run(rest),
    ["probe", .. string[] rest] => Probe.Run(rest),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        Usage: dotnet run -c Release --project bench/Heed.Bench -- <benchmark> [options]

          gemm   float32 matrix products against the machine's peak, oneDNN and OpenBLAS
                 --threads 1,2      numbers of threads (default: 1 and all processors)
                 --shape 256x768x768  only this m x n x k (may be repeated)
                 --form nn,nt,tn    only these forms (n: as stored, t: transposed; A first)
                 --rounds 9         interleaved rounds, of which the median counts
                 --json             one JSON object a line

          attention [rounds] [threads] [filter] [forward|backward]
                 streaming attention against the machine's peak
        """);
    return 2;
}
