package dev.offstage.task.webhook;

import java.util.List;
import java.util.Map;

import jakarta.enterprise.context.ApplicationScoped;

import dev.offstage.job.DeadJob;
import dev.offstage.job.DeathFollower;
import dev.offstage.job.NewJob;

/** Tells of jobs that failed for good, as their lines among the dead letters do. */
@ApplicationScoped
class DeadJobs implements DeathFollower {

    private final Subscriptions subscriptions;

    DeadJobs(Subscriptions subscriptions) {
        this.subscriptions = subscriptions;
    }

    @Override
    public List<NewJob> afterDeath(DeadJob job) {
        if (job.type().equals(WebhookMessage.JOB_TYPE)) {
            return List.of();
        }
        Map<String, Object> data = Map.of("id", job.id(), "type", job.type(), "key", job.key(), "attempts",
                job.attempts(), "failedAt", job.failedAt(), "error",
                Map.of("class", job.errorClass(), "message", job.errorMessage()));
        return subscriptions.deliveries(WebhookEvent.JOB_DEAD, data, job.failedAt(), job.key());
    }
}
