package dev.offstage.http;

import jakarta.inject.Singleton;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.StreamingOutput;

import io.vertx.ext.web.RoutingContext;

import dev.offstage.config.OffstageConfig;

/**
 * Answers that are too large to be held in memory. They go as fast as the caller reads, and have places of their own, so that those who
 * read slowly keep nobody else from being served.
 */
@Singleton
public class Downloads {

    private static final String RETRY_AFTER_SECONDS = "5";

    private final Shares places;
    private final Callers callers;

    Downloads(OffstageConfig config, Callers callers) {
        this.places = new Shares(config.api().maxDownloads(), config.api().downloadsPerAddress());
        this.callers = callers;
    }

    /**
     * The same content, paced. It keeps its place until the last byte has gone, or the connection has.
     *
     * @throws WebApplicationException with 503 if too many are under way
     */
    public StreamingOutput paced(RoutingContext request, StreamingOutput content) {
        Shares.Share place = places.take(callers.address(request), 1)
                .orElseThrow(() -> new WebApplicationException(Response.fromResponse(Problem.of(503,
                        "Too many large pictures and reports are being read, or too many by you: try again in a few seconds.")
                        .response()).header(HttpHeaders.RETRY_AFTER, RETRY_AFTER_SECONDS).build()));
        callers.keepUntilSent(request, place::close);
        Gate.giveBackItsSlot(request);
        return Peer.of(request.request().connection())
                .<StreamingOutput>map(peer -> out -> content.write(new PacedOutput(out, peer)))
                .orElse(content);
    }
}
