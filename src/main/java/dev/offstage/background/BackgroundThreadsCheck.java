package dev.offstage.background;

import java.util.List;
import java.util.function.Supplier;

import jakarta.enterprise.context.ApplicationScoped;

import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** A process that has lost one of its background threads has to be started again: nothing else brings it back. */
@Liveness
@ApplicationScoped
class BackgroundThreadsCheck implements HealthCheck {

    private final Supplier<List<String>> threadsThatEnded;

    BackgroundThreadsCheck() {
        this(BackgroundThread::ended);
    }

    BackgroundThreadsCheck(Supplier<List<String>> threadsThatEnded) {
        this.threadsThatEnded = threadsThatEnded;
    }

    @Override
    public HealthCheckResponse call() {
        List<String> ended = threadsThatEnded.get();
        var response = HealthCheckResponse.named("Background threads").status(ended.isEmpty());
        if (!ended.isEmpty()) {
            response.withData("ended", String.join(", ", ended));
        }
        return response.build();
    }
}
