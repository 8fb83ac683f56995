package dev.offstage.console;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestResponse;

import io.quarkus.security.identity.SecurityIdentity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import dev.offstage.http.InvalidField;
import dev.offstage.operation.ScheduleOperations;
import dev.offstage.schedule.Definition;
import dev.offstage.schedule.Definitions;
import dev.offstage.schedule.InvalidSchedule;
import dev.offstage.schedule.Schedule;
import dev.offstage.schedule.Schedules;
import dev.offstage.storage.PostgresqlGone;
import dev.offstage.storage.StorageException;

/** When which job is enqueued by itself. */
@Path("/schedules")
@Produces(MediaType.APPLICATION_JSON)
public class SchedulesResource {

    /**
     * A schedule and how far it is.
     *
     * @param changed whether an operator wrote it, and not the settings
     * @param nextAt the fire time that comes next; null if it does not fire
     * @param firedFor the latest fire time for which a job was enqueued; null if there was none yet
     * @param lastJob that job; null if there was none yet, or it has been removed since
     */
    public record ScheduleView(String name, String cron, String zone, String type, JsonNode payload, boolean enabled,
            boolean changed, Instant nextAt, Instant firedFor, UUID lastJob) {

        static ScheduleView of(Schedule schedule) {
            Definition definition = schedule.definition();
            return new ScheduleView(schedule.name(), definition.cron().toString(), definition.zone().getId(),
                    definition.type(), definition.payload(), definition.enabled(), schedule.changed(),
                    schedule.nextAt(), schedule.firedFor(), schedule.lastJob());
        }
    }

    /**
     * What a schedule is to do.
     *
     * @param cron five fields as in crontab(5), or a name such as @daily
     * @param zone the time zone of the cron expression; null for UTC
     * @param type the name of a job type
     * @param payload what the type's handler reads; null for an empty one
     * @param enabled null for yes
     */
    public record ScheduleRequest(String cron, String zone, String type, JsonNode payload, Boolean enabled) {}

    private final Schedules schedules;
    private final Definitions definitions;
    private final ScheduleOperations operations;

    SchedulesResource(Schedules schedules, Definitions definitions, ScheduleOperations operations) {
        this.schedules = schedules;
        this.definitions = definitions;
        this.operations = operations;
    }

    @GET
    public List<ScheduleView> list() {
        return schedules.list().stream().map(ScheduleView::of).toList();
    }

    @GET
    @Path("/{name}")
    public ScheduleView get(@RestPath String name) {
        return schedules.find(name).map(ScheduleView::of).orElseThrow(() -> unknown(name));
    }

    /** Changes or adds a schedule, for all processes and over restarts. It fires for no time before that. */
    @PUT
    @Path("/{name}")
    public RestResponse<ScheduleView> put(@RestPath String name, ScheduleRequest request,
            @Context SecurityIdentity operator) {
        if (request == null) {
            throw new InvalidField("cron",
                    "Send a JSON object with cron and type; zone, payload and enabled may follow.");
        }
        boolean isNew = schedules.find(name).isEmpty();
        try {
            operations.put(name, definition(name, request), operator.getPrincipal().getName());
        } catch (InvalidSchedule e) {
            throw new InvalidField(e.field(), e.getMessage());
        } catch (StorageException e) {
            if (PostgresqlGone.isCauseOf(e)) {
                throw e;
            }
            throw new InvalidField("payload", "PostgreSQL cannot hold this: " + e.getCause().getMessage());
        }
        return isNew
                ? RestResponse.ResponseBuilder.create(RestResponse.Status.CREATED, get(name))
                        .location(URI.create("/schedules/" + name))
                        .build()
                : RestResponse.ok(get(name));
    }

    private Definition definition(String name, ScheduleRequest request) {
        return definitions.read(name, request.cron(), request.zone() == null ? "UTC" : request.zone(), request.type(),
                request.payload() == null ? JsonNodeFactory.instance.objectNode() : request.payload(),
                request.enabled() == null || request.enabled());
    }

    /** It stays deleted over restarts, also if the settings name it. */
    @DELETE
    @Path("/{name}")
    public void delete(@RestPath String name, @Context SecurityIdentity operator) {
        if (!operations.delete(name, operator.getPrincipal().getName())) {
            throw unknown(name);
        }
    }

    /** Makes a schedule that was changed or deleted what the settings say. */
    @POST
    @Path("/{name}/reset")
    public ScheduleView reset(@RestPath String name, @Context SecurityIdentity operator) {
        if (!operations.reset(name, operator.getPrincipal().getName())) {
            throw new NotFoundException("The settings name no schedule " + name + ": send a PUT to make it one.");
        }
        return get(name);
    }

    private static NotFoundException unknown(String name) {
        return new NotFoundException("There is no schedule " + name + ": GET /schedules lists those that there are.");
    }
}
