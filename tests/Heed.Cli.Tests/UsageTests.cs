namespace Heed.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("'trian'", "trian")]
    [InlineData("required", "tokenizer")]
    [InlineData("required", "train")]
    [InlineData("'--fast'", "train", "a.json", "--fast")]
    [InlineData("'--fast'", "translate", "m", "a", "--fast")]
    [InlineData("'--fast=2'", "generate", "m", "--fast=2")]
    [InlineData("exclude", "train", "a.json", "--resume", "--restart")]
    [InlineData("whole number", "train", "a.json", "--threads", "many")]
    [InlineData("1 to 1024", "train", "a.json", "--threads", "0")]
    [InlineData("stop text", "generate", "m", "a", "--stop", "")]
    [InlineData("temperature", "generate", "m", "a", "--temperature", "-1")]
    [InlineData("a number", "generate", "m", "a", "--temperature", "warm")]
    [InlineData("temperature", "generate", "m", "a", "--temperature", "NaN")]
    [InlineData("exclude", "generate", "m", "a", "--temperature", "0.5", "--greedy")]
    [InlineData("top-p", "generate", "m", "a", "--top-p", "1.5")]
    [InlineData("max tokens", "generate", "m", "a", "--max-tokens", "-3")]
    [InlineData("whole number", "generate", "m", "a", "--seed", "-3")]
    [InlineData("required", "next", "m")]
    [InlineData("--top", "next", "m", "a", "--top", "0")]
    [InlineData("--vocab", "tokenizer", "train", "a.txt")]
    [InlineData("characters", "tokenizer", "train", "a.txt", "--kind", "characters", "--vocab", "300")]
    [InlineData("wordlevel", "tokenizer", "train", "a.txt", "--kind", "wordlevel", "--vocab", "300")]
    [InlineData("--pipeline bert", "tokenizer", "train", "a.txt", "--kind", "bpe", "--vocab", "300", "--pipeline", "bert")]
    [InlineData("--min-frequency", "tokenizer", "train", "a.txt", "--kind", "unigram", "--vocab", "300", "--min-frequency", "3")]
    [InlineData("exclude", "tokenizer", "train", "a.txt", "--vocab", "300", "--pipeline", "gpt2", "--pattern", "a+")]
    [InlineData("--steps", "quickstart", "--steps", "0")]
    public void Wrong_usage_is_one_line_with_a_hint(string words, params string[] args) => Cli.Run(args).Misused(words);
}
