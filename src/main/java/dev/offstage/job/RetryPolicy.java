package dev.offstage.job;

import java.time.Duration;
import java.util.List;

/**
 * What follows a failed attempt: some tries at once, then one rung of the ladder after another.
 *
 * @param immediate how many tries follow at once, before the ladder
 * @param ladder the delays, shortest first
 */
public record RetryPolicy(int immediate, List<Duration> ladder) {

    /** Whatever the other side asks for, a job is looked at again within a day. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(1);

    /**
     * A longer delay has no retry topic: the job waits in PostgreSQL, and the sweep publishes it when it is due. Kafka is to the
     * millisecond and takes floods; for hours a row will do, and no record must outlive a topic's retention.
     */
    public static final Duration LONGEST_RUNG = Duration.ofMinutes(10);

    /** What follows a failed attempt. */
    public sealed interface Next {}

    /** The next attempt starts at once. */
    public record AtOnce() implements Next {}

    /** The next attempt waits in the retry topic of this delay. */
    public record OnRung(Duration delay) implements Next {}

    /** The next attempt is due after {@link #LONGEST_RUNG}, or later than any rung: it waits in PostgreSQL. */
    public record InStorage(Duration delay) implements Next {}

    /** There is no next attempt. */
    public record DeadLetter() implements Next {}

    public RetryPolicy {
        ladder = List.copyOf(ladder);
        for (int rung = 0; rung < ladder.size(); rung++) {
            boolean longer = rung == 0 || ladder.get(rung).compareTo(ladder.get(rung - 1)) > 0;
            if (!longer || ladder.get(rung).toMillis() < 1) {
                throw new IllegalArgumentException("must be positive and each longer than the one before.");
            }
        }
    }

    /** @param attempt the one that failed, from 1 */
    public Next after(int attempt, Throwable error) {
        if (error instanceof PermanentFailure || attempt > immediate + ladder.size()) {
            return new DeadLetter();
        }
        if (error instanceof RetryLater later) {
            return noSoonerThan(later.delay(), attempt);
        }
        return attempt <= immediate ? new AtOnce() : waiting(ladder.get(attempt - immediate - 1));
    }

    /** The delays that have a retry topic. */
    public List<Duration> rungs() {
        return ladder.stream().filter(RetryPolicy::isRung).toList();
    }

    private static boolean isRung(Duration delay) {
        return delay.compareTo(LONGEST_RUNG) <= 0;
    }

    private static Next waiting(Duration delay) {
        return isRung(delay) ? new OnRung(delay) : new InStorage(delay);
    }

    /** On the first rung that is long enough; in PostgreSQL any time will do, but no less than the ladder has here. */
    private Next noSoonerThan(Duration asked, int attempt) {
        int first = Math.max(0, attempt - immediate - 1);
        return ladder.stream()
                .skip(first)
                .filter(delay -> isRung(delay) && delay.compareTo(asked) >= 0)
                .<Next>map(OnRung::new)
                .findFirst()
                .orElseGet(() -> inStorage(asked, attempt <= immediate ? Duration.ZERO : ladder.get(first)));
    }

    private static Next inStorage(Duration asked, Duration usual) {
        Duration wait = asked.compareTo(usual) > 0 ? asked : usual;
        return new InStorage(wait.compareTo(LONGEST_WAIT) < 0 ? wait : LONGEST_WAIT);
    }
}
