using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Xml.Linq;

namespace Heed.Tests;

/// <summary>
/// Runs the tests of everything that depends on the instruction set (<c>[Trait("isa", "all")]</c>) once more in child processes in which
/// the runtime's switches take away AVX-512, AVX2, or all intrinsics, so that one machine tests every path. Each child has one processor:
/// children run beside each other and beside other tests.
/// </summary>
public abstract class InstructionSetTests(string variable)
{
    [Fact]
    public async Task EveryPathPassesTheSameTests()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(InstructionSetChildTests.Variable) is not null, "already in a child process");
        Assert.SkipWhen(variable == "DOTNET_EnableAVX512" && !Avx512F.IsSupported, "this processor has no AVX-512: the tests outside of child processes are this run");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        string results = Path.Combine(Path.GetTempPath(), $"heed-{variable}-{Guid.NewGuid():N}.xml");
        ProcessStartInfo start = new("dotnet", ["exec", typeof(InstructionSetTests).Assembly.Location, "-trait", "isa=all", "-parallelMode", "none", "-noColor", "-result-xml", results])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[variable] = "0";
        start.Environment["DOTNET_PROCESSOR_COUNT"] = "1";
        start.Environment[InstructionSetChildTests.Variable] = variable;
        start.Environment[Brief.Variable] = "1";
        // What the runner of this process tells its own child processes is not for this one.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("TESTINGPLATFORM", StringComparison.Ordinal) || k.StartsWith("XUNIT", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        try
        {
            using Process child = Process.Start(start)!;
            Task<string> errors = child.StandardError.ReadToEndAsync(cancellation);
            string output = await child.StandardOutput.ReadToEndAsync(cancellation) + await errors;
            await child.WaitForExitAsync(cancellation);
            Assert.True(child.ExitCode == 0, $"exit code {child.ExitCode} with {variable}=0:\n{output[..Math.Min(output.Length, 8000)]}");
            XElement run = XDocument.Load(results).Root!.Element("assembly")!;
            Assert.True((int)run.Attribute("passed")! >= 100, $"only {run.Attribute("passed")} tests ran:\n{output}");
            Assert.Equal(0, (int)run.Attribute("failed")!);
            XElement proof = Assert.Single(run.Descendants("test"), t => (string?)t.Attribute("method") == nameof(InstructionSetChildTests.TheSwitchTookEffect));
            Assert.Equal("Pass", (string?)proof.Attribute("result"));
        }
        finally
        {
            File.Delete(results);
        }
    }
}

/// <summary>Without registers of 512 bits.</summary>
public sealed class WithoutAvx512Tests() : InstructionSetTests("DOTNET_EnableAVX512");

/// <summary>Without AVX2 and what builds on it.</summary>
public sealed class WithoutAvx2Tests() : InstructionSetTests("DOTNET_EnableAVX2");

/// <summary>Without any intrinsics.</summary>
public sealed class WithoutIntrinsicsTests() : InstructionSetTests("DOTNET_EnableHWIntrinsic");

/// <summary>In a child process of <see cref="InstructionSetTests"/>: that the switch really took something away.</summary>
[Trait("isa", "all")]
public sealed class InstructionSetChildTests
{
    /// <summary>Names the runtime switch that the child runs under.</summary>
    public const string Variable = "HEED_TESTS_INSTRUCTION_SET";

    [Fact]
    public void TheSwitchTookEffect()
    {
        switch (Environment.GetEnvironmentVariable(Variable))
        {
            case "DOTNET_EnableAVX512":
                Assert.False(Avx512F.IsSupported);
                Assert.False(Vector512.IsHardwareAccelerated);
                break;
            case "DOTNET_EnableAVX2":
                Assert.False(Avx2.IsSupported);
                Assert.False(Vector256.IsHardwareAccelerated);
                Assert.False(Vector512.IsHardwareAccelerated);
                break;
            case "DOTNET_EnableHWIntrinsic":
                Assert.False(Sse41.IsSupported);
                Assert.False(Avx2.IsSupported);
                Assert.False(Vector256.IsHardwareAccelerated);
                Assert.True(Vector<byte>.Count <= 16);
                break;
            case null:
                Assert.Skip("not in a child process of InstructionSetTests");
                break;
            case string other:
                Assert.Fail($"{other} is no switch that this test knows");
                break;
        }
    }
}
