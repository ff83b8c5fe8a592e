using System.Diagnostics;
using System.Text;
using Heed.Tokenization;
namespace Heed.Bench;
internal static class Probe
{
    public static int Run(string[] args)
    {
        string shared = "/work/shared";
        string folder = Directory.CreateTempSubdirectory("heed-bench").FullName;
        string[] lines = BenchText.Lines(shared + "/data");
        byte[][] utf8 = [.. lines.Select(Encoding.UTF8.GetBytes)];
        byte[] whole = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        foreach (string family in args)
        {
            var heed = TokenizerContenders.Heed(family, shared + "/fixtures/tokenizers/vocab", folder);
            var scanner = heed.Pipeline.PreTokenizer!.GetType().Name == "Pre" ? SplitPattern.Parse(family == "o200k" ? SplitScanner.O200k : SplitScanner.Cl100k).Scanner! : SplitPattern.Parse(SplitScanner.Gpt2).Scanner!;
            var enc = scanner.NewEncoder((BpeModel)heed.Model);
            var list = new List<int>();
            var buf = new byte[1 << 16];
            void Time(string name, Action a)
            {
                double best = 1e9;
                for (int r = 0; r < 12; r++) { long s = Stopwatch.GetTimestamp(); a(); best = Math.Min(best, Stopwatch.GetElapsedTime(s).TotalMilliseconds); }
                Console.WriteLine($"{family} {name,-30} {best:F1} ms");
            }
            long pieces = 0;
            Time("scan lines (virtual)", () => { pieces = 0; foreach (var l in utf8) for (int s = 0; s < l.Length; pieces++) s = scanner.NextEnd(l, s); });
            Console.WriteLine(pieces);
            Time("encoder on utf8 lines", () => { foreach (var l in utf8) { list.Clear(); enc.Encode(l, list); } });
            Time("encoder on whole", () => { list.Clear(); enc.Encode(whole, list); });
            Time("fresh encoder on whole", () => { list.Clear(); scanner.NewEncoder((BpeModel)heed.Model).Encode(whole, list); });
            byte[] zh = File.ReadAllBytes("/work/shared/data/luxun_zh/" + Path.GetFileName(Directory.GetFiles("/work/shared/data/luxun_zh").OrderByDescending(f => new FileInfo(f).Length).First()));
            Time("fresh encoder on Chinese " + zh.Length, () => { list.Clear(); scanner.NewEncoder((BpeModel)heed.Model).Encode(zh, list); });
            Time("encoder on Chinese " + zh.Length, () => { list.Clear(); enc.Encode(zh, list); });
            Time("transcode lines", () => { foreach (var l in lines) Encoding.UTF8.GetBytes(l, buf); });
            Time("Tokenizer utf8 lines", () => { foreach (var l in utf8) heed.Encode(l, SpecialTokens.None); });
            Time("Tokenizer lines", () => { foreach (var l in lines) heed.Encode(l, SpecialTokens.None); });
        }
        return 0;
    }
}
