package dev.offstage.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of a run, each measured in several rounds: printed and written to {@code target/bench.md}. */
final class Figures {

    private static final Path FILE = Path.of("target", "bench.md");
    private static final Map<String, List<Double>> ROUNDS = new LinkedHashMap<>();

    private Figures() {
    }

    /** @param unit such as {@code ms} or {@code /s} */
    static synchronized void add(String figure, String unit, double value) throws IOException {
        ROUNDS.computeIfAbsent(figure + " | " + unit, key -> new ArrayList<>()).add(value);
        Files.writeString(FILE, table());
    }

    static synchronized String table() throws IOException {
        StringBuilder table = new StringBuilder(machine() + "\n\n| figure | unit | median | min | max | rounds |\n"
                + "|---|---|---|---|---|---|\n");
        ROUNDS.forEach((figure, values) -> {
            double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            table.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %d |%n", figure,
                    text(sorted[sorted.length / 2]), text(sorted[0]), text(sorted[sorted.length - 1]), sorted.length));
        });
        return table.toString();
    }

    private static String text(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%,.0f", value);
    }

    private static String machine() throws IOException {
        String processor = Files.readAllLines(Path.of("/proc/cpuinfo"))
                .stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: ", ""))
                .findFirst()
                .orElse("unknown processor");
        return "%d cores of %s, %s %s, Java %s, load on the same machine, medians of the rounds".formatted(
                Runtime.getRuntime().availableProcessors(), processor, System.getProperty("os.name"),
                System.getProperty("os.version"), Runtime.version());
    }

}
