using System.Globalization;
using Heed.Data.Records;
using Heed.Metrics;
using Heed.Tasks;

namespace Heed.Bench.Results;

/// <summary>How well groups of texts agree with their labels: groups of a model's vectors beside groups of plain word counts (TF-IDF), by the same k-means.</summary>
internal static class TopicsBench
{
    private const int Words = 2000; // the most frequent, but for those in more than a third of the texts

    public static int Run(string[] args)
    {
        string? model = null;
        string data = "data/ag_news/test.jsonl.gz";
        int texts = 4000, groups = 4;
        for (int i = 0; i + 1 < args.Length; i += 2)
            switch (args[i])
            {
                case "--model": model = args[i + 1]; break;
                case "--data": data = args[i + 1]; break;
                case "--texts": texts = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                case "--groups": groups = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
                default: throw new ArgumentException($"unknown option {args[i]}");
            }
        (string Text, string Label)[] records = [.. RecordFile.Read(data).Take(texts).Select(r => (r.Text("text"), r.Text("label")))];
        string[] labels = [.. records.Select(r => r.Label)];
        Show("TF-IDF", Frequencies([.. records.Select(r => r.Text)]));
        if (model is not null)
        {
            TextEmbedder embedder = TextEmbedder.Load(Heed.Models.ModelCatalog.Find(model) ?? model);
            Show(model, embedder.EmbedAll([.. records.Select(r => r.Text)]));
        }
        return 0;

        void Show(string name, IReadOnlyList<float[]> vectors)
        {
            IReadOnlyList<int> found = Clustering.Of(vectors, new ClusteringOptions { Clusters = groups }).Assignments;
            string[] assigned = [.. found.Select(g => g.ToString(CultureInfo.InvariantCulture))];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-24} NMI {ClusterAgreement.NormalizedMutualInformation(assigned, labels):F3}   ARI {ClusterAgreement.AdjustedRand(assigned, labels):F3}   ({records.Length} texts, {vectors[0].Length} columns, {groups} groups)"));
        }
    }

    // Salton and Buckley 1988: (1 + ln count) · ln(texts / texts with the word), rows of length 1.
    private static float[][] Frequencies(string[] texts)
    {
        string[][] words = [.. texts.Select(t => RougeTokenizer.Tokenize(t, RougeTokenization.Words))];
        Dictionary<string, int> seen = [];
        foreach (string[] text in words)
            foreach (string word in text.Distinct()) seen[word] = seen.GetValueOrDefault(word) + 1;
        string[] kept = [.. seen.Where(w => 3 * w.Value <= texts.Length).OrderByDescending(w => w.Value).ThenBy(w => w.Key, StringComparer.Ordinal).Take(Words).Select(w => w.Key)];
        Dictionary<string, int> column = kept.Select((w, i) => (w, i)).ToDictionary(p => p.w, p => p.i);
        return [.. words.Select(Row)];

        float[] Row(string[] text)
        {
            float[] row = new float[kept.Length];
            foreach ((string word, int count) in text.CountBy(w => w))
                if (column.TryGetValue(word, out int at)) row[at] = (float)((1 + Math.Log(count)) * Math.Log((double)texts.Length / seen[word]));
            float norm = MathF.Sqrt(row.Sum(v => v * v));
            if (norm > 0)
                for (int i = 0; i < row.Length; i++) row[i] /= norm;
            return row;
        }
    }
}
