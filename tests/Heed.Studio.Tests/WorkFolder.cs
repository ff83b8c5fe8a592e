using Heed.Kernels;
using Heed.Training;

namespace Heed.Studio.Tests;

/// <summary>A working folder of a test's own, with a recipe whose steps take less than a millisecond.</summary>
internal sealed class WorkFolder : IDisposable
{
    public const string Tiny = """
        // A very small one.
        {
          "data": { "source": "stories", "stories": 60, "validation_fraction": 0.1, "tokenizer": "characters" },
          "algorithm": { "family": "gpt2", "depth": 1, "width": 16, "heads": 2, "context": 16, "steps": 100000, "batch": 2, "schedule": { "warmup_steps": 5 } },
          "compute": { "evaluate_every": 100, "evaluate_batches": 1, "checkpoint_every": 1000, "sample_every": 50, "sample_prompt": "The", "sample_tokens": 12, "log_every": 5, "threads": 1 }
        }
        """;

    private readonly int threads = WorkerTeam.Threads;

    public WorkFolder()
    {
        WorkerTeam.Threads = 1; // the browser needs the other processor
        Directory.CreateDirectory(Path.Combine(Root, "recipes"));
        File.WriteAllText(Path.Combine(Root, "recipes", "tiny.json"), Tiny);
    }

    public string Root { get; } = Directory.CreateTempSubdirectory("heed-studio-").FullName;

    public StudioOptions Options => new() { Folder = Root };

    /// <summary>A finished run.</summary>
    public string Run(string name, params string[] changes)
    {
        string folder = Path.Combine(Root, "runs", name);
        Recipe recipe = Recipe.Load(Path.Combine(Root, "recipes", "tiny.json"), changes);
        Trainer.Run(recipe with { Compute = recipe.Compute with { Output = folder, Threads = null } });
        return folder;
    }

    public void Dispose()
    {
        WorkerTeam.Threads = threads;
        Directory.Delete(Root, recursive: true);
    }
}
