package dev.offstage.http;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/**
 * Adds headers to answers, since they hold personal data. Where a resource does not say how long an answer may be kept,
 * browsers and proxies must not keep it (RFC 9111, 5.2.2.5). They must not guess its kind of content either (Fetch, W3C:
 * {@code X-Content-Type-Options}).
 */
@Singleton
class AnswerHeaders {

    private static final int BEFORE_THE_GATE = 1_100;

    void guard(@Observes Filters filters) {
        filters.register(AnswerHeaders::add, BEFORE_THE_GATE);
    }

    private static void add(RoutingContext request) {
        request.addHeadersEndHandler(ended -> {
            MultiMap headers = request.response().headers();
            if (!headers.contains(HttpHeaders.CACHE_CONTROL)) {
                headers.set(HttpHeaders.CACHE_CONTROL, "no-store");
            }
            headers.set("X-Content-Type-Options", "nosniff");
            String location = headers.get(HttpHeaders.LOCATION);
            if (location != null) {
                headers.set(HttpHeaders.LOCATION, withoutHost(location, request));
            }
        });
        request.next();
    }

    /** JAX-RS makes an address of a path, with the host that the caller named; the path alone will do (RFC 9110, 10.2.2). */
    private static String withoutHost(String location, RoutingContext request) {
        String host = request.request().scheme() + "://" + request.request().authority();
        return location.startsWith(host + "/") ? location.substring(host.length()) : location;
    }
}
