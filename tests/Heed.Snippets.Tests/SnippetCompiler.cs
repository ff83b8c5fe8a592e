using System.Reflection;
using System.Runtime.Loader;
using Heed.Extensions.AI;
using Heed.Tensors;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Heed.Snippets.Tests;

/// <summary>Compiles a snippet as the whole program of a console project with implicit usings, nullable references and references to Heed and Heed.Extensions.AI.</summary>
internal static class SnippetCompiler
{
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var name && name != "Heed.dll" && (name.StartsWith("System.", StringComparison.Ordinal) || name.StartsWith("Microsoft.Extensions.", StringComparison.Ordinal) || name is "System.dll" or "mscorlib.dll" or "netstandard.dll"))
            .Select(path => MetadataReference.CreateFromFile(path)),
        MetadataReference.CreateFromFile(typeof(Tensor).Assembly.Location),
        MetadataReference.CreateFromFile(typeof(HeedChatClient).Assembly.Location),
    ]);

    /// <summary>The program, or the errors with their lines in the Markdown file.</summary>
    public static (byte[] Program, string[] Errors) Compile(Snippet snippet)
    {
        CSharpParseOptions options = new(LanguageVersion.Latest);
        CSharpCompilation compilation = CSharpCompilation.Create("Snippet",
            [CSharpSyntaxTree.ParseText(snippet.Code, options, "Program.cs"), CSharpSyntaxTree.ParseText(ImplicitUsings, options, "Usings.cs")],
            References.Value,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable, optimizationLevel: OptimizationLevel.Release));
        using MemoryStream stream = new();
        EmitResult result = compilation.Emit(stream);
        // Warnings too: what a reader pastes should be clean. CS8019: a using that is not needed; CS1998: async without await.
        string[] errors = [.. result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning)
            .Select(d => $"{snippet.File}({d.Location.GetLineSpan().StartLinePosition.Line + snippet.Line}): {d.Severity} {d.Id}: {d.GetMessage()}")];
        return (stream.ToArray(), errors);
    }

    /// <summary>Runs a compiled program in a folder and returns what it wrote to the console.</summary>
    public static async Task<string> Run(byte[] program, string folder)
    {
        AssemblyLoadContext context = new("snippet", isCollectible: true);
        string before = Directory.GetCurrentDirectory();
        TextWriter console = Console.Out;
        StringWriter output = new();
        try
        {
            Directory.SetCurrentDirectory(folder);
            Console.SetOut(output);
            MethodInfo main = context.LoadFromStream(new MemoryStream(program)).EntryPoint!;
            try
            {
                if (main.Invoke(null, main.GetParameters().Length == 0 ? null : [Array.Empty<string>()]) is Task task) await task;
            }
            catch (TargetInvocationException e)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            }
        }
        finally
        {
            Console.SetOut(console);
            Directory.SetCurrentDirectory(before);
            context.Unload();
        }
        return output.ToString();
    }
}
