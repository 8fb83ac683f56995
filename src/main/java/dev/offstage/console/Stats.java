package dev.offstage.console;

import java.util.Map;

/**
 * How many jobs are where.
 *
 * @param pending scheduled, queued, running and retrying ones
 * @param failed dead ones
 */
public record Stats(long pending, long running, long completed, long failed, Map<String, TypeStats> byType) {

    /** @param lag records that the lane has not committed yet; null when Kafka does not say */
    public record TypeStats(long scheduled, long queued, long running, long retrying, long completed, long dead,
            long cancelled, Long lag) {

        public long pending() {
            return scheduled + queued + running + retrying;
        }
    }

    static Stats of(Map<String, TypeStats> byType) {
        return new Stats(
                byType.values().stream().mapToLong(TypeStats::pending).sum(),
                byType.values().stream().mapToLong(TypeStats::running).sum(),
                byType.values().stream().mapToLong(TypeStats::completed).sum(),
                byType.values().stream().mapToLong(TypeStats::dead).sum(),
                byType);
    }
}
