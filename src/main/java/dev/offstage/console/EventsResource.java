package dev.offstage.console;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;

import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.NonBlocking;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.processors.BroadcastProcessor;

import dev.offstage.access.LogIns;
import dev.offstage.http.Problem;

/** Tells the current figures as they change. */
@Path("/events")
@Singleton
public class EventsResource {

    private static final int MOST_LISTENERS = 200;
    /** Keeps proxies from closing a connection on which nothing happens, and lets a listener notice that it is lost. */
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(10);

    private final Changes changes;
    private final LogIns logIns;
    private final AtomicInteger listeners = new AtomicInteger();
    private final BroadcastProcessor<ShutdownDelayInitiatedEvent> stopping = BroadcastProcessor.create();

    EventsResource(Changes changes, LogIns logIns) {
        this.changes = changes;
        this.logIns = logIns;
    }

    /** Ends all streams when the process stops: it would wait for them otherwise. */
    void stop(@Observes ShutdownDelayInitiatedEvent event) {
        stopping.onNext(event);
    }

    /**
     * Server-sent events named {@code changed}: the statistics, the lanes and the actions on many jobs, as JSON. They end with the
     * session, within the time from one sign of life to the next.
     */
    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    @NonBlocking
    public Multi<OutboundSseEvent> events(@Context Sse sse, @Context SecurityIdentity operator) {
        if (listeners.incrementAndGet() > MOST_LISTENERS) {
            listeners.decrementAndGet();
            throw new WebApplicationException(Problem.of(503, MOST_LISTENERS
                    + " others listen already: close some consoles, or ask another process.").response());
        }
        OutboundSseEvent last = sse.newEventBuilder().comment("the end").build();
        Multi<OutboundSseEvent> told = changes.states().map(state -> event(sse, state));
        Multi<OutboundSseEvent> signsOfLife = Multi.createFrom()
                .ticks()
                .every(SIGN_OF_LIFE)
                .onOverflow()
                .drop()
                .onItem()
                .transformToUniAndConcatenate(tick -> logIns.goesOn(operator))
                .map(goesOn -> goesOn ? sse.newEventBuilder().comment("here").build() : last);
        return Multi.createBy()
                .merging()
                .streams(told, signsOfLife, stopping.map(event -> last))
                .select()
                .first(event -> event != last)
                .onTermination()
                .invoke(listeners::decrementAndGet);
    }

    private static OutboundSseEvent event(Sse sse, Changes.State state) {
        return sse.newEventBuilder().name("changed").mediaType(MediaType.APPLICATION_JSON_TYPE).data(state).build();
    }
}
