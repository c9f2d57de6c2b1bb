package dev.linum.cpu;

import java.util.Arrays;

/// Computes a [dev.linum.graph.Packing], in room that is given, so that nothing is allocated.
final class Packer {

    private final int batch;
    private final int steps;
    private final int[] lengths;
    private final int lengthsAt;
    private final int[] room;

    // Where things lie in the room.

    /// The sequences in the order of their lengths, or rows in the order of what they hold.
    private final int order;

    /// Of each sequence, the row that it is in, and the first step there.
    private final int row;

    private final int start;

    /// Of each row, how many steps it has, first in the order in which they were begun, then the fullest first.
    private final int begun;

    private final int filled;

    private final int counts;

    private Packer(int batch, int steps, int[] lengths, int lengthsAt, int[] room) {
        this.batch = batch;
        this.steps = steps;
        this.lengths = lengths;
        this.lengthsAt = lengthsAt;
        this.room = room;
        this.order = 0;
        this.row = batch;
        this.start = 2 * batch;
        this.begun = 3 * batch;
        this.filled = 4 * batch;
        this.counts = 5 * batch;
    }

    /// How much room it needs.
    static int room(int batch, int steps) {
        return 5 * batch + steps + 2;
    }

    /// Writes place, token and sequences, all of `steps * batch` numbers from their offsets on.
    static void pack(
            int batch,
            int steps,
            boolean timeMajor,
            int[] lengths,
            int lengthsAt,
            int[] room,
            int[] place,
            int placeAt,
            int[] token,
            int tokenAt,
            int[] sequences,
            int sequencesAt) {
        var packer = new Packer(batch, steps, lengths, lengthsAt, room);
        packer.fill();
        packer.sortRows();
        packer.write(timeMajor, place, placeAt, token, tokenAt, sequences, sequencesAt);
    }

    private int length(int sequence) {
        return lengths[lengthsAt + sequence];
    }

    /// Writes the order of numbers from 0 to `steps`, the largest first, equal ones as they come.
    private void sort(int[] numbers, int at) {
        Arrays.fill(room, counts, counts + steps + 2, 0);
        for (int i = 0; i < batch; i++) {
            room[counts + steps - numbers[at + i] + 1]++;
        }
        for (int i = 1; i <= steps; i++) {
            room[counts + i] += room[counts + i - 1];
        }
        for (int i = 0; i < batch; i++) {
            room[order + room[counts + steps - numbers[at + i]]++] = i;
        }
    }

    private void fill() {
        for (int s = 0; s < batch; s++) {
            if (length(s) < 0 || length(s) > steps) {
                throw new IllegalArgumentException(
                        "pack: a length lies between 0 and " + steps + ", but one is " + length(s));
            }
        }
        sort(lengths, lengthsAt);
        Arrays.fill(room, begun, begun + batch, 0);
        int longest = batch == 0 ? 0 : length(room[order]);
        int r = 0;
        for (int i = 0; i < batch; i++) {
            int s = room[order + i];
            // Where there was no room for the one before there is none for an equal one.
            r = i > 0 && length(s) == length(room[order + i - 1]) ? r : 0;
            while (room[begun + r] + length(s) > longest) {
                r++;
            }
            room[row + s] = r;
            room[start + s] = room[begun + r];
            room[begun + r] += length(s);
        }
    }

    /// Gives rows other numbers, the fullest the first.
    private void sortRows() {
        sort(room, begun);
        int rank = begun;
        for (int i = 0; i < batch; i++) {
            room[filled + i] = room[begun + room[order + i]];
        }
        for (int i = 0; i < batch; i++) {
            room[rank + room[order + i]] = i;
        }
        for (int s = 0; s < batch; s++) {
            room[row + s] = room[rank + room[row + s]];
        }
    }

    private void write(
            boolean timeMajor, int[] place, int placeAt, int[] token, int tokenAt, int[] sequences, int sequencesAt) {
        Arrays.fill(sequences, sequencesAt, sequencesAt + steps * batch, -1);
        // Where padding goes next.
        int r = 0;
        int t = batch == 0 ? 0 : room[filled];
        for (int s = 0; s < batch; s++) {
            for (int n = 0; n < steps; n++) {
                int to;
                if (n < length(s)) {
                    to = (room[start + s] + n) * batch + room[row + s];
                    sequences[sequencesAt + to] = s;
                } else {
                    while (t == steps) {
                        t = room[filled + ++r];
                    }
                    to = t++ * batch + r;
                }
                int own = timeMajor ? n * batch + s : s * steps + n;
                place[placeAt + own] = to;
                token[tokenAt + to] = own;
            }
        }
    }
}
