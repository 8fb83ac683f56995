package dev.offstage.queue.lane;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Not live once a lane has stopped reading for good: it opens at the next start of the process. */
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
