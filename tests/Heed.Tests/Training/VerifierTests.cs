using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

[Trait("isa", "all")]
public sealed class VerifierTests
{
    [Theory]
    [InlineData("gpt2", 21)]
    [InlineData("gpt2-hubnames", 1)]
    [InlineData("gpt2-train", 2)]
    [InlineData("llama-gqa", 11)]
    [InlineData("llama-bf16-sharded", 1)]
    [InlineData("llama-gqa-v5config", 1)]
    [InlineData("qwen2", 11)]
    [InlineData("gemma", 11)]
    [InlineData("gemma2", 14)]
    [InlineData("glm", 11)]
    [InlineData("glm4", 11)]
    [InlineData("gpt-neox", 11)]
    [InlineData("gpt2-inverse-layer", 13)]
    [InlineData("llama-rope-dynamic", 12)]
    [InlineData("llama-rope-yarn", 12)]
    [InlineData("mistral", 12)]
    [InlineData("mixtral", 11)]
    [InlineData("mixtral-train", 40)]
    [InlineData("mixtral-router-loss", 40)]
    [InlineData("phi-qk-layernorm", 11)]
    [InlineData("qwen2-sliding", 12)]
    [InlineData("qwen3", 11)]
    [InlineData("t5-v1.0", 29)]
    [InlineData("t5-v1.1", 26)]
    [InlineData("bart", 27)]
    [InlineData("bart-generation", 52)]
    [InlineData("marian", 27)]
    [InlineData("marian-train", 70)]
    [InlineData("transformer-original", 140)]
    [InlineData("gpt2-generation", 29)]
    [InlineData("bert-mlm", 9)]
    [InlineData("bert-mlm-hubnames", 1)]
    [InlineData("bert-mlm-train", 40)]
    [InlineData("bert-base", 9)]
    [InlineData("bert-classify", 10)]
    [InlineData("bert-classify-multi", 10)]
    [InlineData("bert-classify-regression", 10)]
    [InlineData("bert-tokens", 9)]
    [InlineData("bert-answer", 11)]
    [InlineData("roberta-mlm", 9)]
    [InlineData("roberta-classify", 9)]
    [InlineData("roberta-answer", 11)]
    [InlineData("distilbert-mlm", 8)]
    [InlineData("distilbert-classify", 8)]
    [InlineData("electra-mlm", 8)]
    [InlineData("electra-train", 30)]
    [InlineData("electra-classify", 8)]
    [InlineData("electra-discriminator", 8)]
    [InlineData("ernie-mlm", 8)]
    [InlineData("ernie-classify", 8)]
    public void ReferencesOfTheOriginalsMatch(string name, int atLeast)
    {
        Verdict[] verdicts = [.. Verifier.Verify(FixtureFolder.Path(name))];
        Assert.True(verdicts.Count(v => v.LeftOut is null) >= atLeast, $"{verdicts.Length} comparisons");
        Assert.DoesNotContain(verdicts, v => v.LeftOut is not null);
        foreach (Verdict v in verdicts)
        {
            Assert.True(v.Ok, $"{v.Name}: {v.Difference} > {v.Tolerance}");
            Assert.True(v.Compared > 0, v.Name);
        }
    }
}
