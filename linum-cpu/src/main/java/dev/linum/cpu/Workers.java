package dev.linum.cpu;

/// A team of threads that share the parts of one piece of work.
public interface Workers {

    /// The caller alone: what a worker uses that already has its share of the rows.
    Workers ALONE = new Workers() {
        @Override
        public int size() {
            return 1;
        }

        @Override
        public void run(int parts, Part part) {
            for (int i = 0; i < parts; i++) {
                part.run(i);
            }
        }
    };

    /// How many parts can run at the same time, at least 1.
    int size();

    /// Says whether the threads that so many parts are for would begin at once; to wake them takes as long
    /// as two million multiplications.
    default boolean areAwake(int parts) {
        return true;
    }

    /// Runs `part.run(0) ... part.run(parts - 1)`, each once, on any thread, and returns when all are done.
    /// The first exception of a part is thrown here.
    void run(int parts, Part part);

    /// One of several parts that may run at the same time.
    interface Part {
        void run(int index);
    }
}
