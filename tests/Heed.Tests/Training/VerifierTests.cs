using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

[Trait("isa", "all")]
public sealed class VerifierTests
{
    [Theory]
    [InlineData("gpt2", 11)]
    [InlineData("gpt2-hubnames", 1)]
    [InlineData("gpt2-train", 2)]
    [InlineData("llama-gqa", 11)]
    [InlineData("llama-bf16-sharded", 1)]
    [InlineData("llama-gqa-v5config", 1)]
    [InlineData("qwen2", 11)]
    public void ReferencesOfTheOriginalsMatch(string name, int atLeast)
    {
        Verdict[] verdicts = [.. Verifier.Verify(FixtureFolder.Path(name))];
        Assert.True(verdicts.Count(v => v.LeftOut is null) >= atLeast, $"{verdicts.Length} comparisons");
        foreach (Verdict v in verdicts)
        {
            Assert.True(v.Ok, $"{v.Name}: {v.Difference} > {v.Tolerance}");
            Assert.True(v.LeftOut is not null || v.Compared > 0, v.Name);
        }
    }
}
