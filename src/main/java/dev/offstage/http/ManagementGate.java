package dev.offstage.http;

import java.util.Set;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.quarkus.vertx.http.ManagementInterface;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/**
 * Lets only requests that read through to health, metrics and the description of the API, which have a port of their own. There
 * is nothing to send there, so no body is read.
 */
@Singleton
class ManagementGate {

    private static final int FIRST = Integer.MIN_VALUE;
    private static final Set<HttpMethod> READING = Set.of(HttpMethod.GET, HttpMethod.HEAD);
    private static final Problem REFUSED = Problem.of(405, "Here is nothing but to be read: send GET.");

    void guard(@Observes ManagementInterface management) {
        management.router().route().order(FIRST).handler(ManagementGate::decide);
    }

    private static void decide(RoutingContext request) {
        if (READING.contains(request.request().method()) && !hasBody(request)) {
            request.next();
            return;
        }
        request.response()
                .putHeader(HttpHeaders.ALLOW, "GET, HEAD")
                .putHeader(HttpHeaders.CONNECTION, "close"); // the body, if there is one, is not read
        REFUSED.end(request.response());
    }

    private static boolean hasBody(RoutingContext request) {
        String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        return length != null && !length.equals("0")
                || request.request().headers().contains(HttpHeaders.TRANSFER_ENCODING);
    }
}
