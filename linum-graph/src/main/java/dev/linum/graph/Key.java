package dev.linum.graph;

import java.util.ArrayList;
import java.util.List;

/// A source of random numbers as a value: the same key gives the same numbers, wherever and in whatever order it is
/// used.
///
/// Nothing is ever drawn "next": split a key or fold a number into it to get others. Keys and bits are those
/// of JAX with `jax_threefry_partitionable=True`. (Salmon et al., "Parallel random numbers: as easy as 1, 2,
/// 3", SC 2011.)
///
/// @param words the two 32-bit words, i32 [2]
public record Key(Tensor words) implements Bundle<Key> {

    public Key {
        if (!words.type().equals(Type.of(DType.I32, 2))) {
            throw new IllegalArgumentException("a key is made of i32[2], found " + words.type());
        }
    }

    /// Returns the key of a seed, cut to its low 32 bits as JAX does without 64-bit mode.
    public static Key of(long seed) {
        return new Key(Array.of(new int[] {0, (int) seed}));
    }

    @Override
    public List<Tensor> leaves() {
        return List.of(words);
    }

    @Override
    public Key rebuild(List<Tensor> leaves) {
        return new Key(leaves.getFirst());
    }

    /// Returns `count` keys that are independent of each other and of this one.
    public List<Key> split(int count) {
        Tensor all = splits(count);
        var keys = new ArrayList<Key>();
        for (int i = 0; i < count; i++) {
            keys.add(new Key(all.index(0, i)));
        }
        return keys;
    }

    /// Returns `count` keys as one tensor i32 [count, 2], to scan over.
    public Tensor splits(int count) {
        return Trace.apply1(new Op.Threefry(0, count), words);
    }

    /// Returns the key that a number makes of this one.
    public Key foldIn(int number) {
        return new Key(Trace.apply1(new Op.Threefry(number, 1), words).reshape(2));
    }

    /// Returns 32 random bits per element, as i32.
    public Tensor bits(Shape shape) {
        return draw(new Op.Distribution.Bits(), shape);
    }

    /// Returns numbers from `low` up to, not including, `high`, as f32.
    public Tensor uniform(Shape shape, double low, double high) {
        return draw(new Op.Distribution.Uniform((float) low, (float) high), shape);
    }

    /// Returns standard normal numbers as f32.
    public Tensor normal(Shape shape) {
        return draw(new Op.Distribution.Normal(), shape);
    }

    /// Returns standard normal numbers kept to the range from -2 to 2, as f32.
    public Tensor truncatedNormal(Shape shape) {
        return draw(new Op.Distribution.TruncatedNormal(), shape);
    }

    /// Returns true with a probability from 0 to 1, as bool.
    public Tensor bernoulli(double probability, Shape shape) {
        if (!(probability >= 0 && probability <= 1)) {
            throw new IllegalArgumentException("a probability is a number from 0 to 1, found " + probability);
        }
        return uniform(shape, 0, 1).lessThan((float) probability);
    }

    /// Draws a class for each row of unnormalised log-probabilities: `logits [*n, classes] -> i32 [*n]`.
    public Tensor categorical(Tensor logits) {
        Tensor gumbel = uniform(logits.shape(), Float.MIN_NORMAL, 1)
                .log()
                .negate()
                .log()
                .negate();
        return logits.plus(gumbel).argMax(-1);
    }

    private Tensor draw(Op.Distribution distribution, Shape shape) {
        return Trace.apply1(new Op.Random(distribution, shape), words);
    }
}
