package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import dev.offstage.background.ManualTimer;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobTypes;
import dev.offstage.job.TypesByHand;
import dev.offstage.job.ledger.AttemptsByHand;
import dev.offstage.job.ledger.Cancellations;
import dev.offstage.queue.PartsByHand;

/** Attempts on real threads, in a time that the test moves. */
class AttemptRunnerTest {

    private static final Duration TIMEOUT = Duration.ofMinutes(10);
    private static final long PATIENCE_SECONDS = 10;

    private final ManualTimer timer = new ManualTimer();
    private final AttemptRunner runner = new AttemptRunner(AttemptsByHand.thatLeaveNothing(), PartsByHand.spans(),
            timer,
            () -> () -> {});
    private final UUID job = UUID.randomUUID();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch free = new CountDownLatch(1);

    @AfterEach
    void end() {
        free.countDown();
        runner.interruptAll();
    }

    @SuppressWarnings("unchecked")
    private CompletableFuture<AttemptEnd> run(TypesByHand.Work work) {
        JobTypes types = TypesByHand.with("scripted", TIMEOUT, work);
        return runner.run((JobTypes.Entry<String>) types.get("scripted"),
                new Attempt<>(job, 1, "payload", Instant.EPOCH, null), null).toCompletableFuture();
    }

    private static AttemptEnd end(CompletableFuture<AttemptEnd> attempt) throws Exception {
        return attempt.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static Throwable error(CompletableFuture<AttemptEnd> attempt) throws Exception {
        return ((AttemptEnd.Failed) end(attempt)).error();
    }

    private void awaitBegin() throws InterruptedException {
        assertThat(begun.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    /** Heeds no interrupt. */
    private void runStubbornly(Attempt<String> attempt) {
        begun.countDown();
        boolean waits = true;
        while (waits) {
            try {
                free.await();
                waits = false;
            } catch (InterruptedException e) {
                waits = true;
            }
        }
    }

    @Test
    void aHandlerThatReturnsHasCompletedItsAttempt() throws Exception {
        assertThat(end(run(attempt -> {}))).isInstanceOf(AttemptEnd.Returned.class);
        assertThat(timer.waiting()).as("its time-out is cancelled").isZero();
    }

    @Test
    void whatAHandlerThrowsIsTheEnd() throws Exception {
        IllegalStateException thrown = new IllegalStateException("made up");

        assertThat(error(run(attempt -> {
            throw thrown;
        }))).isSameAs(thrown);
    }

    @Test
    void invariant11AnErrorOfAHandlerIsAnEndLikeAnyOther() throws Exception {
        assertThat(error(run(attempt -> {
            throw new OutOfMemoryError("made up");
        }))).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void anAttemptThatTakesTooLongIsInterruptedAndFails() throws Exception {
        CompletableFuture<AttemptEnd> attempt = run(running -> {
            begun.countDown();
            free.await();
        });
        awaitBegin();
        timer.advance(TIMEOUT.minusMillis(1));
        assertThat(attempt).isNotDone();

        timer.advance(Duration.ofMillis(1));

        assertThat(error(attempt)).isInstanceOf(TimeoutException.class).hasMessageContaining("10m");
        await().until(() -> runner.stuck() == 0);
    }

    @Test
    void invariant10AHandlerThatHeedsNoInterruptGivesItsPlaceBackAndCountsAsStuck() throws Exception {
        CompletableFuture<AttemptEnd> attempt = run(this::runStubbornly);
        awaitBegin();

        timer.advance(TIMEOUT);

        assertThat(error(attempt)).isInstanceOf(TimeoutException.class);
        await().until(() -> runner.stuck() == 1);
        free.countDown();
        await().until(() -> runner.stuck() == 0);
    }

    @Test
    void anAttemptThatIsCancelledEndsAtOnce() throws Exception {
        CompletableFuture<AttemptEnd> attempt = run(running -> {
            begun.countDown();
            free.await();
        });
        awaitBegin();

        runner.cancel(new Cancellations.Asked(Set.of(job)));

        assertThat(error(attempt)).isInstanceOf(AttemptCancelled.class);
        await().until(() -> runner.stuck() == 0);
    }

    @Test
    void theCancellationOfAnotherJobChangesNothing() throws Exception {
        CompletableFuture<AttemptEnd> attempt = run(running -> {
            begun.countDown();
            free.await();
        });
        awaitBegin();

        runner.cancel(new Cancellations.Asked(Set.of(UUID.randomUUID())));
        free.countDown();

        assertThat(end(attempt)).isInstanceOf(AttemptEnd.Returned.class);
    }

    /** The job is given back: the interrupt was ours. */
    @Test
    void invariant5AnAttemptThatTheStopInterruptsHasNoEnd() throws Exception {
        CompletableFuture<AttemptEnd> attempt = run(running -> {
            begun.countDown();
            free.await();
        });
        awaitBegin();

        runner.interruptAll();

        assertThat(attempt).isNotDone();
    }
}
