using System.Text;
using Heed.Tokenization;

namespace Heed.Tests.Tokenization.Trainers;

public sealed class CharacterTrainerTests
{
    [Fact]
    public void TinyShakespeareHas65Characters()
    {
        string text = Encoding.UTF8.GetString(Fixtures.ReadBytes("data/tinyshakespeare/input.txt"));
        var tokenizer = Tokenizer.Train([text], new CharacterTrainer(), TestContext.Current.CancellationToken);
        Assert.Equal(65, tokenizer.VocabularySize);
        // The ids of nanoGPT's prepare.py: the place in "\n !$&',-.3:;?ABC...xyz".
        Assert.Equal([18, 47, 56, 57, 58, 1, 15, 47, 58, 47], tokenizer.Encode("First Citi"));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }
}
