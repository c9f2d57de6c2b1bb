package dev.linum.nn;

import dev.linum.graph.Array;
import dev.linum.graph.Bundle;
import dev.linum.graph.DType;
import dev.linum.graph.Key;
import dev.linum.graph.Shape;
import dev.linum.graph.Tensor;
import dev.linum.graph.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A cell run by a plain Java loop, nothing traced or compiled: what a layer has to agree with.
///
/// @param carries the carry after 0, 1, ... steps
/// @param outputs the output of each step
record HandLoop<C extends Bundle<C>>(List<C> carries, List<Tensor> outputs, int timeAxis) {

    /// Runs over inputs `[*batch, time, *features]` with the cell's variables under `params/cell`.
    static <C extends Bundle<C>> HandLoop<C> run(Cell<C> cell, Variables variables, Tensor x) {
        int axis = x.shape().rank() - cell.featureAxes() - 1;
        return run(cell, variables, cell.initialCarry(Key.of(0), x.shape().drop(axis)), x);
    }

    static <C extends Bundle<C>> HandLoop<C> run(Cell<C> cell, Variables variables, C carry, Tensor x) {
        int axis = x.shape().rank() - cell.featureAxes() - 1;
        var carries = new ArrayList<>(List.of(carry));
        var outputs = new ArrayList<Tensor>();
        for (int t = 0; t < x.shape().dim(axis); t++) {
            Scope scope = Scope.inference(variables).child("cell");
            Cell.Step<C> step = cell.step(scope, carries.getLast(), x.index(axis, t));
            carries.add(step.carry());
            outputs.add(step.output());
        }
        return new HandLoop<>(carries, outputs, axis);
    }

    C carry() {
        return carries.getLast();
    }

    /// The outputs in one tensor, time where the inputs had it.
    Tensor stacked() {
        return Tensor.stack(timeAxis, outputs);
    }

    /// Uniform F32 numbers from -1 to 1, the same for the same seed.
    static Array numbers(long seed, int... dims) {
        var random = new Random(seed);
        var data = new float[Shape.of(dims).count()];
        for (int i = 0; i < data.length; i++) {
            data[i] = random.nextFloat() * 2 - 1;
        }
        return Array.wrap(Type.of(DType.F32, dims), data);
    }

    static Tensor ones(int... dims) {
        return Tensor.ones(Type.of(DType.F32, dims));
    }
}
