package dev.offstage.testing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import org.awaitility.Awaitility;

import io.quarkus.arc.Arc;
import io.quarkus.narayana.jta.QuarkusTransaction;

import dev.offstage.job.JobState;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;

/** Enqueues jobs and waits for what becomes of them. */
public final class TestJobs {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private TestJobs() {
    }

    public static UUID enqueue(ScriptedHandler.Script script) {
        return enqueue(script, null);
    }

    public static UUID enqueue(ScriptedHandler.Script script, Instant runAt) {
        return enqueue(List.of(new NewJob("scripted", script, UUID.randomUUID().toString(), runAt, null))).get(0);
    }

    public static List<UUID> enqueue(List<NewJob> jobs) {
        return Arc.container().instance(Jobs.class).get().enqueue(jobs).stream().map(job -> job.id()).toList();
    }

    /** Null if there is no such row. */
    public static Job find(UUID id) {
        return QuarkusTransaction.requiringNew().call(() -> Job.findById(id));
    }

    public static List<JobFailure> failures(UUID id) {
        return QuarkusTransaction.requiringNew().call(() -> JobFailure.of(id));
    }

    public static Job await(UUID id, JobState state) {
        Awaitility.await()
                .alias(id + " is " + state)
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions()
                .until(() -> find(id) != null && find(id).state == state);
        return find(id);
    }

    public static void awaitRuns(UUID id, int runs) {
        Awaitility.await()
                .alias(id + " ran " + runs + " times")
                .atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> ScriptedHandler.runs(id).size() >= runs);
    }
}
