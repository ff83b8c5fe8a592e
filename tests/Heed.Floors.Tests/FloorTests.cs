namespace Heed.Floors.Tests;

/// <summary>The house's order: who may see whom. The planted breaches show that each rule can fail.</summary>
public sealed class FloorTests
{
    [Fact]
    public void EveryFolderLooksDownOnlyAndNothingIsNative()
    {
        Assert.True(Repository.Library.Count > 50, $"only {Repository.Library.Count} files were found");
        Assert.Empty(SourceRules.Breaches(Repository.Library));
    }

    [Fact]
    public void EveryFloorHasItsFolder() =>
        Assert.Equal(SourceRules.Floors.Keys.Order(), Repository.Library.Keys.Select(name => name.Split('/')[0]).Distinct().Order());

    [Theory]
    [InlineData("Kernels/A.cs", "using Heed.Tensors; namespace Heed.Kernels; internal static class A;", "looks up at Tensors")]
    [InlineData("Tensors/A.cs", "namespace Heed.Tensors; internal static class A { static object O() => new Models.Thing(); }", "looks up at Models")]
    [InlineData("Data/A.cs", "namespace Heed.Data; internal static class A { static object? O(Heed.Generation.Thing? t) => t; }", "looks sideways at Generation")]
    [InlineData("Data/A.cs", "using T = Heed.Training.Thing; namespace Heed.Data; internal static class A { static object? O(T[]? t) => t; }", "looks up at Training")]
    [InlineData("Kernels/A.cs", "namespace Heed.Tokenization; internal static class A;", "namespace Heed.Tokenization in the folder Kernels")]
    [InlineData("Elsewhere/A.cs", "namespace Heed.Elsewhere; internal static class A;", "no floor is known")]
    [InlineData("A.cs", "namespace Heed; internal static class A;", "no floor is known")]
    [InlineData("Kernels/A.cs", "using System.Runtime.InteropServices; namespace Heed.Kernels; internal static class A { [DllImport(\"m\")] static extern void F(); }", "DllImport: native interop")]
    [InlineData("Kernels/A.cs", "using System.Runtime.InteropServices; namespace Heed.Kernels; internal static class A { static nint F() => NativeLibrary.Load(\"m\"); }", "NativeLibrary: native interop")]
    [InlineData("Kernels/A.cs", "namespace Heed.Kernels; internal static unsafe class A { static delegate* unmanaged[Cdecl]<int, void> f; static void G() => f(1); }", "unmanaged function pointer")]
    [InlineData("Kernels/A.cs", "using System.Runtime.InteropServices; namespace Heed.Kernels; internal static class A { static Action F(nint p) => Marshal.GetDelegateForFunctionPointer<Action>(p); }", "GetDelegateForFunctionPointer: native interop")]
    [InlineData("Kernels/A.cs", "namespace Heed.Kernels; internal static class A { static object O() => Nowhere.F(); }", "Nowhere")]
    public void APlantedBreachIsFound(string file, string text, string expected)
    {
        IReadOnlyList<string> breaches = SourceRules.Breaches(Small(file, text));
        Assert.True(breaches.Any(b => b.Contains(expected)), string.Join("\n", breaches));
    }

    [Fact]
    public void LookingDownIsAllowed() => Assert.Empty(SourceRules.Breaches(Small("Training/A.cs",
        "using Heed.Data; namespace Heed.Training; internal static unsafe class A { static delegate*<int, void> f; static object[] O() { f(1); return [new Thing(), new Tensors.Thing(), new Heed.Generation.Thing()]; } }")));

    // A library with one class on every floor, and the file in question.
    private static Dictionary<string, string> Small(string file, string text)
    {
        Dictionary<string, string> files = SourceRules.Floors.Keys.Where(f => f != "Training" || !file.StartsWith("Training", StringComparison.Ordinal))
            .ToDictionary(f => $"{f}/Thing.cs", f => $"namespace Heed.{f}; public sealed class Thing;");
        files[file] = text;
        return files;
    }
}
