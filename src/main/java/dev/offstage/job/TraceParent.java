package dev.offstage.job;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** The trace context of jobs whose enqueuer has none: W3C Trace Context, version 00. */
final class TraceParent {

    private static final HexFormat HEX = HexFormat.of();

    private TraceParent() {
    }

    /** A new trace, to be shared by all jobs that are enqueued together. */
    static String create() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long never0 = random.nextLong() | 1;
        return "00-" + HEX.toHexDigits(random.nextLong()) + HEX.toHexDigits(never0) + "-"
                + HEX.toHexDigits(random.nextLong() | 1) + "-01";
    }
}
