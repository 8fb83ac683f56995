package dev.offstage.queue.lane;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

import dev.offstage.config.OffstageConfig;

/**
 * Not live once too many handlers have ignored their interrupts: they keep their threads, and only a new start of the process frees
 * those.
 */
@Liveness
@ApplicationScoped
class StuckAttempts implements HealthCheck {

    private final AttemptRunner runner;
    private final int limit;

    StuckAttempts(AttemptRunner runner, OffstageConfig config) {
        this.runner = runner;
        this.limit = config.worker().maxStuckAttempts();
    }

    @Override
    public HealthCheckResponse call() {
        int stuck = runner.stuck();
        return HealthCheckResponse.named("Stuck attempts")
                .withData("stuck", stuck)
                .withData("limit", limit)
                .status(stuck <= limit)
                .build();
    }
}
