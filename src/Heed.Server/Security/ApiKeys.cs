using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Heed.Server;

/// <summary>The keys that a request may show. Only their hashes are kept, and comparing takes the same time for any key.</summary>
internal sealed class ApiKeys
{
    private readonly byte[][] hashes;

    public ApiKeys(IEnumerable<string> keys) => hashes = [.. keys.Select(Hash)];

    /// <summary>Whether a request needs one.</summary>
    public bool Needed => hashes.Length > 0;

    /// <summary>The number of the key that a request shows, from 0; null where it shows none that is known.</summary>
    public int? Find(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        const string scheme = "Bearer ";
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return null;
        return Find(header[scheme.Length..].Trim());
    }

    /// <summary>The number of a key, from 0; null where it is not known.</summary>
    public int? Find(string key)
    {
        byte[] shown = Hash(key);
        int? found = null;
        for (int i = 0; i < hashes.Length; i++)
            if (CryptographicOperations.FixedTimeEquals(shown, hashes[i])) found ??= i;
        return found;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
