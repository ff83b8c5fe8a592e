using System.Globalization;
using Heed.Data.Records;
using Heed.Generation;

namespace Heed.Bench.Results;

/// <summary>How many of a model's poems keep the verse form that it was asked for.</summary>
internal static class VersesBench
{
    public static int Run(string[] args)
    {
        string model = "poems-zh", data = "data/tang_poems_zh/test.jsonl";
        int samples = 300;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--model": model = args[i + 1]; break;
                case "--data": data = args[i + 1]; break;
                case "--samples": samples = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        LanguageModel writer = LanguageModel.Load(Heed.Models.ModelCatalog.Find(model) ?? model);
        RecordText opening = new("{form}\n{title}\n");
        string[] prompts = [.. RecordFile.Read(data).Take(samples).Select(opening.Of)];
        int kept = 0;
        Dictionary<string, (int Kept, int All)> forms = [];
        Dictionary<string, int> faults = [];
        for (int i = 0; i < prompts.Length; i++)
        {
            string poem = prompts[i] + writer.Complete(prompts[i], new SamplingOptions { Temperature = 0.8f, TopP = 0.95f, Seed = (ulong)i, MaxTokens = writer.Transformer.Config.Context - writer.Encode(prompts[i]).Length });
            bool good = VerseForm.Keeps(poem, out string why);
            if (good) kept++;
            else faults[why] = faults.GetValueOrDefault(why) + 1;
            string form = prompts[i].Split('\n')[0];
            (int before, int all) = forms.GetValueOrDefault(form);
            forms[form] = (before + (good ? 1 : 0), all + 1);
            if (i < 4) Console.WriteLine(poem + "\n");
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kept} of {prompts.Length} poems keep their form: {100.0 * kept / prompts.Length:F1}%"));
        foreach ((string form, (int good, int all)) in forms) Console.WriteLine($"  {form}: {good} of {all}");
        foreach ((string why, int count) in faults.OrderByDescending(f => f.Value).Take(5)) Console.WriteLine($"  {count} x {why}");
        return 0;
    }
}
