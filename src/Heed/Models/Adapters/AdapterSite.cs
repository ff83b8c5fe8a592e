using Heed.Layers;

namespace Heed.Models;

/// <summary>A matrix that can be adapted: a linear layer or some of its outputs, by the name that the module has in the family's own code.</summary>
/// <param name="Module">The module: <c>model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Weight">Heed's name of the layer's weight.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Place">Where the weight stands in the family's file.</param>
/// <param name="Part">The part of it that is the module's.</param>
/// <param name="First">First output of the layer.</param>
/// <param name="Outputs">Outputs of the module.</param>
internal sealed record AdapterSite(string Module, string Weight, LinearLayer Layer, WeightName Place, WeightPart Part, int First, int Outputs)
{
    private const string End = ".weight";

    /// <summary>The matrices of a model, in order of construction.</summary>
    public static IEnumerable<AdapterSite> Of(Transformer model)
    {
        Dictionary<string, WeightName> table = Names(model.Config).ToDictionary(n => n.Name);
        foreach ((string name, LinearLayer layer) in model.Linears)
        {
            if (!table.TryGetValue(name, out WeightName? place) || place.Parts.Any(p => p.FileRows > 0 || !p.File.EndsWith(End, StringComparison.Ordinal))) continue;
            int first = 0;
            foreach (WeightPart part in place.Parts)
            {
                int outputs = part.Rows == 0 ? layer.Outputs : part.Rows;
                yield return new AdapterSite(part.File[..^End.Length], name, layer, place, part, first, outputs);
                first += outputs;
            }
        }
    }

    /// <summary>The family's table of weights, for a model whose queries and keys may stand as a GGUF file has them.</summary>
    public static IEnumerable<WeightName> Names(TransformerConfig config)
    {
        int halved = GgufDecoders.Halved(config);
        IEnumerable<WeightName> names = WeightName.Expand(Registry.Find(config.ModelType).Names(config), config);
        return halved == 0 ? names : names.Select(n => n.Name.Contains("self_attention.qkv.", StringComparison.Ordinal)
            ? n with { Parts = [.. n.Parts.Select((p, i) => i < 2 ? p with { HalvedRows = halved } : p)] }
            : n);
    }

    /// <summary>The lines of the adapter's file for A and B.</summary>
    public IEnumerable<WeightName> Lines(string prefix)
    {
        foreach (string matrix in (string[])["lora_A", "lora_B"])
        {
            string name = Adapter.Key($"{Module}.{matrix}{End}"), other = Adapter.Key($"{(Module.StartsWith(prefix, StringComparison.Ordinal) ? Module[prefix.Length..] : prefix + Module)}.{matrix}{End}");
            bool b = matrix == "lora_B";
            yield return new WeightName(name, [new WeightPart(name, 0, PairedRows: b ? Part.PairedRows : 0, HalvedRows: b ? Part.HalvedRows : 0)]) { OtherNames = [other], InterleavedHeads = b ? Place.InterleavedHeads : 0 };
        }
    }
}
