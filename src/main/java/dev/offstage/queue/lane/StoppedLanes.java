package dev.offstage.queue.lane;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Whether this process had better be started anew: a lane that has stopped by itself opens only at the next start. */
@Liveness
@ApplicationScoped
class StoppedLanes implements HealthCheck {

    private final Lanes lanes;

    StoppedLanes(Lanes lanes) {
        this.lanes = lanes;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("Lanes").status(!lanes.anyStopped()).build();
    }
}
