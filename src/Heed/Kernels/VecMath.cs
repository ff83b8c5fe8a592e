using System.Runtime.CompilerServices;

namespace Heed.Kernels;

/// <summary>
/// Elementary functions on vectors, about one to two units in the last place, branch-free. NaN stays NaN; infinities give the limit.
/// </summary>
/// <remarks>
/// The coefficients are weighted least-squares fits iterated towards the smallest largest relative error (Lawson's method).
/// <c>Max(constant, x)</c> in this order keeps a NaN in x on every instruction set.
/// </remarks>
internal static class VecMath
{
    /// <summary>e^x. Overflows to infinity above 88.72, underflows gradually to 0 below -87.33; e^-inf is exactly 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp<V>(V x) where V : struct, IVec<V>
    {
        // Outside of [-104, 89] the result is 0 or infinity; the limits keep the exponent within what ScaleByPowerOfTwo takes.
        x = V.Min(V.Create(89f), V.Max(V.Create(-104f), x));
        // e^x = 2^n e^r with n the nearest integer to x / ln 2. Adding and subtracting 1.5 * 2^23 rounds, and fuses with the product.
        V shift = V.Create(12582912f);
        V n = V.MultiplyAdd(x, V.Create(1.44269504f), shift) - shift;
        // ln 2 in two pieces; the first has 10 bits so that n times it is exact without fused arithmetic too.
        V r = V.MultiplyAdd(n, V.Create(-0.693359375f), x);
        r = V.MultiplyAdd(n, V.Create(2.12194440e-4f), r);
        V p = V.Create(0.0013950479643894365f);
        p = V.MultiplyAdd(p, r, V.Create(0.008368890495797634f));
        p = V.MultiplyAdd(p, r, V.Create(0.0416662059595977f));
        p = V.MultiplyAdd(p, r, V.Create(0.16666518827380467f));
        p = V.MultiplyAdd(p, r, V.Create(0.5f));
        p = V.MultiplyAdd(p, r, V.Create(1f));
        p = V.MultiplyAdd(p, r, V.Create(1f));
        return V.ScaleByPowerOfTwo(p, n);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<V>(V x) where V : struct, IVec<V> => V.Create(1f) / (V.Create(1f) + Exp(V.Create(0f) - x));

    /// <summary>Hyperbolic tangent: x P(x^2) / Q(x^2), constant where it rounds to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<V>(V x) where V : struct, IVec<V>
    {
        x = V.Min(V.Create(9.02f), V.Max(V.Create(-9.02f), x));
        V t = x * x;
        V p = V.Create(-1.2277610717794798e-11f);
        p = V.MultiplyAdd(p, t, V.Create(3.0699396094953554e-08f));
        p = V.MultiplyAdd(p, t, V.Create(2.8060193034250523e-05f));
        p = V.MultiplyAdd(p, t, V.Create(0.0038710998849534983f));
        p = V.MultiplyAdd(p, t, V.Create(0.13682169333517682f));
        p = V.MultiplyAdd(p, t, V.Create(1f));
        V q = V.Create(1.2908832447800508e-06f);
        q = V.MultiplyAdd(q, t, V.Create(0.0003943404334542377f));
        q = V.MultiplyAdd(q, t, V.Create(0.027256120875537353f));
        q = V.MultiplyAdd(q, t, V.Create(0.4701550184080427f));
        q = V.MultiplyAdd(q, t, V.Create(1f));
        return V.Min(V.Create(1f), V.Max(V.Create(-1f), x * p / q));
    }

    /// <summary>The error function: x P(x^2) / Q(x^2), constant where it rounds to 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Erf<V>(V x) where V : struct, IVec<V>
    {
        x = V.Min(V.Create(3.925f), V.Max(V.Create(-3.925f), x));
        V t = x * x;
        V p = V.Create(2.046045462649672e-06f);
        p = V.MultiplyAdd(p, t, V.Create(0.00028475896902669295f));
        p = V.MultiplyAdd(p, t, V.Create(0.0037701060141945115f));
        p = V.MultiplyAdd(p, t, V.Create(0.05276161326532271f));
        p = V.MultiplyAdd(p, t, V.Create(0.1905409106301888f));
        p = V.MultiplyAdd(p, t, V.Create(1.1283791465035409f));
        V q = V.Create(3.8043526964580575e-05f);
        q = V.MultiplyAdd(q, t, V.Create(0.001163210502628176f));
        q = V.MultiplyAdd(q, t, V.Create(0.01497831229770817f));
        q = V.MultiplyAdd(q, t, V.Create(0.11416024658131267f));
        q = V.MultiplyAdd(q, t, V.Create(0.5021952318508378f));
        q = V.MultiplyAdd(q, t, V.Create(1f));
        return V.Min(V.Create(1f), V.Max(V.Create(-1f), x * p / q));
    }
}
