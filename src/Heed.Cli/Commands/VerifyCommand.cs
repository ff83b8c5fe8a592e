using System.CommandLine;
using System.Globalization;
using Heed.Training;

namespace Heed.Cli.Commands;

/// <summary>heed verify: the parity ledger.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        Argument<string[]> folders = new("DIR") { Arity = ArgumentArity.OneOrMore, Description = "Model folders with a reference.json of recorded outputs" };
        Option<int?> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json("One JSON object a line for every comparison");
        HeedCommand command = new("verify", "Compare a model with recorded outputs of the original implementation")
        {
            About = "Runs every case that the folder's reference.json records (logits, hidden states, attentions, losses, greedy generations, gradients, optimizer steps) and prints for each the largest difference beside its tolerance. Exit code 1 if any is out.",
            Examples = [("heed verify fixtures/gpt2 fixtures/llama-gqa", "a line for every output, and a last line that counts")],
        };
        command.Add(folders);
        command.Add(threads);
        command.Add(json);
        command.SetAction(parse =>
        {
            CommonOptions.UseThreads(parse.GetValue(threads));
            int good = 0, bad = 0, left = 0;
            foreach (string folder in parse.GetRequiredValue(folders).Select(CommonOptions.Folder))
                foreach (Verdict verdict in Verifier.Verify(folder))
                {
                    if (verdict.LeftOut is not null) left++;
                    else if (verdict.Ok) good++;
                    else bad++;
                    Write(terminal, Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), verdict, parse.GetValue(json));
                }
            if (!parse.GetValue(json)) terminal.Out.WriteLine($"{good} ok, {bad} out of tolerance, {left} left out");
            return bad == 0 ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static void Write(Terminal terminal, string folder, Verdict v, bool json)
    {
        string word = v.LeftOut is not null ? "left out" : v.Ok ? "ok" : "OUT";
        if (json)
            JsonLine.Write(terminal.Out, w =>
            {
                w.WriteString("model", folder);
                w.WriteString("name", v.Name);
                w.WriteFinite("difference", v.Difference);
                w.WriteNumber("tolerance", v.Tolerance);
                w.WriteNumber("compared", v.Compared);
                w.WriteString("result", word);
                if (v.LeftOut is not null) w.WriteString("reason", v.LeftOut);
            });
        else if (v.LeftOut is not null) terminal.Out.WriteLine($"{folder + " " + v.Name,-70} {v.LeftOut}: {word}");
        else
        {
            string difference = v.Tolerance == 0 ? (v.Ok ? "equal" : "differs") : string.Create(CultureInfo.InvariantCulture, $"{v.Difference:0.0e+00} of {v.Tolerance:0e+00}");
            terminal.Out.WriteLine($"{folder + " " + v.Name,-70} {difference,16}  {word}");
        }
    }
}
