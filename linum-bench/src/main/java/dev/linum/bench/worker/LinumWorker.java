package dev.linum.bench.worker;

import java.io.IOException;

/// The worker process of Linum.
public final class LinumWorker {

    private LinumWorker() {}

    public static void main(String[] args) throws IOException {
        Serve.run(new LinumEngine());
    }
}
