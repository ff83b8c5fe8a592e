namespace Heed.Formats;

/// <summary>Patience with failures that may pass: counts those in a row without progress, waits longer each time, and does what Retry-After asks.</summary>
internal sealed class HubRetry(HubOptions options)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRequest = TimeSpan.FromMinutes(5);

    private int failures;

    /// <summary>Progress was made: the count begins again.</summary>
    public void Forget() => failures = 0;

    /// <summary>How long to wait after a failure.</summary>
    /// <exception cref="HubException">The failure will not pass, there were too many, or the server asks for too long a wait.</exception>
    public TimeSpan After(HubException failure)
    {
        if (!failure.Passing) throw failure;
        if (++failures >= options.Attempts) throw new HubException($"{failure.Message} Given up after {failures} attempts.", failure.Status, failure) { Code = failure.Code };
        if (failure.RetryAfter > LongestRequest) throw new HubException($"{failure.Message} The server asks to wait {failure.RetryAfter.Value.TotalMinutes:0} minutes: try again then.", failure.Status, failure);
        double seconds = Math.Min(options.RetryDelay.TotalSeconds * Math.Pow(2, failures - 1), LongestDelay.TotalSeconds);
        seconds *= 1 + 0.2 * Random.Shared.NextDouble(); // those who failed together do not come back together
        return failure.RetryAfter is { } asked && asked.TotalSeconds > seconds ? asked : TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Runs a request until it succeeds or patience ends.</summary>
    public static async Task<T> RunAsync<T>(HubOptions options, Func<Task<T>> request, CancellationToken cancellation)
    {
        HubRetry retry = new(options);
        while (true)
        {
            TimeSpan wait;
            try
            {
                return await request().ConfigureAwait(false);
            }
            catch (HubException e)
            {
                wait = retry.After(e);
            }
            await Task.Delay(wait, cancellation).ConfigureAwait(false);
        }
    }
}
