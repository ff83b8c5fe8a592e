using Heed.Bench;
using Heed.Bench.Load;
using Heed.Bench.Results;

return args switch
{
    ["gemm", .. string[] rest] => GemmBench.Run(rest),
    ["blocks", .. string[] rest] => BlockBench.Run(rest),
    ["block-gemm", .. string[] rest] => BlockGemmBench.Run(rest),
    ["open", .. string[] rest] => OpenBench.Run(rest),
    ["attention", .. string[] rest] => AttentionBench.Run(rest),
    ["house-prices", .. string[] rest] => HousePricesBench.Run(rest),
    ["recurrent", .. string[] rest] => RecurrentBench.Run(rest),
    ["encoder", .. string[] rest] => EncoderBench.Run(rest),
    ["translation", .. string[] rest] => TranslationBench.Run(rest),
    ["engine", .. string[] rest] => EngineBench.Run(rest),
    ["load", .. string[] rest] => LoadBench.Run(rest),
    ["trainer", .. string[] rest] => TrainerBench.Run(rest),
    ["sampling", .. string[] rest] => SamplingBench.Run(rest),
    ["speculative", .. string[] rest] => SpeculativeBench.Run(rest),
    ["tokenizer", .. string[] rest] => TokenizerBench.Run(rest),
    ["constraint", .. string[] rest] => ConstraintBench.Run(rest),
    ["verses", .. string[] rest] => VersesBench.Run(rest),
    ["topics", .. string[] rest] => TopicsBench.Run(rest),
    ["lead", .. string[] rest] => LeadBench.Run(rest),
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

          blocks  one and eight rows times weights in blocks, against the memory's speed
                 --threads 1,2      --rounds 7
                 --types Q8_0,Q4_K  only these types
                 --shape 896x4864   only this rows x columns (may be repeated)
                 --cached           one copy of the weights, which a cache may hold
                 --repack           with weights repacked

          block-gemm  many rows times weights in blocks, beside a peer
                 --threads 1,2      --rounds 5
                 --rows 512         rows of the activations
                 --type Q8_0,Q4_K   only these types
                 --shape 768x3072   only this n x k (may be repeated)
                 --instructions Avx2    other than the best of this machine
                 --peer COMMAND     reads "setup TYPE n k m threads" (answers a line), "run REPEAT" (answers ms)

          open PATH  from a model folder or .gguf file to the first answer: time and memory

          attention [rounds] [threads] [filter] [forward|backward]
                 streaming attention against the machine's peak

          house-prices  a recipe of the family tabular beside gradient boosting (ML.NET) and least squares, on the same rows
                 --recipe recipes/house-prices.json  --model RUN (trained before; else it is trained)  --set KEY=VALUE

          recurrent  a layer of RNN, LSTM or GRU against the machine's peak, and beside PyTorch
                 --kind lstm        only this kind: rnntanh, rnnrelu, lstm, gru
                 --shape 32x256     only this batch x width (may be repeated)
                 --steps 64         --threads 2      --rounds 9
                 --python python3   a command that starts a Python with torch

          encoder  an encoder of BERT-base's shape beside ONNX Runtime
                 --threads 2        --rounds 9
                 --python python3   a Python with torch, which makes the graph once
                 --folder FOLDER    where model and graph are kept (500 MB + 440 MB)

          translation  the original Transformer's base shape: 64 sentences of 32 tokens, beams 1 and 4
                 --threads 2        --rounds 3
                 --peer COMMAND     started with beams, batch and sentences behind it; prints "... N tokens/s"

          engine  several requests at once through one engine, beside one alone
                 --shape stories-15m,gpt2   also qwen-0.5b (random weights), or models: folders and .gguf files
                 --requests 8       --prompt 16      --tokens 128
                 --cache-type f32   also f16, bf16, q8_0
                 --threads 2        --rounds 3       --pack (the model's weights)
                 --long             instead: one text of --tokens 32768, in bounded memory; --window 2048 --sinks 4

          load   a server under many streaming clients that go away at random: wrong answers, tokens a second, fairness, memory
                 --seconds 120      --clients 64     --parallel 16
                 --model poems-zh   or a folder or .gguf file   --prompts 32   --tokens 48

          sampling  what the choice of a token costs, for each chain of filters
                 --vocab 150000     --rounds 200     --threads 2

          verses  how many of a model's Chinese poems keep the verse form that they were asked for
                 --model poems-zh   --data FILE        --samples 300

          topics  groups of texts beside their labels: of a model's vectors and of word counts (TF-IDF)
                 --model FOLDER     --data FILE        --texts 4000      --groups 4

          lead   ROUGE of the first words of a text as its title
                 --data FILE        --text COLUMN      --target COLUMN   --words 10

          speculative  decoding with guesses beside plain decoding
                 --model FOLDER     or one .gguf file
                 --text FILE        continue this (default: random tokens that repeat)
                 --lookup 3         or --draft FOLDER
                 --tokens 128       --guesses 7    --threads 2    --rounds 3

          trainer  tokenizer trainers beside spm_train and Hugging Face tokenizers
                 --file TEXT        a text (may be repeated; default: tiny Shakespeare and 44 MB of shared/data)
                 --kind bpe         only this kind: bpe, unigram, wordpiece
                 --vocab 32000      --threads 1      --rounds 3      --json
                 --huggingface FOLDER   the npm package "tokenizers" (needs node; default: node_modules/tokenizers)

          constraint  which tokens may come next under schemas, regular expressions and grammars
                 --tokenizer FILE   a tokenizer.json with many tokens
                 --case TEXT        only cases whose name holds this

          tokenizer   encoding 7 MB of English lines beside Microsoft.ML.Tokenizers and others
                 --vocab gpt2,cl100k,o200k   also llama2, t5, bert_uncased
                 --threads 1,2      numbers of threads for batches; all else has one
                 --rounds 7         interleaved rounds after a cold one; the median counts
                 --python python3   a Python with sentencepiece (for llama2, t5)
                 --huggingface FOLDER   the npm package "tokenizers" (needs node)
                 --shared FOLDER    where data/ and fixtures/ are
                 --alone            without peers
                 --hard             instead: worst-case texts of 0.5 to 5 MB
                 --json             one JSON object a line
        """);
    return 2;
}
