package dev.offstage.bench;

import java.io.IOException;

/** Where a measurement goes: into the table, and onto a plot if it depends on something. */
interface Series {

    /** @param unit such as {@code ms} or {@code /s} */
    void add(String figure, String unit, double value) throws IOException;

    static Series of(String part) {
        return (figure, unit, value) -> Figures.add(part, figure, unit, value);
    }

    /** @param over what the figures depend on, such as {@code sign-ups/s}, at the value {@code x} */
    static Series of(String part, String over, double x) {
        return (figure, unit, value) -> Figures.add(part, figure, unit, value, over, x);
    }
}
