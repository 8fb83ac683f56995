package dev.offstage.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;

/** Lines over an axis, both logarithmic, as a picture beside the table. */
final class Plot {

    private static final int WIDTH = 800;
    private static final int HEIGHT = 450;
    private static final double LOWEST = 0.1;

    private final String part;
    private final String over;
    private final String unit;
    private final Map<String, Map<Double, Double>> lines = new TreeMap<>();

    Plot(String part, String over, String unit) {
        this.part = part;
        this.over = over;
        this.unit = unit;
    }

    /** Sets a point of a line and writes the picture anew. */
    void draw(String line, double x, double y) throws IOException {
        lines.computeIfAbsent(line, name -> new TreeMap<>()).put(Math.max(1, x), Math.max(LOWEST, y));
        XYChart chart = new XYChartBuilder().width(WIDTH)
                .height(HEIGHT)
                .title(part)
                .xAxisTitle(over)
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setXAxisLogarithmic(true).setYAxisLogarithmic(true);
        lines.forEach((name, points) -> chart.addSeries(name,
                points.keySet().stream().mapToDouble(Double::doubleValue).toArray(),
                points.values().stream().mapToDouble(Double::doubleValue).toArray()));
        VectorGraphicsEncoder.saveVectorGraphic(chart, Path.of("target", "bench-" + part).toString(),
                VectorGraphicsFormat.SVG);
    }
}
