package dev.offstage.task.analytics;

import java.time.Instant;
import java.util.Map;

import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/**
 * A collector that takes events as Segment's HTTP tracking API does: see "HTTP API source, Track" at
 * segment.com/docs/connections/sources/catalog/libraries/server/http-api.
 */
@Path("/v1/track")
@Consumes(MediaType.APPLICATION_JSON)
interface Collector {

    /** @return any status; the caller closes it */
    @POST
    Response track(Event event);

    /**
     * Something that a user did.
     *
     * @param messageId the job's id, for the collector to recognise a repeat
     * @param timestamp when the user did it; ISO-8601 in UTC
     */
    record Event(String event, String userId, String messageId, Instant timestamp, Map<String, String> properties) {}
}
