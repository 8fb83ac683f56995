package dev.offstage.task.analytics;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/**
 * A collector that takes events as Segment's HTTP tracking API does: see "HTTP API source, Track" and "Batch" at
 * segment.com/docs/connections/sources/catalog/libraries/server/http-api.
 */
@Path("/v1")
@Consumes(MediaType.APPLICATION_JSON)
interface Collector {

    /** @return any status; the caller closes it */
    @POST
    @Path("/track")
    Response track(Event event);

    /** @return any status; the caller closes it. With a 2xx, {@code {"rejected":[{"messageId","reason"}]}} names those refused */
    @POST
    @Path("/batch")
    Response batch(Batch batch);

    /**
     * Something that a user did.
     *
     * @param type {@code track}, which tells it from other calls in a batch
     * @param messageId the job's id, for the collector to recognise a repeat
     * @param timestamp when the user did it; ISO-8601 in UTC
     */
    record Event(String type, String event, String userId, String messageId, Instant timestamp,
            Map<String, String> properties) {}

    /** @param sentAt by this machine's clock, so that the collector can tell how far that is off */
    record Batch(List<Event> batch, Instant sentAt) {}
}
