package dev.offstage.faults;

import java.io.IOException;

import dev.offstage.testing.OffstageProcess;

/** What a process has logged since this was made. */
final class LogSince {

    private final OffstageProcess process;
    private final int before;

    LogSince(OffstageProcess process) throws IOException {
        this.process = process;
        this.before = process.output().length();
    }

    /** How many lines hold this text. */
    long lines(String text) throws IOException {
        return process.output().substring(before).lines().filter(line -> line.contains(text)).count();
    }

    /** How many lines are warnings or errors. */
    long alarms() throws IOException {
        return lines(" WARN ") + lines(" ERROR ");
    }
}
