package dev.linum.cpu;

/// Exponential, tanh and sigmoid in float arithmetic, right to two units in the last place: number by number what the
/// vector twin computes for whole vectors, so that both give the same bits.
///
/// exp(x) = 2^n exp(r) with n = round(x / ln 2) and a polynomial of degree 6 for |r| <= ln(2) / 2, after the Cephes
/// library's expf.
final class FloatMath {

    /// 1.5 * 2^23: a number added to it is rounded to a whole one.
    private static final float ROUND = 12582912f;

    private static final int ROUND_BITS = 0x4B400000;
    private static final float LOG2_E = 1.44269504f;

    /// ln 2, the first bits and the rest.
    private static final float LN2_HIGH = -0.693359375f;

    private static final float LN2_LOW = 2.12194440e-4f;

    private FloatMath() {}

    static float exp(float x) {
        float low = notAbove(notBelow(x, -104), 89);
        float shifted = Math.fma(low, LOG2_E, ROUND);
        float r = remainder(shifted - ROUND, low);
        float p = Math.fma(rest(r), r * r, r) + 1;
        int whole = Float.floatToRawIntBits(shifted) - ROUND_BITS;
        int half = whole >> 1;
        return p * power(half) * power(whole - half);
    }

    /// 1 / (1 + exp(-x)), both parts of the fraction 2^64 times smaller.
    static float sigmoid(float x) {
        float y = notAbove(notBelow(-x, -30), 104);
        float shifted = Math.fma(y, LOG2_E, ROUND);
        float r = remainder(shifted - ROUND, y);
        float p = Math.fma(rest(r), r * r, r);
        float scale = power(shifted, 127 - 64);
        float e = Math.fma(p, scale, scale);
        return 0x1p-64f / (e + 0x1p-64f);
    }

    /// (exp(2|x|) - 1) / (exp(2|x|) + 1) with the sign of x.
    static float tanh(float x) {
        float size = notAbove(Math.abs(x), 10);
        float y = size + size;
        float shifted = Math.fma(y, LOG2_E, ROUND);
        float r = remainder(shifted - ROUND, y);
        float p = Math.fma(rest(r), r * r, r);
        float scale = power(shifted, 127);
        float e = Math.fma(p, scale, scale - 1);
        int sign = Float.floatToRawIntBits(x) & Integer.MIN_VALUE;
        return Float.intBitsToFloat(Float.floatToRawIntBits(e / (e + 2)) | sign);
    }

    private static float notAbove(float x, float most) {
        return x > most ? most : x;
    }

    private static float notBelow(float x, float least) {
        return x < least ? least : x;
    }

    /// What a number is more than n ln 2.
    private static float remainder(float n, float x) {
        return Math.fma(n, LN2_LOW, Math.fma(n, LN2_HIGH, x));
    }

    private static float power(int n) {
        return Float.intBitsToFloat((n + 127) << 23);
    }

    /// 2^n by the bits of n + [#ROUND], of which the last are those of n.
    private static float power(float shifted, int bias) {
        return Float.intBitsToFloat((Float.floatToRawIntBits(shifted) << 23) + (bias << 23));
    }

    /// (exp(r) - 1 - r) / r^2.
    private static float rest(float r) {
        float p = Math.fma(1.9875691500e-4f, r, 1.3981999507e-3f);
        p = Math.fma(p, r, 8.3334519073e-3f);
        p = Math.fma(p, r, 4.1665795894e-2f);
        p = Math.fma(p, r, 1.6666665459e-1f);
        return Math.fma(p, r, 5.0000001201e-1f);
    }
}
