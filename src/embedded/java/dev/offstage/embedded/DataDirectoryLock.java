package dev.offstage.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Keeps a second Offstage off the data directory. The operating system releases it when the process dies. */
final class DataDirectoryLock implements AutoCloseable {

    private static final String OTHER = "set offstage.embedded.data-dir to another directory.";

    private final FileChannel channel;

    private DataDirectoryLock(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Makes the directory if it is missing, and closes it to other users: names, addresses and passwords lie in it.
     *
     * @throws CannotStart if the directory is not writable or in use
     */
    static DataDirectoryLock acquire(Path directory) throws CannotStart {
        Path shown = directory.toAbsolutePath();
        try {
            Files.createDirectories(directory);
            Secret.close(directory, "rwx------");
            FileChannel channel = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            if (locked(channel)) {
                return new DataDirectoryLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new CannotStart(
                    "The data directory " + shown + " cannot be written: make it writable, or " + OTHER, e);
        }
        throw new CannotStart("Another Offstage runs on " + shown + ": stop it, or " + OTHER);
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false; // it is this process that holds it
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
