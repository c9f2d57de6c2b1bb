package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;

/// A random matrix with orthonormal columns: the Q of a QR decomposition of a normal matrix, signs chosen so
/// that R's diagonal is positive (Mezzadri, "How to generate random matrices from the classical compact
/// groups", 2007).
///
/// Householder reflections in double precision; JAX's own LAPACK route agrees to about 1e-6.
final class Orthogonal {

    private Orthogonal() {}

    static Tensor draw(Key key, Shape shape) {
        if (shape.rank() < 2) {
            throw new IllegalArgumentException("orthogonal needs at least two axes, found shape " + shape);
        }
        int columns = shape.last();
        int rows = shape.sub(0, shape.rank() - 1).count();
        int tall = Math.max(rows, columns);
        int wide = Math.min(rows, columns);
        double[] q = orthonormal(key.normal(Shape.of(tall, wide)).array().toDoubles(), tall, wide);
        var out = new float[rows * columns];
        for (int i = 0; i < tall; i++) {
            for (int j = 0; j < wide; j++) {
                out[rows < columns ? j * columns + i : i * columns + j] = (float) q[i * wide + j];
            }
        }
        return Array.of(out, shape.toArray());
    }

    /// Returns Q [m, n] of A [m, n], m >= n, with R's diagonal positive.
    private static double[] orthonormal(double[] a, int m, int n) {
        var scale = new double[n];
        var sign = new double[n];
        for (int k = 0; k < n; k++) {
            double norm = 0;
            for (int i = k; i < m; i++) {
                norm = Math.hypot(norm, a[i * n + k]);
            }
            double alpha = a[k * n + k] > 0 ? -norm : norm;
            sign[k] = alpha < 0 ? -1 : 1;
            a[k * n + k] -= alpha;
            double square = 0;
            for (int i = k; i < m; i++) {
                square += a[i * n + k] * a[i * n + k];
            }
            scale[k] = square == 0 ? 0 : 2 / square;
            reflect(a, m, n, k, scale[k], a, k + 1);
        }
        var q = new double[m * n];
        for (int j = 0; j < n; j++) {
            q[j * n + j] = sign[j];
        }
        for (int k = n - 1; k >= 0; k--) {
            reflect(a, m, n, k, scale[k], q, 0);
        }
        return q;
    }

    /// Applies reflection k, stored in column k of `v` from row k down, to the columns of `x` from `first` on.
    private static void reflect(double[] v, int m, int n, int k, double scale, double[] x, int first) {
        var dots = new double[n];
        for (int i = k; i < m; i++) {
            double vi = v[i * n + k];
            for (int j = first; j < n; j++) {
                dots[j] += vi * x[i * n + j];
            }
        }
        for (int i = k; i < m; i++) {
            double vi = v[i * n + k] * scale;
            for (int j = first; j < n; j++) {
                x[i * n + j] -= vi * dots[j];
            }
        }
    }
}
