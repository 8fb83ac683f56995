package dev.offstage.task.cohorts;

import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import io.quarkus.runtime.annotations.RegisterForReflection;

import dev.offstage.job.Attempt;
import dev.offstage.job.JobHandler;
import dev.offstage.job.JobType;

/** Computes the sign-up statistics anew. An attempt goes on where the one before was interrupted. */
@ApplicationScoped
public class Cohorts implements JobHandler<Cohorts.Payload> {

    public static final JobType<Payload> TYPE = new JobType<>("cohorts", Payload.class);

    private final StatisticsComputation computation;

    Cohorts(StatisticsComputation computation) {
        this.computation = computation;
    }

    /** Empty: a run always computes everything. */
    @RegisterForReflection
    public record Payload() {}

    @Override
    public JobType<Payload> type() {
        return TYPE;
    }

    @Override
    public void handle(Attempt<Payload> attempt) throws InterruptedException {
        StatisticsComputation.Result read = computation.run(attempt.jobId(), attempt::progress);
        long all = Math.max(1, read.users() + read.jobs());
        attempt.progress(all, all);
        attempt.result(Map.of("href", "/statistics", "users", read.users(), "jobs", read.jobs()));
    }
}
