namespace Heed.Models;

/// <summary>XLM-RoBERTa (Conneau et al. 2020): RoBERTa over the words of a hundred languages.</summary>
internal static class XlmRoberta
{
    public static ModelFamily Family { get; } = new("xlm-roberta", EncoderKeys.Classes("XLMRoberta"), "roberta.", c => Roberta.Read(c, Family!, 30522), EncoderKeys.Write, Roberta.Names, Roberta.Ignored);
}
