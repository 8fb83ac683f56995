package dev.offstage.access;

import jakarta.enterprise.event.Observes;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.ForbiddenException;
import io.quarkus.security.UnauthorizedException;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.http.Problem;
import dev.offstage.http.TryLater;

/** Answers refused requests, and says which role may do what was asked for. */
class RefusedAccess {

    private static final Problem FORBIDDEN = Problem.of(403, "This user may not do that: it needs the role operator.");
    /** Before the error handler of Quarkus, which is the last. */
    private static final int ALMOST_LAST = Integer.MAX_VALUE - 1;

    private final OperatorChallenge challenge;

    RefusedAccess(OperatorChallenge challenge) {
        this.challenge = challenge;
    }

    /** A wrong name or password. */
    @ServerExceptionMapper
    Uni<Response> unknown(AuthenticationFailedException e, RoutingContext request) {
        return challenge.response(request);
    }

    @ServerExceptionMapper
    Uni<Response> unauthorized(UnauthorizedException e, RoutingContext request) {
        return challenge.response(request);
    }

    @ServerExceptionMapper
    Response forbidden(ForbiddenException e) {
        return FORBIDDEN.response();
    }

    @ServerExceptionMapper
    Response later(TryLater e) {
        return e.response();
    }

    /** The paths that application.properties protects are refused before JAX-RS sees the request. */
    void register(@Observes Router router) {
        router.route().order(ALMOST_LAST).failureHandler(request -> {
            if (request.failure() instanceof ForbiddenException && !request.response().headWritten()) {
                FORBIDDEN.end(request.response());
            } else {
                request.next();
            }
        });
    }
}
