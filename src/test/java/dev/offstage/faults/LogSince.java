package dev.offstage.faults;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import dev.offstage.testing.OffstageProcess;

/** What a process has logged, since a moment when all was well, of something that it needs. */
final class LogSince {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String TELLER = "[dev.offstage.storage.Dependency]";
    private static final String START = " started in ";

    private final OffstageProcess process;
    private final String gone;
    private final String back;
    private final int before;

    /** Waits until an outage that an earlier test made is over for the process, too. */
    LogSince(OffstageProcess process, String dependency) throws IOException {
        this.process = process;
        this.gone = dependency + " cannot be reached, or takes too long: ";
        this.back = dependency + " is back";
        await().atMost(LIMIT).until(this::allIsWell);
        this.before = process.output().length();
    }

    private boolean allIsWell() throws IOException {
        List<String> told = process.output()
                .lines()
                .filter(line -> line.contains(START)
                        || line.contains(TELLER) && (line.contains(gone) || line.contains(back)))
                .toList();
        return !told.get(told.size() - 1).contains(gone);
    }

    /** How often it was said to be gone. */
    long gone() throws IOException {
        return lines(TELLER, gone);
    }

    /** How often it was said to be back. */
    long back() throws IOException {
        return lines(TELLER, back);
    }

    /** How many lines are warnings or errors. */
    long alarms() throws IOException {
        return lines(" WARN ", "") + lines(" ERROR ", "");
    }

    private long lines(String text, String more) throws IOException {
        return process.output()
                .substring(before)
                .lines()
                .filter(line -> line.contains(text) && line.contains(more))
                .count();
    }
}
