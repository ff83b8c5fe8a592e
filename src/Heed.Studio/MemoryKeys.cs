using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.Repositories;

namespace Heed.Studio;

/// <summary>Keeps the keys that guard the pages' hidden fields in memory alone: what they guard does not outlive the process.</summary>
internal sealed class MemoryKeys : IXmlRepository
{
    private readonly Lock gate = new();
    private readonly List<XElement> elements = [];

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        lock (gate) return [.. elements];
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        lock (gate) elements.Add(element);
    }
}
