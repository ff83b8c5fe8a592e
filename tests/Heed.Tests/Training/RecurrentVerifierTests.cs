using Heed.Tests.Formats;
using Heed.Training;

namespace Heed.Tests.Training;

[Trait("isa", "all")]
public sealed class RecurrentVerifierTests
{
    [Theory]
    [InlineData("rnn-tanh", 17)]
    [InlineData("rnn-relu-time-first", 25)]
    [InlineData("rnn-packed-bidirectional", 25)]
    [InlineData("gru", 25)]
    [InlineData("gru-packed-bidirectional", 41)]
    [InlineData("gru-no-bias-time-first", 13)]
    [InlineData("lstm-packed", 36)]
    [InlineData("lstm-packed-bidirectional-time-first", 44)]
    [InlineData("lstm-wide-no-bias", 16)]
    [InlineData("lstm-unbatched", 28)]
    public void ReferencesOfPyTorchMatch(string name, int comparisons) => AllMatch(FixtureFolder.Path($"recurrent/{name}"), comparisons);

    [Fact]
    public void TheSharedLstmMatches() => AllMatch(FixtureFolder.Shared("fixtures/lstm"), 28);

    private static void AllMatch(string folder, int comparisons)
    {
        Verdict[] verdicts = [.. Verifier.Verify(folder)];
        Assert.Equal(comparisons, verdicts.Length);
        foreach (Verdict v in verdicts)
        {
            Assert.True(v.Ok, $"{v.Name}: {v.Difference} > {v.Tolerance}");
            Assert.True(v.LeftOut is null && v.Compared > 0, v.Name);
        }
    }

    [Theory]
    [InlineData("\"hidden_size\":8", "\"hidden_size\":9", "hidden_size = 9")]
    [InlineData("\"num_layers\":2", "\"num_layers\":1", "num_layers = 1")]
    [InlineData("\"shape\":[2,7,6]", "\"shape\":[2,6,7]", "(batch, time, 6)")]
    public void WhatDoesNotFitIsNamed(string text, string other, string message)
    {
        using TemporaryFolder folder = new();
        Copy(folder, json => json.Replace(text, other));
        InvalidDataException e = Assert.ThrowsAny<InvalidDataException>(() => Verifier.Verify(folder.Path).ToArray());
        Assert.Contains(message, e.Message);
    }

    [Fact]
    public void OtherValuesAreOutOfTolerance()
    {
        using TemporaryFolder folder = new();
        Copy(folder, json => json.Replace("\"loss\":{\"dtype\":\"F32\",\"shape\":[],\"data\":[", "\"loss\":{\"dtype\":\"F32\",\"shape\":[],\"data\":[1"));
        Assert.Equal(2, Verifier.Verify(folder.Path).Count(v => !v.Ok));
    }

    private static void Copy(TemporaryFolder folder, Func<string, string> change)
    {
        string source = FixtureFolder.Path("recurrent/gru"), json = File.ReadAllText(Path.Combine(source, "reference.json")).Replace(", ", ",").Replace(": ", ":");
        string changed = change(json);
        Assert.NotEqual(json, changed);
        File.WriteAllText(Path.Combine(folder.Path, "reference.json"), changed);
        File.Copy(Path.Combine(source, "weights.safetensors"), Path.Combine(folder.Path, "weights.safetensors"));
    }
}
