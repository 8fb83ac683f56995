import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Prints how much of some packages the tests have reached, and ends with status 1 where it is less than it must be. Takes JaCoCo's report
 * as a CSV file, then for each package its name below {@code dev.offstage} and the least percentages of lines and branches, such as
 * {@code job=90/80}. Without a report it does nothing: then no tests ran.
 */
public final class Coverage {

    private static final int HEADING = 1;
    private static final int PACKAGE = 1;
    private static final int BRANCH_MISSED = 5;
    private static final int LINE_MISSED = 7;

    /** A package with those below it, and what must be reached of it. */
    private record Wanted(String name, double lines, double branches) {

        static Wanted of(String argument) {
            String[] parts = argument.split("[=/]");
            return new Wanted(parts[0], Double.parseDouble(parts[1]), Double.parseDouble(parts[2]));
        }

        boolean has(String[] row) {
            return (row[PACKAGE] + ".").startsWith("dev.offstage." + name + ".");
        }
    }

    private Coverage() {
    }

    public static void main(String[] arguments) throws IOException {
        Path report = Path.of(arguments[0]);
        if (!Files.exists(report)) {
            return;
        }
        List<String[]> classes = Files.readAllLines(report).stream().skip(HEADING).map(row -> row.split(",")).toList();
        List<String> shortfalls = new ArrayList<>();
        for (String argument : List.of(arguments).subList(1, arguments.length)) {
            Wanted wanted = Wanted.of(argument);
            List<String[]> own = classes.stream().filter(wanted::has).toList();
            double lines = percentage(own, LINE_MISSED);
            double branches = percentage(own, BRANCH_MISSED);
            System.out.printf(Locale.ROOT, "Coverage of %s: %.1f %% of lines, %.1f %% of branches%n", wanted.name,
                    lines,
                    branches);
            if (lines < wanted.lines || branches < wanted.branches) {
                shortfalls.add("%s must have %.0f %% of lines and %.0f %% of branches".formatted(wanted.name,
                        wanted.lines, wanted.branches));
            }
        }
        if (!shortfalls.isEmpty()) {
            System.err.println("Tests reach less than they did: " + String.join("; ", shortfalls)
                    + ". " + report.resolveSibling("index.html") + " shows which lines are missing.");
            System.exit(1);
        }
    }

    /** The number of what was covered stands after that of what was missed. */
    private static double percentage(List<String[]> classes, int missedAt) {
        long missed = classes.stream().mapToLong(row -> Long.parseLong(row[missedAt])).sum();
        long covered = classes.stream().mapToLong(row -> Long.parseLong(row[missedAt + 1])).sum();
        return 100.0 * covered / Math.max(1, missed + covered);
    }
}
