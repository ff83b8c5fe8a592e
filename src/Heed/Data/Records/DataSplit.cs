namespace Heed.Data.Records;

/// <summary>What a part of the data is for.</summary>
public enum DataSplit : byte
{
    /// <summary>To learn from.</summary>
    Training,

    /// <summary>To measure while learning.</summary>
    Validation,

    /// <summary>To measure once, in the end.</summary>
    Test,
}
