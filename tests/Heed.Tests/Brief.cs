namespace Heed.Tests;

/// <summary>Whether long tests shall do less: set where the instruction set makes every step slow (<see cref="InstructionSetTests"/>).</summary>
internal static class Brief
{
    public const string Variable = "HEED_TESTS_BRIEF";

    public static bool On { get; } = Environment.GetEnvironmentVariable(Variable) == "1";

    /// <summary>A number of repetitions, or a smaller one where tests shall be brief.</summary>
    public static int Or(int full, int brief) => On ? brief : full;
}
