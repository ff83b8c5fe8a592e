using System.CommandLine;

namespace Heed.Cli.Commands;

/// <summary>heed tokenizer: train, encode, decode, show, template.</summary>
internal static class TokenizerCommand
{
    internal const string FileHelp = "A tokenizer.json, a sentencepiece .model, a .tiktoken file, a vocab.json (with merges.txt) or vocab.txt, a .gguf file, or a folder that has one";

    public static Command Create(Terminal terminal)
    {
        HeedCommand command = new("tokenizer", "Train a tokenizer, encode and decode with it, render chat templates")
        {
            Examples =
            [
                ("heed tokenizer train corpus.txt --vocab 4096", "learn byte-pair merges and write tokenizer.json"),
                ("heed tokenizer show tokenizer.json \"Once upon a time\"", "see how a text is cut"),
            ],
        };
        command.Add(TokenizerTrainCommand.Create(terminal));
        command.Add(TokenizerEncodeCommand.Create(terminal));
        command.Add(TokenizerDecodeCommand.Create(terminal));
        command.Add(TokenizerShowCommand.Create(terminal));
        command.Add(TokenizerTemplateCommand.Create(terminal));
        return command;
    }
}
