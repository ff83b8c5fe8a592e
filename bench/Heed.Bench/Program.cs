using Heed.Bench;

return args switch
{
    ["gemm", .. string[] rest] => GemmBench.Run(rest),
    ["attention", .. string[] rest] => AttentionBench.Run(rest),
    ["trainer", .. string[] rest] => TrainerBench.Run(rest),
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

          trainer  tokenizer trainers beside spm_train and Hugging Face tokenizers
                 --file TEXT        a text (may be repeated; default: tiny Shakespeare and 44 MB of shared/data)
                 --vocab 32000      --threads 1      --rounds 3      --json
                 --node FOLDER      where `npm install tokenizers` was run (default: here)
        """);
    return 2;
}
