using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text;
using Heed.Cli;
using Heed.Cli.Commands;
using Heed.Parquet;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
ParquetRecords.Register();
Terminal terminal = Terminal.Create();

RootCommand root = new("Train, run and look into language models: pure C#, no native code, on the processor that you have.");
root.Add(QuickstartCommand.Create(terminal));
root.Add(TrainCommand.Create(terminal));
root.Add(ReportCommand.Create(terminal));
root.Add(GenerateCommand.Create(terminal));
root.Add(ChatCommand.Create(terminal));
root.Add(ServeCommand.Create(terminal));
root.Add(NextCommand.Create(terminal));
root.Add(FillCommand.Create(terminal));
root.Add(FillMaskCommand.Create(terminal));
root.Add(ClassifyCommand.Create(terminal));
root.Add(TagCommand.Create(terminal));
root.Add(PredictCommand.Create(terminal));
root.Add(AnswerCommand.Create(terminal));
root.Add(EmbedCommand.Create(terminal));
root.Add(SimilarCommand.Create(terminal));
root.Add(RerankCommand.Create(terminal));
root.Add(TranslateCommand.Create(terminal));
root.Add(SummarizeCommand.Create(terminal));
root.Add(RewriteCommand.Create(terminal));
root.Add(SeeCommand.Create(terminal));
root.Add(LensCommand.Create(terminal));
root.Add(ClusterCommand.Create(terminal));
root.Add(TokenizerCommand.Create(terminal));
root.Add(ModelsCommand.Create(terminal));
root.Add(PullCommand.Create(terminal));
root.Add(ExportCommand.Create(terminal));
root.Add(QuantizeCommand.Create(terminal));
root.Add(AdapterCommand.Create(terminal));
root.Add(EvalCommand.Create(terminal));
root.Add(PerplexityCommand.Create(terminal));
root.Add(ForwardCommand.Create(terminal));
root.Add(VerifyCommand.Create(terminal));
root.Add(PlanCommand.Create(terminal));
root.Add(BenchCommand.Create(terminal));
root.Add(CompareCommand.Create(terminal));
root.Add(RecipeCommand.Create(terminal));
foreach (Option option in root.Options)
{
    if (option is HelpOption) option.Action = new HelpScreen(terminal);
    if (option is VersionOption) option.Action = new VersionLine(terminal);
}

try
{
    // A prompt may begin with "@": no response files, no bundles of short options.
    ParseResult result = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
    if (args.Length == 0) return new HelpScreen(terminal).Invoke(result);
    if (result.Action is ParseErrorAction) return UsageErrors.Show(result, terminal);
    if (UsageErrors.UnknownOption(result) is { } unknown) return UsageErrors.Show(result, terminal, $"There is no option '{unknown}'; a text that begins with dashes stands after a lone --.");
    // Exceptions and Ctrl-C are ours: one line for each failure, and a training that ends with its step.
    return result.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception e)
{
    return Failure.Show(e, terminal);
}
