package dev.offstage.http;

import java.util.Optional;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;

import org.jboss.logging.Logger;

import io.netty.handler.codec.DecoderException;
import io.quarkus.vertx.http.ManagementInterface;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;

/**
 * Decides, before anything else looks at a request, whether it is served: not by a process without the role
 * {@code api}, not with too large a body, and not while too many others are under way. It takes its slot when its body is there, and
 * gives it back when its answer has gone.
 */
@Singleton
class Gate {

    private static final Logger LOG = Logger.getLogger(Gate.class);
    private static final int BEFORE_ALL_OTHERS = 1_000;
    /** Its answers go on for hours, so they take no slot; their number has a limit of its own. */
    private static final String EVENTS = "/events";
    private static final String RETRY_AFTER_SECONDS = "1";
    private static final String SLOT = Gate.class.getName();
    private static final int TOO_LARGE = 413;

    private final boolean open;
    private final Shares slots;
    private final Callers callers;
    private final LargeBodies bodies;

    Gate(OffstageConfig config, Callers callers, LargeBodies bodies) {
        this.open = config.has(Role.API);
        this.slots = new Shares(config.api().maxRequests(), config.api().requestsPerAddress());
        this.callers = callers;
        this.bodies = bodies;
    }

    /**
     * Vert.x refuses some requests by itself, without a sentence: here they get one. A request that breaks off is not logged as
     * an error.
     */
    void explain(@Observes Router router) {
        router.route().failureHandler(request -> {
            if (isOfTheConnection(request.failure()) || isOfNoVersionServed(request)) {
                LOG.debug("A caller went away, sent chunks that are none, or began with HTTP/2", request.failure());
                request.request().connection().close();
            } else if (request.statusCode() == TOO_LARGE && !request.response().headWritten()) {
                LargeBodies.refuse(request, BodyLimits.tooLarge(request.request()));
            } else if (isWithoutHost(request)) {
                RequestMetrics.nameOf(request); // no filter has seen it
                Problem.of(400, "The request names no host: send the header Host.").end(request.response());
            } else {
                request.next();
            }
        });
    }

    private static boolean isOfTheConnection(Throwable failure) {
        return failure instanceof HttpClosedException || failure instanceof DecoderException
                || failure instanceof NumberFormatException; // the length of a chunk
    }

    /** Such as the beginning of HTTP/2. */
    private static boolean isOfNoVersionServed(RoutingContext request) {
        return request.request().version() == null;
    }

    /** HTTP/1.0 needs none. */
    private static boolean isWithoutHost(RoutingContext request) {
        return request.request().version() == HttpVersion.HTTP_1_1 && request.request().authority() == null;
    }

    void guard(@Observes Filters filters) {
        filters.register(this::decide, BEFORE_ALL_OTHERS);
    }

    /**
     * The management port is not for callers, so nothing limits its requests. The names under which they are measured are
     * limited there, too.
     */
    void measure(@Observes ManagementInterface management) {
        management.router().route().order(-BEFORE_ALL_OTHERS).handler(request -> {
            RequestMetrics.nameOf(request);
            request.next();
        });
    }

    private void decide(RoutingContext request) {
        RequestMetrics.nameOf(request);
        callers.learnProxy(request.request());
        if (!open) {
            Problem.of(404, "This process does not serve the API: its setting offstage.roles has no api. Ask one that"
                    + " does.").end(request.response());
        } else if (BodyLimits.isTooLarge(request.request())) {
            LargeBodies.refuse(request, BodyLimits.tooLarge(request.request()));
        } else if (EVENTS.equals(request.normalizedPath())) {
            request.next();
        } else if (LargeBodies.isLarge(request.request())) {
            bodies.receive(request, () -> admit(request));
        } else {
            admit(request);
        }
    }

    private void admit(RoutingContext request) {
        Optional<Shares.Share> slot = slots.take(callers.address(request), 1);
        if (slot.isEmpty()) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            Problem.of(503, "Too many requests, or too many of yours, are under way: try again in a moment.")
                    .end(request.response());
            return;
        }
        request.put(SLOT, slot.get());
        callers.keepUntilSent(request, slot.get()::close);
        request.next();
    }

    /** For a request that counts in another limit from now on. */
    static void giveBackItsSlot(RoutingContext request) {
        Shares.Share slot = request.get(SLOT);
        if (slot != null) {
            slot.close();
        }
    }
}
