package dev.offstage.http;

import java.time.Duration;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.github.bucket4j.ConsumptionProbe;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.config.OffstageConfig;

/** How often one address may sign somebody up, in this process. */
@Singleton
class SignUpLimit {

    private static final int AFTER_THE_GATE = 890;
    /** Whatever may follow it and still be the same to JAX-RS, such as a slash or {@code ;a=b}, counts. */
    private static final String SIGN_UP = "/signup";

    private final CallerAddress address;
    private final AddressLimit limit;

    SignUpLimit(OffstageConfig config, CallerAddress address) {
        this.address = address;
        this.limit = new AddressLimit(config.api().signUpsPerAddress());
    }

    void guard(@Observes Filters filters) {
        filters.register(this::decide, AFTER_THE_GATE);
    }

    private void decide(RoutingContext request) {
        if (request.request().method() != HttpMethod.POST || !request.normalizedPath().startsWith(SIGN_UP)) {
            request.next();
            return;
        }
        ConsumptionProbe probe = limit.of(address.of(request.request()))
                .map(bucket -> bucket.tryConsumeAndReturnRemaining(1))
                .orElse(null);
        if (probe == null || probe.isConsumed()) {
            request.next();
        } else {
            TryLater.tooMany("Too many sign-ups from your address", Duration.ofNanos(probe.getNanosToWaitForRefill()))
                    .end(request.response());
        }
    }
}
