package dev.linum.cpu;

import dev.linum.graph.Array;
import dev.linum.graph.Backend;
import dev.linum.graph.Spare;
import dev.linum.graph.Type;
import java.lang.ref.SoftReference;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ArrayBlockingQueue;

/// A flat list of steps over slots whose memory was decided before anything runs.
///
/// Frames are kept between runs, a few for threads that run the plan at the same time; only results are new memory, or
/// spare. Where memory is short, frames that nobody uses are given up: of many plans, such as one for each length of
/// sequences, most do nothing.
final class Plan implements Backend.Executable {

    /// Where a result comes from.
    ///
    /// @param own whether the steps write it into an array made for it; else it is copied at the end
    /// @param over the input that it may be written over, -1 for none
    record Result(int slot, Type type, boolean own, int over) {}

    private static final int KEPT = Math.max(4, 2 * Runtime.getRuntime().availableProcessors());

    private final List<Step> steps;
    private final Storage storage;
    private final int[] bufferOfSlot;
    private final Object[] constantOfSlot;
    private final int[] inputs;
    private final List<Result> results;
    private final Frame.Room room;
    private final Workers workers;

    /// The first step that may write over an input.
    private final int firstOver;

    private final Queue<SoftReference<Frame>> frames = new ArrayBlockingQueue<>(KEPT);

    private static final Set<Plan> PLANS = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    Plan(
            List<Step> steps,
            Storage storage,
            int[] bufferOfSlot,
            Object[] constantOfSlot,
            int[] inputs,
            List<Result> results,
            Frame.Room room,
            Workers workers,
            int firstOver) {
        this.steps = List.copyOf(steps);
        this.storage = storage;
        this.bufferOfSlot = bufferOfSlot;
        this.constantOfSlot = constantOfSlot;
        this.inputs = inputs;
        this.results = List.copyOf(results);
        this.room = room;
        this.workers = workers;
        this.firstOver = firstOver;
        PLANS.add(this);
    }

    @Override
    public List<Array> run(List<Array> in, Spare spare) {
        if (in.size() != inputs.length) {
            throw new IllegalArgumentException("a plan for " + inputs.length + " inputs was given " + in.size());
        }
        Frame frame = idle();
        for (int i = 0; i < inputs.length; i++) {
            frame.set(inputs[i], in.get(i).data(), 0);
        }
        run(frame, in, spare);
        var out = new Array[results.size()];
        for (int i = 0; i < out.length; i++) {
            Result result = results.get(i);
            Object data = frame.data[result.slot()];
            if (!result.own()) {
                Object copy = spare.take(result.type());
                System.arraycopy(
                        data,
                        frame.offset[result.slot()],
                        copy,
                        0,
                        result.type().shape().count());
                data = copy;
            }
            out[i] = Array.wrap(result.type(), data);
        }
        for (int input : inputs) {
            frame.set(input, null, 0);
        }
        for (Result result : results) {
            if (result.own()) {
                frame.set(result.slot(), null, 0);
            }
        }
        frames.offer(frame.kept);
        return List.of(out);
    }

    private void run(Frame frame, List<Array> in, Spare spare) {
        int at = 0;
        try {
            for (Result result : results) {
                if (result.own()) {
                    boolean over = result.over() >= 0 && takesOver(result.over(), in, spare);
                    frame.set(result.slot(), over ? in.get(result.over()).data() : spare.take(result.type()), 0);
                }
            }
            for (; at < steps.size(); at++) {
                steps.get(at).run(frame);
            }
        } catch (RuntimeException | Error e) {
            if (at < firstOver) {
                in.forEach(array -> spare.leave(array.data()));
            }
            throw e;
        }
    }

    /// Takes the memory of an input, if it was offered and is not that of another one too.
    private static boolean takesOver(int input, List<Array> in, Spare spare) {
        Object data = in.get(input).data();
        for (int i = 0; i < in.size(); i++) {
            if (i != input && in.get(i).data() == data) {
                return false;
            }
        }
        return spare.takeOver(data);
    }

    /// What a run does, one after another.
    List<Step> steps() {
        return steps;
    }

    private Frame idle() {
        SoftReference<Frame> kept;
        while ((kept = frames.poll()) != null) {
            Frame frame = kept.get();
            if (frame != null) {
                return frame;
            }
        }
        try {
            return frame();
        } catch (OutOfMemoryError e) {
            // Memory outside the heap, which references to be given up are not given up for by themselves.
            synchronized (PLANS) {
                PLANS.forEach(plan -> plan.frames.clear());
            }
            return frame();
        }
    }

    private Frame frame() {
        var frame = new Frame(bufferOfSlot.length, room, workers);
        Object[] buffers = storage.allocate();
        for (int slot = 0; slot < bufferOfSlot.length; slot++) {
            frame.data[slot] = bufferOfSlot[slot] >= 0 ? buffers[bufferOfSlot[slot]] : constantOfSlot[slot];
        }
        return frame;
    }
}
