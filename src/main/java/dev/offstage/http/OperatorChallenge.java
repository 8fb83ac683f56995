package dev.offstage.http;

import java.net.URI;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import jakarta.annotation.Priority;
import jakarta.enterprise.inject.Alternative;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.eclipse.microprofile.config.inject.ConfigProperty;

import io.quarkus.oidc.runtime.OidcAuthenticationMechanism;
import io.quarkus.security.AuthenticationFailedException;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.identity.request.AuthenticationRequest;
import io.quarkus.vertx.http.runtime.security.BasicAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.FormAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpCredentialTransport;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/**
 * Who asks, as Quarkus finds it out: programs by HTTP Basic (or a bearer token where OpenID Connect is set up), people by a form,
 * or at their OpenID Connect provider. Whoever is not known is led to the log-in if it is a person who looks at a page, and
 * told what to send otherwise.
 */
@Singleton
@Alternative
@Priority(1)
class OperatorChallenge implements HttpAuthenticationMechanism {

    private static final Problem UNKNOWN = Problem.of(401,
            "This is for operators: send the name operator and its password by HTTP Basic authentication.");
    private static final String BASIC = "basic ";
    /** Quarkus keeps it to itself where there is a form, too. */
    private static final ChallengeData PASSWORD = new ChallengeData(UNKNOWN.status(), "WWW-Authenticate",
            "Basic realm=\"Offstage\"");
    private static final String PAGES = "/console";
    /** Where the form is sent; Quarkus has its answer to a wrong password overwritten by the usual one. */
    private static final String LOG_IN = "/j_security_check";
    private static final URI REFUSED = URI.create("/console/log-in?refused=1");

    private final BasicAuthenticationMechanism basic;
    private final HttpAuthenticationMechanism people;

    OperatorChallenge(BasicAuthenticationMechanism basic, FormAuthenticationMechanism form,
            OidcAuthenticationMechanism oidc,
            @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean provider) {
        this.basic = basic;
        this.people = provider ? oidc : form;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext request, IdentityProviderManager identities) {
        if (LOG_IN.equals(request.normalizedPath()) && request.request().method() == HttpMethod.POST
                && !isForm(request)) {
            return Uni.createFrom().failure(new AuthenticationFailedException("No form was sent."));
        }
        return isBasic(request) ? basic.authenticate(request, identities) : people.authenticate(request, identities);
    }

    private static boolean isForm(RoutingContext request) {
        String type = request.request().getHeader(HttpHeaders.CONTENT_TYPE);
        return type != null && (type.startsWith(MediaType.APPLICATION_FORM_URLENCODED)
                || type.startsWith(MediaType.MULTIPART_FORM_DATA));
    }

    private static boolean isBasic(RoutingContext request) {
        String sent = request.request().getHeader(HttpHeaders.AUTHORIZATION);
        return sent != null && sent.regionMatches(true, 0, BASIC, 0, BASIC.length());
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext request) {
        return isPage(request) ? people.getChallenge(request) : Uni.createFrom().item(PASSWORD);
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext request) {
        if (isPage(request)) {
            return people.sendChallenge(request);
        }
        return getChallenge(request).map(challenge -> {
            if (!isScriptOfAPage(request)) {
                challenge.getHeaders().forEach(request.response()::putHeader);
            }
            UNKNOWN.end(request.response());
            return true;
        });
    }

    private static boolean isPage(RoutingContext request) {
        String accepted = request.request().getHeader(HttpHeaders.ACCEPT);
        return request.normalizedPath().startsWith(PAGES) && request.request().method() == HttpMethod.GET
                && accepted != null && accepted.contains(MediaType.TEXT_HTML)
                && !isBasic(request) && !isScriptOfAPage(request);
    }

    /** The browser would ask for name and password in a window of its own. */
    private static boolean isScriptOfAPage(RoutingContext request) {
        String mode = request.request().getHeader("Sec-Fetch-Mode");
        return mode != null && !mode.equals("navigate");
    }

    /** The same for JAX-RS. */
    Uni<Response> response(RoutingContext request) {
        if (LOG_IN.equals(request.normalizedPath())) {
            return Uni.createFrom().item(Response.seeOther(REFUSED).build());
        }
        return getChallenge(request).map(challenge -> {
            Response.ResponseBuilder answer = Response.fromResponse(UNKNOWN.response());
            challenge.getHeaders().forEach((name, value) -> answer.header(name.toString(), value));
            return answer.build();
        });
    }

    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return Stream.of(basic, people)
                .map(HttpAuthenticationMechanism::getCredentialTypes)
                .flatMap(Collection::stream)
                .collect(Collectors.toSet());
    }

    @Override
    public Uni<HttpCredentialTransport> getCredentialTransport(RoutingContext request) {
        return basic.getCredentialTransport(request);
    }
}
