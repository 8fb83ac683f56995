package dev.offstage.access;

import java.util.Optional;

import io.vertx.core.http.Cookie;
import io.vertx.core.http.CookieSameSite;
import io.vertx.ext.web.RoutingContext;

/** Where a browser keeps the secret of its session: out of reach of scripts and of other sites. */
final class SessionCookie {

    private static final String NAME = "offstage-session";

    private SessionCookie() {
    }

    static Optional<SessionSecret> of(RoutingContext request) {
        return Optional.ofNullable(request.request().getCookie(NAME))
                .map(Cookie::getValue)
                .filter(SessionSecret::isOne)
                .map(SessionSecret::new);
    }

    /** It ends with the browser, or when PostgreSQL has forgotten it. */
    static void set(RoutingContext request, SessionSecret secret) {
        request.response().addCookie(cookie(request, secret.text()));
    }

    static void clear(RoutingContext request) {
        request.response().addCookie(cookie(request, "").setMaxAge(0));
    }

    private static Cookie cookie(RoutingContext request, String value) {
        return Cookie.cookie(NAME, value)
                .setPath("/")
                .setHttpOnly(true)
                .setSameSite(CookieSameSite.LAX)
                .setSecure(request.request().isSSL());
    }
}
