package dev.offstage.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/** A real PostgreSQL server beside this process, on the loopback address, with every commit on disk. */
public final class EmbeddedPostgresql implements AutoCloseable {

    private static final Duration START = Duration.ofSeconds(60);
    private static final long STOP_SECONDS = 8;

    private final Path directory;
    private final int port;
    private EmbeddedPostgres server;

    /** @param port where clients connect; 0 picks a free one */
    public EmbeddedPostgresql(Path directory, int port) {
        this.directory = directory.toAbsolutePath();
        this.port = port == 0 ? Ports.free() : port;
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }

    public String username() {
        return "postgres";
    }

    /**
     * Starts the server, on the data of the last run if there was one.
     *
     * @throws IOException if it does not start; its own words are on standard error
     */
    public synchronized void start() throws IOException {
        Files.createDirectories(directory);
        stopOrphan();
        Path programs = Files.createDirectories(directory.resolveSibling("postgresql-programs"));
        server = EmbeddedPostgres.builder()
                .setDataDirectory(directory)
                .setOverrideWorkingDirectory(programs.toFile())
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPort(port)
                .setPGStartupWait(START)
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("max_connections", "200")
                .setServerConfig("max_wal_size", "2GB")
                .setServerConfig("shared_buffers", "256MB")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .start();
    }

    /** A server that outlived a killed service still holds the directory and the port. */
    void stopOrphan() throws IOException {
        Optional<ProcessHandle> orphan = orphan();
        if (orphan.isEmpty()) {
            return;
        }
        ProcessHandle process = orphan.get();
        process.destroy();
        try {
            process.onExit().get(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            process.destroyForcibly();
            process.onExit().join();
        } catch (ExecutionException e) {
            throw new IOException("The PostgreSQL process " + process.pid() + " could not be waited for.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while PostgreSQL was stopping.", e);
        }
    }

    private Optional<ProcessHandle> orphan() throws IOException {
        Path pidFile = directory.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
        // The number may belong to another program by now: only a postgres is ours to stop.
        return ProcessHandle.of(pid).filter(process -> process.info().command().orElse("").contains("postgres"));
    }

    /** Stops the server; {@link #start()} brings it back on the same port with the same data. */
    public synchronized void stop() throws IOException {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    @Override
    public void close() throws IOException {
        stop();
    }
}
