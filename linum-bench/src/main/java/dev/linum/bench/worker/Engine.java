package dev.linum.bench.worker;

import dev.linum.bench.Case;
import dev.linum.bench.Product;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A library that is measured, as its worker process sees it.
public interface Engine {

    /// Name and version, such as "PyTorch 2.13.0+cpu".
    String about();

    /// Builds a layer with the given weights.
    ///
    /// @param fixture a safetensors file with `inputs`, `lengths` and the weights under the names of Flax
    /// @throws UnsupportedOperationException if this library has no such layer; the message says what it lacks
    Trainable prepare(Case what, Path fixture) throws IOException;

    /// Says whether nothing goes on in the background that makes the runs after it faster.
    default boolean isSettled() {
        return true;
    }

    /// Makes a matrix product ready; nothing if this library takes part with layers alone.
    ///
    /// @param fixture a safetensors file with `a` and `b`
    default Optional<Session> product(Product what, Path fixture) throws IOException {
        return Optional.empty();
    }

    /// A layer, or a product, ready to run; every method returns when the numbers are there.
    interface Session {

        /// Does once what is timed.
        void run();

        /// Returns the outputs `[batch, steps, width]`, row-major; padded steps may hold anything. Or the product.
        float[] outputs();

        /// Says in a few words which of several ways of this library was taken.
        default String way() {
            return "";
        }
    }

    /// A layer, which is trained too.
    interface Trainable extends Session {

        /// Takes a training step and returns the loss before it.
        double train();
    }
}
