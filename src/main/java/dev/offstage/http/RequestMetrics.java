package dev.offstage.http;

import java.time.Duration;
import java.util.stream.Stream;

import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.vertx.core.http.impl.HttpServerRequestInternal;
import io.vertx.ext.web.RoutingContext;

/**
 * Gives the times of answers buckets, so that Prometheus can tell what one in a hundred had to wait, and one name to all requests that no
 * resource is there for: a caller may make up as many paths as it likes.
 */
@Singleton
class RequestMetrics {

    /** Where Quarkus looks for the template of a request's path; the resource that is found writes its own over ours. */
    private static final String TEMPLATE = "UrlPathTemplate";
    private static final String NO_RESOURCE = "/*";

    private static final double[] BUCKETS = Stream.of(2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500)
            .mapToDouble(millis -> Duration.ofMillis(millis).toNanos())
            .toArray();

    @Produces
    @Singleton
    MeterFilter buckets() {
        return new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return id.getName().equals("http.server.requests")
                        ? DistributionStatisticConfig.builder().serviceLevelObjectives(BUCKETS).build().merge(config)
                        : config;
            }
        };
    }

    /** Also a request that is refused, or broken off, before a resource is found is measured. */
    static void nameOf(RoutingContext request) {
        ((HttpServerRequestInternal) request.request()).context().putLocal(TEMPLATE, NO_RESOURCE);
    }
}
