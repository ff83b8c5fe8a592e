namespace Heed.Formats;

/// <summary>What happens to a file.</summary>
public enum HubStage
{
    /// <summary>It was here already.</summary>
    Present,

    /// <summary>The part that an earlier pull left is read again.</summary>
    Checking,

    /// <summary>Bytes arrive.</summary>
    Receiving,

    /// <summary>Something went wrong that may pass, or another process has the file; the note says what.</summary>
    Waiting,

    /// <summary>It is here, and its hash is right.</summary>
    Done,
}

/// <summary>Progress of one file. Reports come from several threads at once.</summary>
/// <param name="File">The file.</param>
/// <param name="Stage">What happens to it.</param>
/// <param name="Received">Bytes of it that are here; falls where a server makes the download start again.</param>
/// <param name="Note">Why it waits, or null.</param>
public readonly record struct HubProgress(HubFile File, HubStage Stage, long Received, string? Note = null);
