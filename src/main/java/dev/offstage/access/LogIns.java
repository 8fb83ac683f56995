package dev.offstage.access;

import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

import jakarta.inject.Singleton;

import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.security.runtime.QuarkusPrincipal;
import io.quarkus.security.runtime.QuarkusSecurityIdentity;
import io.quarkus.security.spi.runtime.BlockingSecurityExecutor;
import io.smallrye.mutiny.Uni;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.http.TryLater;
import dev.offstage.storage.StorageException;

/** Log-in by a form, log-out, and finding the session by the cookie of a request. */
@Singleton
public class LogIns {

    private static final String SESSION = "offstage.session";
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final PasswordCheck passwords;
    private final OperatorSessions sessions;
    private final BlockingSecurityExecutor worker;

    LogIns(PasswordCheck passwords, OperatorSessions sessions, BlockingSecurityExecutor worker) {
        this.passwords = passwords;
        this.sessions = sessions;
        this.worker = worker;
    }

    /**
     * Begins a session, whose cookie the answer gets. Not on an event loop.
     *
     * @param name null if none was sent, as the password
     * @return false if the name or the password is wrong
     * @throws TryLater if too many were, or PostgreSQL is away
     */
    public boolean logIn(String name, String password, RoutingContext request) {
        if (!passwords.isRight(name, password, request.request())) {
            return false;
        }
        try {
            SessionCookie.set(request, sessions.begin(name));
            return true;
        } catch (StorageException e) {
            throw unavailable(e);
        }
    }

    /**
     * Ends the session of this request, if it has one, in all processes. Fails with {@link TryLater} if PostgreSQL is away; the
     * browser forgets the session all the same.
     *
     * @param everywhere also ends those that the operator has in other browsers
     */
    public Uni<Void> logOut(boolean everywhere, RoutingContext request) {
        Optional<SessionSecret> secret = SessionCookie.of(request);
        SessionCookie.clear(request);
        return worker.<Void>executeBlocking(() -> {
            secret.ifPresent(some -> sessions.end(some, everywhere));
            return null;
        }).onFailure(StorageException.class).transform(LogIns::unavailable);
    }

    /** Null if the request has no session; fails with {@link TryLater} if PostgreSQL is away. */
    Uni<SecurityIdentity> find(RoutingContext request) {
        Optional<SessionSecret> secret = SessionCookie.of(request);
        if (secret.isEmpty()) {
            return Uni.createFrom().nullItem();
        }
        return worker.executeBlocking(() -> sessions.find(secret.get()))
                .onFailure(StorageException.class)
                .transform(LogIns::unavailable)
                .map(found -> found.map(session -> identity(session, request)).orElse(null));
    }

    private static SecurityIdentity identity(OperatorSessions.Session session, RoutingContext request) {
        if (session.changed() != null) {
            SessionCookie.set(request, session.changed());
        }
        return operator(session.operator()).addAttribute(SESSION, session.id()).build();
    }

    static QuarkusSecurityIdentity.Builder operator(String name) {
        return QuarkusSecurityIdentity.builder()
                .setPrincipal(new QuarkusPrincipal(name))
                .addRole(PasswordCheck.OPERATOR);
    }

    /**
     * Whether an answer that goes on for long may go on: not after the end of the session that it began in. While PostgreSQL is away
     * it may.
     */
    public Uni<Boolean> goesOn(SecurityIdentity identity) {
        UUID session = identity.getAttribute(SESSION);
        return session == null
                ? Uni.createFrom().item(true)
                : worker.executeBlocking(() -> sessions.goesOn(session))
                        .onFailure(StorageException.class)
                        .recoverWithItem(true);
    }

    private static TryLater unavailable(Throwable cause) {
        return TryLater
                .unavailable(
                        "Sessions are kept in the database, which cannot be reached just now: try again in a moment,"
                                + " or send the name operator and its password by HTTP Basic authentication.",
                        PATIENCE, cause);
    }
}
