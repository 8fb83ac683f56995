package dev.offstage.embedded;

import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program of the operating system to its end. */
final class Command {

    /**
     * How it ended.
     *
     * @param exitStatus 0 means that it went well
     * @param output what it wrote to standard output and standard error
     */
    record Result(int exitStatus, String output) {}

    private Command() {
    }

    /**
     * @param limit a program that takes longer is killed
     * @throws IOException if the program cannot be run, takes too long, or this thread is interrupted
     */
    static Result run(List<String> command, Duration limit) throws IOException {
        return run(command, "", limit);
    }

    /** @param input what it reads; no more than a few lines */
    static Result run(List<String> command, String input, Duration limit) throws IOException {
        // A file and not a pipe: a server that the program leaves behind may hold a pipe open for ever.
        Path output = Files.createTempFile("offstage-command", null);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            try (Writer standardInput = process.outputWriter(StandardCharsets.UTF_8)) {
                standardInput.write(input);
            }
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(command + " did not end within " + limit.toSeconds() + " s: "
                        + Files.readString(output).strip());
            }
            return new Result(process.exitValue(), Files.readString(output).strip());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + command + " ran", e);
        } finally {
            Files.deleteIfExists(output);
        }
    }

    /** Whether the program is there and ends with status 0. */
    static boolean works(List<String> command, Duration limit) {
        try {
            return run(command, limit).exitStatus() == 0;
        } catch (IOException e) {
            return false; // not there, or not allowed here
        }
    }
}
