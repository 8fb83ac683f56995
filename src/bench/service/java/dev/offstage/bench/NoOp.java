package dev.offstage.bench;

import java.time.Duration;

import jakarta.enterprise.context.ApplicationScoped;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;
import dev.offstage.job.RetryLater;

/** A job that does nothing: what is left is what the queue itself costs. */
@ApplicationScoped
public class NoOp implements JobHandler<NoOp.Payload> {

    /**
     * @param failures so many attempts fail before one succeeds
     * @param waitSeconds how long the first attempt asks to be left alone; 0 for not at all
     * @param sleepMillis how long the attempt that succeeds sleeps before; 0 for not at all
     */
    public record Payload(int failures, int waitSeconds, int sleepMillis) {}

    @Override
    public JobType<Payload> type() {
        return new JobType<>("no-op", Payload.class);
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws InterruptedException {
        Payload payload = attempt.payload();
        if (attempt.number() == 1 && payload.waitSeconds() > 0) {
            throw new RetryLater("This attempt was told to wait.", Duration.ofSeconds(payload.waitSeconds()));
        }
        if (attempt.number() <= payload.failures()) {
            throw new IllegalStateException("This attempt was told to fail.");
        }
        if (payload.sleepMillis() > 0) { // to sleep for no time at all still gives the processor to somebody else
            Thread.sleep(payload.sleepMillis());
        }
    }
}
