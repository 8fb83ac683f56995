package dev.offstage.job.watch;

import java.time.Duration;
import java.time.Instant;

/**
 * For how long the next job has been due that a relay has to bring to Kafka. While PostgreSQL does not answer no relay can bring any,
 * so the time since it last answered counts, too.
 */
final class OutboxLag {

    /** A look that is a little late is no outage. */
    private static final Duration LATE = Duration.ofSeconds(15);

    private record Look(Instant at, Instant dueSince) {}

    private volatile Look last;

    /** @param started when this process began to look */
    OutboxLag(Instant started) {
        this.last = new Look(started, started);
    }

    /** @param dueSince when the next job became due; null if none is due */
    void seen(Instant dueSince, Instant at) {
        last = new Look(at, dueSince == null ? at : dueSince);
    }

    double seconds(Instant now) {
        Look look = last;
        boolean late = Duration.between(look.at, now).compareTo(LATE) > 0;
        Instant until = late ? now : look.at;
        return Math.max(0, Duration.between(look.dueSince, until).toMillis()) / 1e3;
    }
}
