package dev.offstage.http;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.core.HttpHeaders;

import org.jboss.logging.Logger;

import io.netty.handler.codec.DecoderException;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

import dev.offstage.config.OffstageConfig;
import dev.offstage.config.Role;

/**
 * Decides, before anything else looks at a request, whether it is served: not by a process without the role
 * {@code api}, not with too large a body, and not while too many others, or too large ones, are under way. Questions
 * about health and metrics always are.
 */
@Singleton
class Gate {

    private static final Logger LOG = Logger.getLogger(Gate.class);
    private static final int BEFORE_ALL_OTHERS = 1_000;
    private static final String CONNECTION = "Connection";
    private static final String MANAGEMENT = "/q/";
    /** Answers that go on for hours have a bound of their own. */
    private static final String EVENTS = "/events";
    private static final String RETRY_AFTER_SECONDS = "1";

    private static final String TRANSFER_ENCODING = "Transfer-Encoding";
    private static final int TOO_LARGE = 413;

    private final BodyHandler chunks = BodyHandler.create(false).setBodyLimit(BoundedBody.LIMIT);
    private final boolean open;
    private final UnderWay underWay;

    Gate(OffstageConfig config) {
        this.open = config.has(Role.API);
        this.underWay = new UnderWay(config.api().maxRequests(), config.api().maxBodies().asLongValue());
    }

    /** What Vert.x refuses by itself it refuses without a word, and what breaks off is no error of ours. */
    void explain(@Observes Router router) {
        router.route().failureHandler(request -> {
            if (isOfTheConnection(request.failure()) || isOfNoVersionServed(request)) {
                LOG.debug("A caller went away, sent chunks that are none, or began with HTTP/2", request.failure());
                request.request().connection().close();
            } else if (request.statusCode() == TOO_LARGE && !request.response().headWritten()) {
                refuse(request);
            } else if (isWithoutHost(request)) {
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

    private void decide(RoutingContext request) {
        if (request.normalizedPath().startsWith(MANAGEMENT)) {
            request.next();
        } else if (!open) {
            Problem.of(404, "This process does not serve the API: its setting offstage.roles has no api. Ask one that"
                    + " does.").end(request.response());
        } else if (isTooLarge(request)) {
            refuse(request);
        } else if (EVENTS.equals(request.normalizedPath())) {
            request.next();
        } else {
            admit(request, inMemory(request));
        }
    }

    private void admit(RoutingContext request, long body) {
        if (!underWay.enter(body)) {
            request.response().putHeader(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS);
            Problem.of(503, "Too many requests, or too large ones, are under way: try again in a moment.")
                    .end(request.response());
            return;
        }
        request.addEndHandler(done -> underWay.leave(body));
        if (isGathered(request)) {
            chunks.handle(request);
        } else {
            request.next();
        }
    }

    /** How many bytes of a body are held in memory, at most; what does not say how long it is may come to the limit. */
    private static long inMemory(RoutingContext request) {
        String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        if (BoundedBody.isForm(contentType(request))) {
            return 0;
        }
        if (length != null) {
            return Long.parseLong(length);
        }
        return isGathered(request) ? BoundedBody.LIMIT : 0;
    }

    /** The rest of the body would have to be read before another request on this connection. */
    private static void refuse(RoutingContext request) {
        request.response().putHeader(CONNECTION, "close");
        BoundedBody.tooLarge(contentType(request)).end(request.response());
    }

    /** A form is parsed while it comes, see {@link BoundedBody}; anything else is gathered before it is looked at. */
    static boolean isGathered(RoutingContext request) {
        return request.request().getHeader(TRANSFER_ENCODING) != null && !BoundedBody.isForm(contentType(request));
    }

    /** What is not a number is refused by Vert.x, and what is sent in chunks is counted by {@link BoundedBody}. */
    private static boolean isTooLarge(RoutingContext request) {
        String length = request.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        long limit = BoundedBody.isForm(contentType(request)) ? BoundedBody.FORM_LIMIT : BoundedBody.LIMIT;
        return length != null && Long.parseLong(length) > limit;
    }

    private static String contentType(RoutingContext request) {
        return request.request().getHeader(HttpHeaders.CONTENT_TYPE);
    }
}
