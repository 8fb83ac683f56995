package dev.offstage.access;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Set;

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
import io.quarkus.vertx.http.runtime.security.ChallengeData;
import io.quarkus.vertx.http.runtime.security.HttpAuthenticationMechanism;
import io.quarkus.vertx.http.runtime.security.HttpCredentialTransport;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.http.Problem;
import dev.offstage.http.TryLater;

/**
 * Finds out who sends a request. Programs send HTTP Basic (or a bearer token where OpenID Connect is set up), browsers the
 * cookie of a session, or that of OpenID Connect. Where this is missing or wrong, a browser that asks for a page is led to the
 * log-in; any other caller is told what to send.
 */
@Singleton
@Alternative
@Priority(1)
class OperatorChallenge implements HttpAuthenticationMechanism {

    private static final Problem UNKNOWN = Problem.of(401,
            "This is for operators: send the name operator and its password by HTTP Basic authentication.");
    private static final String BASIC = "basic ";
    private static final ChallengeData PASSWORD = new ChallengeData(UNKNOWN.status(), "WWW-Authenticate",
            "Basic realm=\"Offstage\"");
    private static final String PAGES = "/console";
    private static final int FOUND = 302;
    /** Why the request of this context cannot be answered now. */
    private static final String LATER = TryLater.class.getName();

    private final PasswordCheck passwords;
    private final LogIns logIns;
    private final OidcAuthenticationMechanism oidc;
    private final boolean provider;

    OperatorChallenge(PasswordCheck passwords, LogIns logIns, OidcAuthenticationMechanism oidc,
            @ConfigProperty(name = "quarkus.oidc.tenant-enabled") boolean provider) {
        this.passwords = passwords;
        this.logIns = logIns;
        this.oidc = oidc;
        this.provider = provider;
    }

    @Override
    public Uni<SecurityIdentity> authenticate(RoutingContext request, IdentityProviderManager identities) {
        if (provider && !isBasic(request)) {
            return oidc.authenticate(request, identities);
        }
        Uni<SecurityIdentity> identity = isBasic(request) ? basic(request) : logIns.find(request);
        return identity.onFailure(TryLater.class).transform(later -> {
            request.put(LATER, later);
            return new AuthenticationFailedException(later); // of others Quarkus writes each to the log
        });
    }

    /** RFC 7617: name and password, separated by the first colon, in base64. */
    private Uni<SecurityIdentity> basic(RoutingContext request) {
        String[] sent = decoded(request.request().getHeader(HttpHeaders.AUTHORIZATION).substring(BASIC.length()))
                .split(":", 2);
        try {
            return passwords.isRight(sent[0], sent.length == 2 ? sent[1] : null, request.request())
                    ? Uni.createFrom().item(LogIns.operator(sent[0]).build())
                    : Uni.createFrom().failure(new AuthenticationFailedException("A wrong name or password."));
        } catch (TryLater e) {
            return Uni.createFrom().failure(e);
        }
    }

    /** Empty if it cannot be decoded, which is then refused as a wrong name. */
    private static String decoded(String credentials) {
        try {
            return new String(Base64.getDecoder().decode(credentials.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    private static boolean isBasic(RoutingContext request) {
        String sent = request.request().getHeader(HttpHeaders.AUTHORIZATION);
        return sent != null && sent.regionMatches(true, 0, BASIC, 0, BASIC.length());
    }

    @Override
    public Uni<ChallengeData> getChallenge(RoutingContext request) {
        if (!isPage(request)) {
            return Uni.createFrom().item(PASSWORD);
        }
        return provider
                ? oidc.getChallenge(request)
                : Uni.createFrom().item(new ChallengeData(FOUND, HttpHeaders.LOCATION, logIn(request)));
    }

    /** A path of this site and no address, whatever the header Host says. */
    private static String logIn(RoutingContext request) {
        return "/console/log-in?to=" + URLEncoder.encode(request.request().uri(), StandardCharsets.UTF_8);
    }

    @Override
    public Uni<Boolean> sendChallenge(RoutingContext request) {
        TryLater later = request.get(LATER);
        if (later != null) {
            later.end(request.response());
            return Uni.createFrom().item(true);
        }
        if (isPage(request) && provider) {
            return oidc.sendChallenge(request);
        }
        return getChallenge(request).map(challenge -> {
            if (!isScriptOfAPage(request)) {
                challenge.getHeaders().forEach(request.response()::putHeader);
            }
            if (challenge.status == FOUND) {
                request.response().setStatusCode(FOUND).end();
            } else {
                UNKNOWN.end(request.response());
            }
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
        TryLater later = request.get(LATER);
        if (later != null) {
            return Uni.createFrom().item(later.response());
        }
        return getChallenge(request).map(challenge -> {
            Response.ResponseBuilder answer = challenge.status == FOUND
                    ? Response.status(FOUND)
                    : Response.fromResponse(UNKNOWN.response());
            challenge.getHeaders().forEach((name, value) -> answer.header(name.toString(), value));
            return answer.build();
        });
    }

    /** Only those of OpenID Connect have an identity provider; names and cookies are checked here. */
    @Override
    public Set<Class<? extends AuthenticationRequest>> getCredentialTypes() {
        return provider ? oidc.getCredentialTypes() : Set.of();
    }

    @Override
    public Uni<HttpCredentialTransport> getCredentialTransport(RoutingContext request) {
        return Uni.createFrom()
                .item(new HttpCredentialTransport(HttpCredentialTransport.Type.AUTHORIZATION, BASIC.strip()));
    }
}
