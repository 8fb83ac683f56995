package dev.offstage.config;

import jakarta.enterprise.event.Observes;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;

/** A process without the role {@code api} answers questions about its health, its metrics and nothing else. */
final class ApiGate {

    private static final int BEFORE_ALL_OTHERS = 1_000;
    private static final String MANAGEMENT = "/q/";

    void close(@Observes Filters filters, OffstageConfig config) {
        if (!config.has(Role.API)) {
            filters.register(ApiGate::refuse, BEFORE_ALL_OTHERS);
        }
    }

    private static void refuse(RoutingContext request) {
        if (request.normalizedPath().startsWith(MANAGEMENT)) {
            request.next();
        } else {
            request.response()
                    .setStatusCode(404)
                    .putHeader("Content-Type", "application/problem+json")
                    .end("""
                            {"title":"Not Found","status":404,"detail":"This process does not serve the API: \
                            its setting offstage.roles has no api. Ask one that does."}""");
        }
    }
}
