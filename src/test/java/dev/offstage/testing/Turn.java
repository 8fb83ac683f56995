package dev.offstage.testing;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What only one of the processes that run tests side by side may do at a time. */
final class Turn implements AutoCloseable {

    private final FileChannel file;

    private Turn(FileChannel file) {
        this.file = file;
    }

    /** Waits for it. */
    static Turn at(Path lock) throws IOException {
        FileChannel file = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        file.lock();
        return new Turn(file);
    }

    @Override
    public void close() throws IOException {
        file.close(); // and with it the lock
    }
}
