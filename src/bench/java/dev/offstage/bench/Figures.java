package dev.offstage.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The figures of a run, each measured in several rounds: printed, and written to {@code target/bench.md} with plots beside it. */
final class Figures {

    private static final Path FILE = Path.of("target", "bench.md");
    private static final Map<Figure, List<Double>> ROUNDS = new LinkedHashMap<>();
    private static final Map<String, Plot> PLOTS = new LinkedHashMap<>();

    /**
     * What is measured.
     *
     * @param part of the benchmark
     * @param unit such as {@code ms} or {@code /s}
     */
    record Figure(String part, String name, String unit) {}

    private Figures() {
    }

    static void add(String part, String name, String unit, double value) throws IOException {
        add(new Figure(part, name, unit), value);
    }

    private static synchronized List<Double> add(Figure figure, double value) throws IOException {
        List<Double> values = ROUNDS.computeIfAbsent(figure, key -> new ArrayList<>());
        values.add(value);
        Files.writeString(FILE, table());
        return values;
    }

    /**
     * The same for a figure that depends on something: it is drawn over it, in {@code target/bench-<part>.svg}.
     *
     * @param over what it depends on, such as {@code sign-ups/s}
     * @param x the value of that
     * @param line the figures that differ in {@code x} only
     */
    static void add(String part, String line, String unit, double value, String over, double x) throws IOException {
        List<Double> values = add(new Figure(part, "%s, %,.0f %s".formatted(line, x, over), unit), value);
        String name = part + (unit.equals("/s") ? "-rate" : "");
        PLOTS.computeIfAbsent(name, key -> new Plot(name, over, unit)).draw(line, x, median(values));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return (sorted.get((sorted.size() - 1) / 2) + sorted.get(sorted.size() / 2)) / 2;
    }

    static synchronized String table() throws IOException {
        StringBuilder table = new StringBuilder(
                machine() + "\n\n| part | figure | unit | median | min | max | rounds |\n"
                        + "|---|---|---|---|---|---|---|\n");
        ROUNDS.forEach((figure,
                values) -> table.append(String.format(Locale.ROOT, "| %s | %s | %s | %s | %s | %s | %d |%n",
                        figure.part, figure.name, figure.unit, text(median(values)), text(Collections.min(values)),
                        text(Collections.max(values)), values.size())));
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
