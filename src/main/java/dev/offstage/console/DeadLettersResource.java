package dev.offstage.console;

import java.util.Set;
import java.util.UUID;

import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

import io.quarkus.security.identity.SecurityIdentity;

import dev.offstage.http.InvalidField;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.watch.JobFilter;
import dev.offstage.operation.BulkAction;
import dev.offstage.operation.BulkActions;

/** The dead letters of a type, all at once. */
@Path("/dead-letters/{type}")
@Produces(MediaType.APPLICATION_JSON)
public class DeadLettersResource {

    /** @param count how many it was done to so far */
    public record Done(long count, UUID operation) {}

    private final BulkActions bulk;
    private final JobTypes types;

    DeadLettersResource(BulkActions bulk, JobTypes types) {
        this.bulk = bulk;
        this.types = types;
    }

    /** Sends them back to their queue as fresh first attempts. Answers when it is done, or with 202 while it goes on. */
    @POST
    @Path("/redrive")
    public RestResponse<Done> redrive(@RestPath String type, @RestQuery String q, @Context UriInfo address,
            @Context SecurityIdentity operator)
            throws InterruptedException {
        return apply(Intervention.REDRIVE, type, q, address, operator);
    }

    /** Gives them up for good: they end as cancelled. */
    @DELETE
    public RestResponse<Done> discard(@RestPath String type, @RestQuery String q, @Context UriInfo address,
            @Context SecurityIdentity operator)
            throws InterruptedException {
        return apply(Intervention.DISCARD, type, q, address, operator);
    }

    private RestResponse<Done> apply(Intervention intervention, String type, String error, UriInfo address,
            SecurityIdentity operator)
            throws InterruptedException {
        address.getQueryParameters().forEach((name, sent) -> {
            if (!name.equals("q") || sent.size() > 1 || sent.get(0).isBlank()) {
                throw new InvalidField(name,
                        "Send q once with a part of the error, and nothing else; leave it out for all.");
            }
        });
        if (types.find(type).isEmpty()) {
            throw new NotFoundException("There is no job type " + type + ".");
        }
        JobFilter dead = new JobFilter(type, Set.of(JobState.DEAD), null, JobQuery.text("q", error), null, null, null,
                null, null,
                null);
        BulkAction started = bulk.start(intervention, dead, operator.getPrincipal().getName());
        BulkAction last = bulk.await(started.id());
        return RestResponse.ResponseBuilder
                .create(last.finished() ? RestResponse.Status.OK : RestResponse.Status.ACCEPTED,
                        new Done(last.done(), last.id()))
                .build();
    }
}
