package dev.offstage.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A real PostgreSQL server beside this process, on the loopback address, with every commit on disk. Who connects needs a password
 * that lies beside the data, for its owner alone. A server that outlived a killed service is stopped before a new one starts on
 * its data.
 */
public final class EmbeddedPostgresql implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final String START_SECONDS = "60";
    private static final String STOP_SECONDS = "8";
    private static final Duration KILL = Duration.ofSeconds(5);
    private static final Duration DYING = Duration.ofSeconds(5);
    private static final long LOOK_MS = 50;
    private static final String USER = "postgres";
    private static final String DATABASE = "postgres";
    private static final int SHOWN_LOG = 600;
    /** Who may connect, and how. */
    private static final String ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n";

    private final Path directory;
    private final int port;
    private PostgresqlPrograms programs;
    private boolean running;

    /**
     * @param directory for the data; what else the server needs goes beside it
     * @param port where clients connect; 0 picks a free one
     */
    public EmbeddedPostgresql(Path directory, int port) {
        this.directory = directory.toAbsolutePath();
        this.port = port == 0 ? Ports.free() : port;
    }

    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    public String username() {
        return USER;
    }

    /**
     * Of the user; of a server that was started once.
     *
     * @throws UncheckedIOException if its file cannot be read
     */
    public String password() {
        try {
            return Secret.read(passwordFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path passwordFile() {
        return directory.resolveSibling(directory.getFileName() + "-password");
    }

    /**
     * Starts the server, on the data of the last run if there was one. Does nothing if it runs.
     *
     * @throws IOException if it does not start; the message holds the end of its log
     */
    public synchronized void start() throws IOException {
        if (running) {
            return;
        }
        stopOrphan();
        ServerAccount account = ServerAccount.choose();
        programs = PostgresqlPrograms.unpack(directory.resolveSibling("postgresql-programs"), account);
        if (!Files.exists(directory)) {
            initialize(account);
        }
        account.own(directory);
        if (!isClosed()) {
            close(account);
        }
        Files.deleteIfExists(log());
        Command.Result start = Command.run(programs.command("pg_ctl", List.of("start", "-w", "-t", START_SECONDS,
                "-D", directory.toString(), "-l", log().toString(), "-o", options())), LIMIT);
        if (start.exitStatus() != 0) {
            throw new IOException("PostgreSQL: " + start.output() + " " + endOfLog());
        }
        running = true;
    }

    /** In a directory beside and then renamed: a killed process leaves nothing that looks complete. */
    private void initialize(ServerAccount account) throws IOException {
        Path unfinished = Directories.empty(directory.resolveSibling(directory.getFileName() + "-unfinished"));
        account.own(unfinished);
        Command.Result init = Command.run(programs.command("initdb", List.of("-D", unfinished.toString(),
                "-U", USER, "-A", "trust", "-E", "UTF-8", "--locale=C", "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8")), LIMIT);
        if (init.exitStatus() != 0) {
            throw new IOException("PostgreSQL's data could not be prepared: " + init.output());
        }
        Files.move(unfinished, directory);
    }

    private boolean isClosed() throws IOException {
        return Files.exists(passwordFile()) && ACCESS.equals(Files.readString(accessFile()));
    }

    private Path accessFile() {
        return directory.resolve("pg_hba.conf");
    }

    /**
     * Gives the user a password before anybody can connect; also on data of a version that asked for none. The password's file
     * comes last, so that an interrupted start begins again.
     */
    private void close(ServerAccount account) throws IOException {
        String password = Secret.random();
        Files.deleteIfExists(passwordFile());
        Command.Result alone = Command.run(programs.command("postgres", List.of("--single", "-D", directory.toString(),
                DATABASE)), "alter user " + USER + " password '" + password + "'\n", LIMIT);
        if (alone.exitStatus() != 0 || alone.output().contains("ERROR:")) {
            throw new IOException("PostgreSQL's password could not be set: " + alone.output());
        }
        Files.writeString(accessFile(), ACCESS);
        account.own(directory);
        Secret.write(passwordFile(), password);
    }

    private String options() {
        return String.join(" ", "-p " + port,
                "-c listen_addresses=127.0.0.1",
                "-c unix_socket_directories=",
                "-c fsync=on",
                "-c synchronous_commit=on",
                "-c full_page_writes=on",
                "-c max_connections=200",
                "-c shared_buffers=256MB",
                "-c max_wal_size=2GB",
                "-c shared_preload_libraries=pg_stat_statements");
    }

    private Path log() {
        return directory.resolve("server.log");
    }

    private String endOfLog() throws IOException {
        if (!Files.exists(log())) {
            return "";
        }
        String log = Files.readString(log()).strip();
        return log.substring(Math.max(0, log.length() - SHOWN_LOG));
    }

    /**
     * Stops a server that a killed service left behind on the same data.
     *
     * @throws IOException if it does not stop, or belongs to somebody else
     */
    void stopOrphan() throws IOException {
        awaitEndOfDying();
        Optional<ProcessHandle> orphan = process();
        if (orphan.isPresent()) {
            programs = PostgresqlPrograms.unpack(directory.resolveSibling("postgresql-programs"),
                    ServerAccount.choose());
            stop("fast");
        }
    }

    /**
     * A server that was killed together with the service exists for a moment more, without a program, until somebody has asked for its
     * exit status. Meanwhile a new one would take the data for in use.
     */
    private void awaitEndOfDying() throws IOException {
        Optional<ProcessHandle> dying = owner().filter(process -> process.info().command().isEmpty());
        long deadline = System.nanoTime() + DYING.toNanos(); // it may also be somebody else's, who shows no program to us
        while (dying.isPresent() && dying.get().isAlive() && System.nanoTime() < deadline) {
            try {
                TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while PostgreSQL was stopping", e);
            }
        }
    }

    /** The process that the data belong to at the moment. */
    private Optional<ProcessHandle> process() throws IOException {
        // The number may belong to another program by now: only a postgres is ours to stop.
        return owner().filter(process -> process.info().command().orElse("").contains("postgres"));
    }

    private Optional<ProcessHandle> owner() throws IOException {
        Path pidFile = directory.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return Optional.empty();
        }
        String pid = Files.readString(pidFile).lines().findFirst().orElse("").strip();
        return pid.matches("\\d+") ? ProcessHandle.of(Long.parseLong(pid)) : Optional.empty();
    }

    /** Stops the server as an operator would; {@link #start()} brings it back on the same port with the same data. */
    public synchronized void stop() throws IOException {
        stop("fast");
    }

    /** Stops the server as a power cut would, as far as it can tell; {@link #start()} repairs what it finds. */
    public synchronized void kill() throws IOException {
        stop("immediate");
    }

    private void stop(String mode) throws IOException {
        running = false;
        Optional<ProcessHandle> found = process();
        if (programs == null || found.isEmpty()) {
            return;
        }
        ProcessHandle process = found.get();
        Command.Result stop = Command.run(programs.command("pg_ctl", List.of("stop", "-w", "-t", STOP_SECONDS,
                "-D", directory.toString(), "-m", mode)), LIMIT);
        if (stop.exitStatus() != 0 && process.isAlive()) {
            process.destroyForcibly();
        }
        try {
            process.onExit().get(KILL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException("the PostgreSQL process " + process.pid() + " does not stop (" + stop.output()
                    + "): stop it and start Offstage again", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while PostgreSQL was stopping", e);
        }
    }

    @Override
    public void close() throws IOException {
        stop();
    }
}
