package dev.offstage.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestPlan;

/** The table of what was done to Offstage and what became of its jobs: {@code target/faults.md}. */
public final class FaultReport implements TestExecutionListener {

    /** Short forms run in processes side by side, each with a table of its own. */
    private static final String FORK = System.getProperty("test.fork", "1");
    private static final Path FILE = Path.of("target", FORK.equals("1") ? "faults.md" : "faults-" + FORK + ".md");
    private static final String HEAD = """
            | fault | accepted | completed | dead | open | lost | attempts run twice | run again | mails twice | \
            events twice | drained after | seen |
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """;
    private static final List<String> ROWS = new ArrayList<>();

    /** @param seen what else was measured, in words */
    static synchronized void add(String fault, Audit.Outcome outcome, String seen) throws IOException {
        ROWS.add(
                String.format(Locale.ROOT, "| %s | %d | %d | %d | %d | %d | %d | %d | %d | %d | %.1f s | %s |%n",
                        fault,
                        outcome.accepted(), outcome.completed(), outcome.dead(), outcome.open(), outcome.lost(),
                        outcome.runTwice(), outcome.runAgain(), outcome.mailsTwice(), outcome.eventsTwice(),
                        outcome.drained().toMillis() / 1_000.0, seen));
        Files.writeString(FILE, HEAD + String.join("", ROWS));
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        if (!ROWS.isEmpty()) {
            System.out.println(System.lineSeparator() + HEAD + String.join("", ROWS));
        }
    }
}
