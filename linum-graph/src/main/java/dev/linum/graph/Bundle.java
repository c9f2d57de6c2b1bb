package dev.linum.graph;

import java.util.Arrays;
import java.util.List;

/// A value made of tensors: a carry, a set of variables, a batch, or one tensor alone.
///
/// Everything that works on one tensor (derivatives, loops, compiled functions) works on any bundle by taking
/// it apart into its leaves and putting it together again.
///
/// @param <T> the implementing type itself
public interface Bundle<T> {

    /// Returns the tensors of this value in a fixed order.
    List<Tensor> leaves();

    /// Returns a value of the same structure that holds other tensors, given in the order of [#leaves()].
    T rebuild(List<Tensor> leaves);

    /// Returns all that decides how [#rebuild(List)] works besides the leaves; equal structures may share compiled
    /// code.
    default Object structure() {
        return getClass();
    }

    /// The bundle of nothing.
    record Empty() implements Bundle<Empty> {
        @Override
        public List<Tensor> leaves() {
            return List.of();
        }

        @Override
        public Empty rebuild(List<Tensor> leaves) {
            return this;
        }
    }

    /// A list of tensors.
    record Tensors(List<Tensor> leaves) implements Bundle<Tensors> {
        public Tensors {
            leaves = List.copyOf(leaves);
        }

        public static Tensors of(Tensor... tensors) {
            return new Tensors(List.of(tensors));
        }

        public Tensor get(int index) {
            return leaves.get(index);
        }

        @Override
        public Tensors rebuild(List<Tensor> other) {
            return new Tensors(other);
        }

        @Override
        public Object structure() {
            return leaves.size();
        }
    }

    /// Two bundles side by side.
    record Pair<A extends Bundle<A>, B extends Bundle<B>>(A first, B second) implements Bundle<Pair<A, B>> {
        public static <A extends Bundle<A>, B extends Bundle<B>> Pair<A, B> of(A first, B second) {
            return new Pair<>(first, second);
        }

        @Override
        public List<Tensor> leaves() {
            return Bundle.concat(first.leaves(), second.leaves());
        }

        @Override
        public Pair<A, B> rebuild(List<Tensor> leaves) {
            int cut = first.leaves().size();
            return new Pair<>(
                    first.rebuild(leaves.subList(0, cut)), second.rebuild(leaves.subList(cut, leaves.size())));
        }

        @Override
        public Object structure() {
            return List.of(first.structure(), second.structure());
        }
    }

    /// A list of bundles of one kind.
    record Many<A extends Bundle<A>>(List<A> items) implements Bundle<Many<A>> {
        public Many {
            items = List.copyOf(items);
        }

        @Override
        public List<Tensor> leaves() {
            return items.stream().flatMap(item -> item.leaves().stream()).toList();
        }

        @Override
        public Many<A> rebuild(List<Tensor> leaves) {
            var rebuilt = new java.util.ArrayList<A>();
            int at = 0;
            for (A item : items) {
                int size = item.leaves().size();
                rebuilt.add(item.rebuild(leaves.subList(at, at + size)));
                at += size;
            }
            return new Many<>(rebuilt);
        }

        @Override
        public Object structure() {
            return items.stream().map(Bundle::structure).toList();
        }
    }

    /// Returns one list after the other.
    static List<Tensor> concat(List<Tensor> a, List<Tensor> b) {
        var all = new Tensor[a.size() + b.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < a.size() ? a.get(i) : b.get(i - a.size());
        }
        return Arrays.asList(all);
    }

    /// Returns the types of the leaves of a bundle.
    static List<Type> types(Bundle<?> bundle) {
        return bundle.leaves().stream().map(Tensor::type).toList();
    }
}
