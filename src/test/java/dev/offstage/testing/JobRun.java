package dev.offstage.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import io.agroal.api.AgroalDataSource;
import io.quarkus.arc.Arc;
import io.quarkus.narayana.jta.QuarkusTransaction;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.Attempt;
import dev.offstage.job.Enqueued;
import dev.offstage.job.JobState;
import dev.offstage.job.JobType;
import dev.offstage.job.JobTypes;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.RetryPolicy;
import dev.offstage.job.RetryPolicy.Next;
import dev.offstage.job.ledger.AttemptOutput;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.Claim;
import dev.offstage.job.ledger.Delivery;
import dev.offstage.job.ledger.Failure;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.job.ledger.OutboxJob;
import dev.offstage.job.ledger.Settlement;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.JobResult;

/**
 * A job whose attempts run on the test's own thread, one after another, without Kafka and without waiting for the ladder. It is
 * claimed and settled in PostgreSQL as in a lane, so all that can be asked about a job can be asked about it. For tests of handlers:
 *
 * <pre>{@code
 * JobRun run = JobRun.of(WelcomeEmail.TYPE, payload).attempt();
 * assertThat(run.state()).isEqualTo(JobState.COMPLETED);
 * }</pre>
 *
 * @param <P> the payload
 */
public final class JobRun<P> {

    private static final Duration NEVER = Duration.ofDays(3_000);
    private static final String KEEP_FROM_KAFKA = """
            update job set state = 'queued', due_at = null where id = ?
            """;

    private final JobTypes.Entry<P> type;
    private final Enqueued.New job;
    private final List<Duration> delays = new ArrayList<>();
    private AttemptOutput output = AttemptOutput.NOTHING;

    private JobRun(JobTypes.Entry<P> type, Enqueued.New job) {
        this.type = type;
        this.job = job;
    }

    /** Commits a job of a type that has a handler here; nothing runs yet. */
    @SuppressWarnings("unchecked")
    public static <P> JobRun<P> of(JobType<P> type, P payload) {
        NewJob later = new NewJob(type.name(), payload, UUID.randomUUID().toString(), Instant.now().plus(NEVER), null);
        Enqueued.New job = (Enqueued.New) bean(Jobs.class).enqueue(later);
        try (Connection connection = bean(AgroalDataSource.class).getConnection();
                PreparedStatement update = connection.prepareStatement(KEEP_FROM_KAFKA)) {
            update.setObject(1, job.id());
            update.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        return new JobRun<>((JobTypes.Entry<P>) bean(JobTypes.class).get(type.name()), job);
    }

    /**
     * Runs the next attempt, however long the ladder would let it wait.
     *
     * @throws IllegalStateException if the job has ended
     */
    public JobRun<P> attempt() throws Exception {
        Job row = row();
        waitNoLonger();
        Delivery delivery = new Delivery(job.id(), job.type(), job.key(), row.payload, row.attempt, job.createdAt(),
                null, null, null);
        Claim claim = bean(Ledger.class).claim(delivery)
                .toCompletableFuture()
                .get(10, TimeUnit.SECONDS)
                .orElseThrow(
                        () -> new IllegalStateException("The job is " + row.state.label() + ": no attempt follows."));
        Attempt<P> attempt = bean(Attempts.class).begin(claim,
                type.type().read(bean(ObjectMapper.class), row.payload), claim.startedAt());
        settle(run(attempt, claim));
        return this;
    }

    private void waitNoLonger() throws SQLException {
        try (Connection connection = bean(AgroalDataSource.class).getConnection();
                PreparedStatement update = connection.prepareStatement("update job set due_at = null where id = ?")) {
            update.setObject(1, job.id());
            update.executeUpdate();
        }
    }

    private Settlement run(Attempt<P> attempt, Claim claim) {
        try {
            type.handler().handle(attempt);
            output = bean(Attempts.class).output(attempt.end());
            return new Settlement.Completed(claim, Instant.now(), output);
        } catch (Throwable error) {
            return failed(claim, error);
        }
    }

    private Settlement failed(Claim claim, Throwable error) {
        Failure failure = Failure.of(claim.delivery().attempt(), claim.startedAt(), Instant.now(), error);
        Next next = type.retries().after(failure.attempt(), error);
        Instant never = failure.failedAt().plus(NEVER);
        if (next instanceof RetryPolicy.DeadLetter) {
            return new Settlement.Died(claim, failure, never, UUID.randomUUID(),
                    bean(Attempts.class).afterDeath(claim.delivery(), failure));
        }
        Duration delay = Duration.ZERO;
        if (next instanceof RetryPolicy.OnRung rung) {
            delay = rung.delay();
        } else if (next instanceof RetryPolicy.InStorage storage) {
            delay = storage.delay();
        }
        delays.add(delay);
        return new Settlement.Retried(claim, failure, failure.failedAt().plus(delay), never);
    }

    private static void settle(Settlement settlement) throws Exception {
        if (!bean(Ledger.class).settle(settlement).toCompletableFuture().get(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The job was taken away while it ran.");
        }
    }

    /** Runs attempts until the job has ended: up the whole ladder, if need be. */
    public JobRun<P> toTheEnd() throws Exception {
        while (!state().finished()) {
            attempt();
        }
        return this;
    }

    public UUID id() {
        return job.id();
    }

    public JobState state() {
        return row().state;
    }

    /** How long it would have waited after each failed attempt. */
    public List<Duration> delays() {
        return List.copyOf(delays);
    }

    /** Oldest first. */
    public List<JobFailure> failures() {
        return QuarkusTransaction.requiringNew().call(() -> JobFailure.of(job.id()));
    }

    /** JSON; null if it left none. */
    public String result() {
        return QuarkusTransaction.requiringNew().call(() -> JobResult.of(job.id()));
    }

    /** What the completed attempt enqueued. These jobs are committed, and run by themselves. */
    public List<OutboxJob> followUps() {
        return output.followUps();
    }

    private Job row() {
        return TestJobs.find(job.id());
    }

    private static <T> T bean(Class<T> type) {
        return Arc.container().instance(type).get();
    }
}
