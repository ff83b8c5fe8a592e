namespace Heed.Generation;

/// <summary>Eigenvalues and eigenvectors of a small symmetric matrix by Jacobi's rotations (1846): each makes one entry off the diagonal zero.</summary>
internal static class SymmetricEigen
{
    private const int MostSweeps = 60;

    /// <summary>The values, largest first, and their vectors as columns.</summary>
    /// <param name="matrix">Symmetric; it is overwritten.</param>
    public static (double[] Values, double[,] Vectors) Solve(double[,] matrix)
    {
        int n = matrix.GetLength(0);
        double[,] vectors = new double[n, n];
        for (int i = 0; i < n; i++) vectors[i, i] = 1;
        for (int sweep = 0; sweep < MostSweeps && !IsDiagonal(matrix); sweep++)
            for (int p = 0; p < n; p++)
                for (int q = p + 1; q < n; q++)
                    if (matrix[p, q] != 0) Rotate(matrix, vectors, p, q);
        int[] order = [.. Enumerable.Range(0, n).OrderByDescending(i => matrix[i, i])];
        double[,] sorted = new double[n, n];
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) sorted[i, j] = vectors[i, order[j]];
        return ([.. order.Select(i => matrix[i, i])], sorted);
    }

    private static void Rotate(double[,] a, double[,] vectors, int p, int q)
    {
        double theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
        double tangent = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
        double cosine = 1 / Math.Sqrt(tangent * tangent + 1), sine = tangent * cosine;
        for (int i = 0; i < a.GetLength(0); i++)
        {
            (a[i, p], a[i, q]) = (cosine * a[i, p] - sine * a[i, q], sine * a[i, p] + cosine * a[i, q]);
            (vectors[i, p], vectors[i, q]) = (cosine * vectors[i, p] - sine * vectors[i, q], sine * vectors[i, p] + cosine * vectors[i, q]);
        }
        for (int i = 0; i < a.GetLength(0); i++) (a[p, i], a[q, i]) = (cosine * a[p, i] - sine * a[q, i], sine * a[p, i] + cosine * a[q, i]);
        a[p, q] = a[q, p] = 0;
    }

    private static bool IsDiagonal(double[,] a)
    {
        double off = 0, on = 0;
        for (int i = 0; i < a.GetLength(0); i++)
            for (int j = 0; j < a.GetLength(0); j++)
                if (i == j) on += a[i, j] * a[i, j];
                else off += a[i, j] * a[i, j];
        return off <= 1e-30 * on;
    }
}
