using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Heed.Layers;
using Heed.Models;
using Heed.Tensors;

namespace Heed.Floors.Tests;

/// <summary>What the built library is: no native code, the base class library alone, one device seam, closed classes.</summary>
public sealed class AssemblyTests
{
    private static readonly Assembly Library = typeof(Tensor).Assembly;

    [Fact]
    public void TheLibraryReferencesTheBaseClassLibraryAlone()
    {
        string runtime = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        AssemblyName[] references = Library.GetReferencedAssemblies();
        Assert.NotEmpty(references);
        foreach (AssemblyName reference in references)
        {
            Assert.StartsWith("System.", reference.Name);
            Assert.True(File.Exists(Path.Combine(runtime, reference.Name + ".dll")), $"{reference.Name} is no part of the runtime");
        }
    }

    [Fact]
    public void TheLibrarysProjectReferencesNothing()
    {
        foreach (string file in (string[])["src/Heed/Heed.csproj", "Directory.Build.props"])
        {
            XDocument project = XDocument.Load(Path.Combine(Repository.Root, file));
            foreach (string kind in (string[])["PackageReference", "Reference", "ProjectReference", "FrameworkReference", "NativeReference", "Import"])
                Assert.Empty(project.Descendants(kind));
        }
        Assert.False(File.Exists(Path.Combine(Repository.Root, "Directory.Build.targets")));
    }

    [Fact]
    public void NoMethodIsImplementedOutsideOfTheRuntime()
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        Assert.DoesNotContain(Library.GetTypes().SelectMany(t => t.GetMethods(all)), m => m.Attributes.HasFlag(MethodAttributes.PinvokeImpl));
    }

    [Fact]
    public async Task NothingNativeIsPublished()
    {
        string folder = Directory.CreateTempSubdirectory("heed-publish-").FullName;
        try
        {
            string configuration = AppContext.BaseDirectory.Replace('\\', '/').Contains("/Release/") ? "Release" : "Debug";
            ProcessStartInfo start = new("dotnet", ["publish", Path.Combine(Repository.Root, "src", "Heed.Cli"), "-c", configuration, "--no-build", "-nodeReuse:false", "-o", folder])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using Process process = Process.Start(start)!;
            CancellationToken cancellation = TestContext.Current.CancellationToken;
            Task<string> errors = process.StandardError.ReadToEndAsync(cancellation);
            string output = await process.StandardOutput.ReadToEndAsync(cancellation) + await errors;
            await process.WaitForExitAsync(cancellation);
            Assert.True(process.ExitCode == 0, output);
            Assert.True(File.Exists(Path.Combine(folder, "Heed.dll")), output);
            string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/'))];
            Assert.DoesNotContain(files, f => Regex.IsMatch(f, @"^runtimes/[^/]+/native/") || Regex.IsMatch(f, @"\.(so|dylib|a|lib)(\.|$)"));
            foreach (string file in files.Where(f => f.EndsWith(".dll", StringComparison.Ordinal))) AssemblyName.GetAssemblyName(Path.Combine(folder, file)); // throws where it is not managed
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void TheDeviceSeamHasAtMost45Methods() => Assert.InRange(typeof(IBackend).GetMethods().Length, 1, 45);

    [Fact]
    public void EveryClassIsStaticSealedOrAbstract()
    {
        Type[] open = [.. Library.GetTypes().Where(t => t.IsClass && !t.IsSealed && !t.IsAbstract && !t.IsDefined(typeof(CompilerGeneratedAttribute)))];
        Assert.True(open.Length == 0, string.Join(", ", open.Select(t => t.FullName)));
    }

    [Theory]
    [InlineData(typeof(StackConfig))]
    [InlineData(typeof(TransformerConfig))]
    [InlineData(typeof(ImageConfig))]
    public void AConfigurationIsAtMost20Choices(Type type) => Assert.InRange(type.GetProperties().Count(p => p.CanWrite), 1, 20);

    [Fact]
    public void AModelFamilyIsAFileOfUnder100LinesWithoutAForwardPass()
    {
        Dictionary<string, string> families = Repository.Library
            .Where(f => f.Key.StartsWith("Models/", StringComparison.Ordinal) && (f.Value.Contains("static ModelFamily Family") || f.Value.Contains("static ImageFamily Family")))
            .ToDictionary();
        Assert.Equal(Registry.Families.Count + Registry.ImageFamilies.Count, families.Count);
        foreach ((string file, string text) in families)
        {
            int lines = text.TrimEnd().Split('\n').Length;
            Assert.True(lines < 100, $"{file} has {lines} lines");
            Assert.DoesNotContain("Forward(", text);
            Assert.DoesNotContain("Tensor", text);
            Assert.Contains(Registry.Families.Values.Concat<Family>(Registry.ImageFamilies.Values), f => text.Contains($"\"{f.ModelType}\""));
        }
    }
}
