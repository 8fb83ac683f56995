package dev.offstage.task.cleanup;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;
import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.config.CleanupSettings;
import dev.offstage.config.OffstageConfig;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.watch.JobCounts;
import dev.offstage.picture.Originals;

/**
 * Removes jobs that ended long ago, with all that belongs to them, old entries of the audit log, uploaded pictures without a
 * user, and buckets of rate limits that nobody draws from. It does so in small transactions and rests twice as long as each of
 * them took, so that it has a third of the time of one connection at most. It may be interrupted at any time; the next attempt
 * goes on with what is left.
 */
@ApplicationScoped
public class Cleanup implements JobHandler<Cleanup.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("cleanup", Payload.class);

    private static final int REST = 2;
    private static final Duration ORPHANED_AFTER = Duration.ofDays(1);

    private final AgroalDataSource dataSource;
    private final JobCounts counts;
    private final Originals originals;
    private final CleanupSettings kept;
    private final Clock clock;

    Cleanup(AgroalDataSource dataSource, JobCounts counts, Originals originals, OffstageConfig config, Clock clock) {
        this.originals = originals;
        this.dataSource = dataSource;
        this.counts = counts;
        this.kept = config.cleanup();
        this.clock = clock;
    }

    /** Empty: the settings say what is removed. */
    @RegisterForReflection
    public record Payload() {}

    /** Something that is removed bit by bit. */
    interface Removal {
        /** @return false if that was the last of it */
        boolean removeSome() throws SQLException;
    }

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws SQLException, InterruptedException {
        Instant now = clock.instant();
        OldJobs jobs = new OldJobs(dataSource, kept, now);
        OldOperations operations = new OldOperations(dataSource, now.minus(kept.auditAfter()));
        FullBuckets buckets = new FullBuckets(dataSource, now);
        OrphanedOriginals orphans = new OrphanedOriginals(originals, dataSource, now.minus(ORPHANED_AFTER));
        long all = Math.max(1, jobsOfAllStates());
        remove(() -> {
            boolean more = jobs.removeSome();
            attempt.progress(Math.min(jobs.seen(), all), all);
            return more;
        });
        remove(operations);
        remove(buckets);
        remove(orphans);
        attempt.progress(all, all);
        attempt.result(Map.of("jobs", jobs.removed(), "operations", operations.removed(), "buckets",
                buckets.removed(), "originals", orphans.removed()));
    }

    private static void remove(Removal removal) throws SQLException, InterruptedException {
        boolean more = true;
        while (more) {
            long start = System.nanoTime();
            more = removal.removeSome();
            TimeUnit.NANOSECONDS.sleep(REST * (System.nanoTime() - start));
        }
    }

    private long jobsOfAllStates() {
        return counts.byType().values().stream().flatMap(states -> states.values().stream()).mapToLong(i -> i).sum();
    }
}
