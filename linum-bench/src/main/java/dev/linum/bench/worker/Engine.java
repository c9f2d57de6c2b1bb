package dev.linum.bench.worker;

import dev.linum.bench.Case;
import dev.linum.bench.Product;
import java.io.IOException;
import java.nio.file.Path;

/// A library that is measured, as its worker process sees it.
public interface Engine {

    /// Name and version, such as "PyTorch 2.13.0+cpu".
    String about();

    /// Builds a layer with the given weights.
    ///
    /// @param fixture a safetensors file with `inputs`, `lengths` and the weights under the names of Flax
    /// @throws UnsupportedOperationException if this library has no such layer; the message says what it lacks
    Session prepare(Case what, Path fixture) throws IOException;

    /// Makes a matrix product ready.
    ///
    /// @param fixture a safetensors file with `a` and `b`
    /// @throws UnsupportedOperationException if products of this library are not timed
    default Session product(Product what, Path fixture) throws IOException {
        throw new UnsupportedOperationException("products of this library are not timed");
    }

    /// A layer, or a product, ready to run; every method returns when the numbers are there.
    interface Session {

        /// Does once what is timed.
        void run();

        /// Returns the outputs `[batch, steps, width]`, row-major; padded steps may hold anything. Or the product.
        float[] outputs();

        /// Takes a training step and returns the loss before it.
        double train();

        /// Says in a few words which of several ways of this library was taken.
        default String way() {
            return "";
        }
    }
}
