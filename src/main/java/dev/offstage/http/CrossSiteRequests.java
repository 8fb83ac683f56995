package dev.offstage.http;

import java.net.URI;
import java.util.Set;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/**
 * Refuses changes that a page of another site makes a browser ask for: the operator whose session the browser holds has not
 * asked for them. Browsers tell where a request comes from in {@code Sec-Fetch-Site} (Fetch Metadata Request Headers, W3C),
 * older ones in {@code Origin} (RFC 6454); programs such as curl tell neither.
 */
@Singleton
class CrossSiteRequests {

    private static final int AFTER_THE_GATE = 900;
    private static final Set<HttpMethod> HARMLESS = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);
    private static final Set<String> OWN = Set.of("same-origin", "none");
    private static final Problem REFUSED = Problem.of(403,
            "This request comes from a page of another site: open Offstage's"
                    + " own page and do it there.");

    void guard(@Observes Filters filters) {
        filters.register(CrossSiteRequests::decide, AFTER_THE_GATE);
    }

    private static void decide(RoutingContext request) {
        if (HARMLESS.contains(request.request().method()) || isOwn(request.request())) {
            request.next();
        } else {
            REFUSED.end(request.response());
        }
    }

    private static boolean isOwn(HttpServerRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null) {
            return OWN.contains(site);
        }
        String origin = request.getHeader("Origin");
        return origin == null
                || request.authority() != null && request.authority().toString().equals(authority(origin));
    }

    private static String authority(String origin) {
        try {
            return URI.create(origin).getAuthority();
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
