namespace Heed.Formats;

/// <summary>Keeps two processes from downloading one file at once. An exclusive lock on a file, the same that huggingface_hub takes; the system drops it when a process dies.</summary>
internal static class HubLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes the lock, as soon as nobody else has it.</summary>
    public static async Task<FileStream> TakeAsync(string path, Action waits, CancellationToken cancellation)
    {
        for (bool told = false; ; told = true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
            }
            catch (IOException e) when (IsTaken(e))
            {
                if (!told) waits();
            }
            await Task.Delay(Pause, cancellation).ConfigureAwait(false);
        }
    }

    // EWOULDBLOCK of Linux, of macOS and BSD; a sharing violation of Windows.
    private static bool IsTaken(IOException e) => OperatingSystem.IsWindows() ? e.HResult == unchecked((int)0x80070020) : e.HResult is 11 or 35;
}
