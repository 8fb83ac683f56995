package dev.offstage.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What only one of the processes that run tests side by side may do at a time. */
final class Turn {

    /**
     * What is done while others wait.
     *
     * @param <E> what it throws besides
     */
    interface Work<E extends Exception> {
        void run() throws IOException, E;
    }

    private Turn() {
    }

    /** Waits for the turn, which ends with the work. */
    static <E extends Exception> void at(Path lock, Work<E> work) throws IOException, E {
        try (FileChannel file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.lock(); // until the file is closed
            work.run();
        }
    }
}
