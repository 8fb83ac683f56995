package dev.offstage.faults;

import java.time.Duration;

/** Every fault has a short form, for each build, and a full one: {@code mvn verify -Pfaults}. */
final class Form {

    private static final boolean FULL = "full".equals(System.getProperty("offstage.faults"));

    private Form() {
    }

    static int of(int shortForm, int full) {
        return FULL ? full : shortForm;
    }

    /**
     * A bound on time, which holds on a machine that has nothing else to do. In short, it is this much looser: the build
     * machine may be busy, and what takes five times as long is still found.
     */
    static Duration within(Duration full) {
        return FULL ? full : full.multipliedBy(5).plusSeconds(2);
    }

    static boolean isFull() {
        return FULL;
    }
}
