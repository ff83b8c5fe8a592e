using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Heed.Floors.Tests;

/// <summary>
/// The rules that the sources of <c>src/Heed</c> keep: folders look down only, and nothing calls native code. The compiler itself says what
/// each name means, so a relative name (<c>Kernels.MatMul</c>), an alias or an inferred type is seen as well as a <c>using</c>.
/// </summary>
internal static class SourceRules
{
    /// <summary>The floor of every folder. A folder sees itself and lower floors; folders of one floor never see each other.</summary>
    public static IReadOnlyDictionary<string, int> Floors { get; } = new Dictionary<string, int>
    {
        ["Kernels"] = 0,
        ["Metrics"] = 0,
        ["Tokenization"] = 0,
        ["Tensors"] = 1,
        ["Autograd"] = 2,
        ["Formats"] = 2,
        ["Layers"] = 3,
        ["Models"] = 4,
        ["Data"] = 5,
        ["Generation"] = 5,
        ["Tasks"] = 6,
        ["Training"] = 6,
    };

    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "*.dll").Where(IsManaged).Select(path => MetadataReference.CreateFromFile(path))]);

    private static readonly string[] NativeNames =
    [
        "DllImport", "DllImportAttribute", "LibraryImport", "LibraryImportAttribute", "NativeLibrary", "GetDelegateForFunctionPointer", "UnmanagedCallersOnly",
        "UnmanagedCallersOnlyAttribute", "UnmanagedFunctionPointer", "UnmanagedFunctionPointerAttribute",
    ];

    /// <summary>Every breach of a rule, as <c>file(line): what</c>.</summary>
    /// <param name="files">Path below <c>src/Heed</c> and text of each file.</param>
    public static IReadOnlyList<string> Breaches(IReadOnlyDictionary<string, string> files)
    {
        CSharpParseOptions options = new(LanguageVersion.Latest);
        SyntaxTree[] trees = [.. files.Select(f => CSharpSyntaxTree.ParseText(f.Value, options, f.Key))];
        CSharpCompilation compilation = CSharpCompilation.Create("Heed", [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, options)], References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        SortedSet<string> breaches = new(StringComparer.Ordinal);
        foreach (SyntaxTree tree in trees) Check(tree, compilation.GetSemanticModel(tree), breaches);
        return [.. breaches];
    }

    private static void Check(SyntaxTree tree, SemanticModel model, SortedSet<string> breaches)
    {
        string file = tree.FilePath, folder = file.Split('/')[0];
        if (!file.Contains('/') || !Floors.TryGetValue(folder, out int floor))
        {
            breaches.Add($"{file}: no floor is known for this place; known folders are {string.Join(", ", Floors.Keys)}");
            return;
        }
        foreach (BaseNamespaceDeclarationSyntax space in tree.GetRoot().DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>())
            if (space.Name.ToString() is var name && name != $"Heed.{folder}" && !name.StartsWith($"Heed.{folder}.", StringComparison.Ordinal))
                Add(space, $"namespace {name} in the folder {folder}");
        foreach (SyntaxNode node in tree.GetRoot().DescendantNodes())
        {
            if (node is FunctionPointerCallingConventionSyntax { ManagedOrUnmanagedKeyword.RawKind: (int)SyntaxKind.UnmanagedKeyword }) Add(node, "an unmanaged function pointer: native interop");
            if (node is not SimpleNameSyntax simple) continue;
            if (NativeNames.Contains(simple.Identifier.ValueText)) Add(node, $"{simple.Identifier.ValueText}: native interop");
            SymbolInfo info = model.GetSymbolInfo(simple);
            Look(node, info.Symbol);
            foreach (ISymbol candidate in info.CandidateSymbols) Look(node, candidate);
            ITypeSymbol? type = model.GetTypeInfo(simple).Type;
            // Where the compiler does not know a name, nobody can say what it looks at: that is a breach too.
            if (type is IErrorTypeSymbol && simple.Identifier.ValueText is not ("nameof" or "unmanaged" or "notnull")) Add(node, $"{simple.Identifier.ValueText} is not known");
            Look(node, type);
        }

        void Look(SyntaxNode node, ISymbol? symbol)
        {
            if (FolderOf(symbol) is not { } seen || seen == folder) return;
            if (!Floors.TryGetValue(seen, out int other)) Add(node, $"{seen}: no floor is known for Heed.{seen}");
            else if (other == floor) Add(node, $"{folder} (floor {floor}) looks sideways at {seen}: {symbol!.ToDisplayString()}");
            else if (other > floor) Add(node, $"{folder} (floor {floor}) looks up at {seen} (floor {other}): {symbol!.ToDisplayString()}");
        }

        void Add(SyntaxNode node, string what) => breaches.Add($"{file}({node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}): {what}");
    }

    // The first name after Heed of the namespace that a symbol stands in (or is), or null outside of the library.
    private static string? FolderOf(ISymbol? symbol)
    {
        if (symbol is IArrayTypeSymbol array) return FolderOf(array.ElementType);
        if (symbol is IPointerTypeSymbol pointer) return FolderOf(pointer.PointedAtType);
        if (symbol is IAliasSymbol alias) return FolderOf(alias.Target);
        for (INamespaceSymbol? space = symbol as INamespaceSymbol ?? symbol?.ContainingNamespace; space is { IsGlobalNamespace: false }; space = space.ContainingNamespace)
            if (space.ContainingNamespace is { Name: "Heed", ContainingNamespace.IsGlobalNamespace: true }) return space.Name;
        return null;
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
