package dev.offstage.http;

import java.util.Set;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.Response;

import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.vertx.http.runtime.security.BasicAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpCredentialTransport;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

/** HTTP Basic as Quarkus does it, with a sentence in the answer to whoever is not known. */
@Singleton
@Alternative
@Priority(1)
class OperatorChallenge implements HttpAuthenticationMechanism {

    private static final Problem UNKNOWN = Problem.of(401,
            "This is for operators: send the name operator and its password by HTTP Basic authentication.");

    private final BasicAuthenticationMechanism basic;

    OperatorChallenge(BasicAuthenticationMechanism basic) {
        this.basic = basic;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext request, IdentityProviderManager identities) {
        return basic.authenticate(request, identities);
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext request) {
        return basic.getChallenge(request);
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext request) {
        return getChallenge(request).map(challenge -> {
            challenge.getHeaders().forEach(request.response()::putHeader);
            UNKNOWN.end(request.response());
            return true;
        });
    }

    /** The same for JAX-RS. */
    Uni<Response> response(RoutingContext request) {
        return getChallenge(request).map(challenge -> {
            Response.ResponseBuilder answer = Response.fromResponse(UNKNOWN.response());
            challenge.getHeaders().forEach((name, value) -> answer.header(name.toString(), value));
            return answer.build();
        });
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return basic.getCredentialTypes();
    }

    @Override
    public Uni<HttpCredentialTransport> getCredentialTransport(RoutingContext request) {
        return basic.getCredentialTransport(request);
    }
}
