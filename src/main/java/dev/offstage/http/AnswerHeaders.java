package dev.offstage.http;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.RoutingContext;

/**
 * Answers are about people: where nothing else says how long one may be kept, no browser and no proxy keeps it (RFC 9111,
 * 5.2.2.5), and none guesses what kind of content it is (Fetch, W3C: {@code X-Content-Type-Options}).
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
        });
        request.next();
    }
}
