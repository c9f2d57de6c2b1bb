package dev.linum.cpu;

import dev.linum.graph.Op;

/// Random numbers from a key, bit for bit those of JAX on a CPU.
///
/// Element i is made of the block cipher's words for the counter i, so any part can be drawn alone. The float
/// functions repeat the order and the fused operations of XLA's own log1p and erf_inv (Giles, "Approximating
/// the erfinv function").
final class Random {

    private static final float TINY = Float.MIN_NORMAL;
    private static final float SQRT2 = (float) Math.sqrt(2);
    private static final float ERF_SQRT2 = 0.95449974f;
    private static final float[] CENTRAL = {
        2.81022636e-08f,
        3.43273939e-07f,
        -3.5233877e-06f,
        -4.39150654e-06f,
        0.00021858087f,
        -0.00125372503f,
        -0.00417768164f,
        0.246640727f,
        1.50140941f
    };
    private static final float[] TAIL = {
        -0.000200214257f,
        0.000100950558f,
        0.00134934322f,
        -0.00367342844f,
        0.00573950773f,
        -0.0076224613f,
        0.00943887047f,
        1.00167406f,
        2.83297682f
    };
    private static final float[] LOG1P_BELOW = {
        1f,
        1.5062909083469192043167E1f,
        8.3047565967967209469434E1f,
        2.2176239823732856465394E2f,
        3.0909872225312059774938E2f,
        2.1642788614495947685003E2f,
        6.0118660497603843919306E1f
    };
    private static final float[] LOG1P_ABOVE = {
        4.5270000862445199635215E-5f, 4.9854102823193375972212E-1f, 6.5787325942061044846969E0f,
        2.9911919328553073277375E1f, 6.0949667980987787057556E1f, 5.7112963590585538103336E1f,
        2.0039553499201281259648E1f
    };
    private static final float[] LOG = {
        7.0376836292E-2f,
        -1.1514610310E-1f,
        1.1676998740E-1f,
        -1.2420140846E-1f,
        1.4249322787E-1f,
        -1.6668057665E-1f,
        2.0000714765E-1f,
        -2.4999993993E-1f,
        3.3333331174E-1f
    };

    private Random() {}

    /// The Threefry 2x32 cipher of a 64-bit counter; returns both words, the first one high.
    /// (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.)
    static long threefry(int k0, int k1, int high, int low) {
        int k2 = k0 ^ k1 ^ 0x1BD11BDA;
        int x0 = high + k0;
        int x1 = low + k1;
        for (int group = 0; group < 5; group++) {
            boolean even = (group & 1) == 0;
            x0 += x1;
            x1 = Integer.rotateLeft(x1, even ? 13 : 17) ^ x0;
            x0 += x1;
            x1 = Integer.rotateLeft(x1, even ? 15 : 29) ^ x0;
            x0 += x1;
            x1 = Integer.rotateLeft(x1, even ? 26 : 16) ^ x0;
            x0 += x1;
            x1 = Integer.rotateLeft(x1, even ? 6 : 24) ^ x0;
            int a = (group + 1) % 3;
            int b = (group + 2) % 3;
            x0 += a == 0 ? k0 : a == 1 ? k1 : k2;
            x1 += (b == 0 ? k0 : b == 1 ? k1 : k2) + group + 1;
        }
        return (long) x0 << 32 | x1 & 0xFFFFFFFFL;
    }

    private static int bits(int k0, int k1, int index) {
        long words = threefry(k0, k1, 0, index);
        return (int) (words >>> 32) ^ (int) words;
    }

    /// Draws elements `from` up to `to`.
    static void draw(Op.Distribution distribution, int k0, int k1, Object out, int at, int from, int to) {
        switch (distribution) {
            case Op.Distribution.Bits() -> {
                for (int i = from; i < to; i++) {
                    ((int[]) out)[at + i] = bits(k0, k1, i);
                }
            }
            case Op.Distribution.Uniform(float low, float high) -> {
                for (int i = from; i < to; i++) {
                    ((float[]) out)[at + i] = uniform(bits(k0, k1, i), low, high);
                }
            }
            case Op.Distribution.Normal() -> {
                float low = Math.nextUp(-1f);
                for (int i = from; i < to; i++) {
                    ((float[]) out)[at + i] = SQRT2 * erfInverse(uniform(bits(k0, k1, i), low, 1));
                }
            }
            case Op.Distribution.TruncatedNormal() -> {
                for (int i = from; i < to; i++) {
                    float x = SQRT2 * erfInverse(uniform(bits(k0, k1, i), -ERF_SQRT2, ERF_SQRT2));
                    ((float[]) out)[at + i] = Math.clamp(x, Math.nextUp(-2f), Math.nextDown(2f));
                }
            }
        }
    }

    private static float uniform(int bits, float low, float high) {
        float unit = Float.intBitsToFloat(bits >>> 9 | 0x3F800000) - 1;
        return Math.max(low, Math.fma(unit, high - low, low));
    }

    private static float erfInverse(float x) {
        float w = -log1p(x * -x);
        boolean central = w < 5;
        float t = central ? w - 2.5f : (float) Math.sqrt(w) - 3;
        return polynomial(central ? CENTRAL : TAIL, t) * x;
    }

    private static float polynomial(float[] coefficients, float x) {
        float p = coefficients[0];
        for (int i = 1; i < coefficients.length; i++) {
            p = Math.fma(p, x, coefficients[i]);
        }
        return p;
    }

    private static float log1p(float x) {
        if (Math.abs(x) < 0.41421356237309504880f) {
            float square = x * x;
            float ratio = polynomial(LOG1P_ABOVE, x) / polynomial(LOG1P_BELOW, x);
            return x + (-0.5f * square + x * square * ratio);
        }
        return log(Math.max(x + 1, TINY));
    }

    private static float log(float a) {
        int exponent = Math.getExponent(a) + 1;
        float m = Math.scalb(a, -exponent);
        float e = exponent;
        float x = m - 1;
        if (m < 0.707106781186547524f) {
            x += m;
            e -= 1;
        }
        float x2 = x * x;
        float x3 = x2 * x;
        float y0 = Math.fma(Math.fma(LOG[0], x, LOG[1]), x, LOG[2]);
        float y1 = Math.fma(Math.fma(LOG[3], x, LOG[4]), x, LOG[5]);
        float y2 = Math.fma(Math.fma(LOG[6], x, LOG[7]), x, LOG[8]);
        float y = Math.fma(Math.fma(Math.fma(y0, x3, y1), x3, y2), x3, e * -2.12194440e-4f);
        return Math.fma(e, 0.693359375f, x - 0.5f * x2 + y);
    }
}
