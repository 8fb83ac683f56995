package dev.offstage.console;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;
import org.jboss.resteasy.reactive.RestResponse;

import io.quarkus.security.identity.SecurityIdentity;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.http.InvalidField;
import dev.offstage.http.Problem;
import dev.offstage.job.Enqueued;
import dev.offstage.job.EnqueuedBatch;
import dev.offstage.job.JobBatch;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.Jobs;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.JobResult;
import dev.offstage.job.watch.JobSearch;
import dev.offstage.job.watch.ReportedProgress;
import dev.offstage.operation.BulkAction;
import dev.offstage.operation.BulkActions;
import dev.offstage.operation.Operations;
import dev.offstage.storage.PostgresqlGone;
import dev.offstage.storage.StorageException;

/** The jobs, for operators. */
@Path("/jobs")
@Produces(MediaType.APPLICATION_JSON)
public class JobsResource {

    /** @param next what to pass as {@code after} to go on; null at the end */
    public record Page(List<JobView> items, UUID next) {}

    private static final int USUAL_LIMIT = 50;
    private static final int LARGEST_LIMIT = 500;
    private static final int MOST_JOBS = 1_000;

    private final Jobs jobs;
    private final JobSearch search;
    private final Operations operations;
    private final BulkActions bulk;
    private final JobTypes types;
    private final UserKeys users;
    private final ObjectMapper json;
    private final Clock clock;

    JobsResource(Jobs jobs, JobSearch search, Operations operations, BulkActions bulk,
            JobTypes types, UserKeys users,
            ObjectMapper json, Clock clock) {
        this.jobs = jobs;
        this.clock = clock;
        this.search = search;
        this.operations = operations;
        this.bulk = bulk;
        this.types = types;
        this.users = users;
        this.json = json;
    }

    /** Lists jobs, newest first. A page may be short and yet have a next one: it says how far it has searched. */
    @GET
    public Page list(@BeanParam JobQuery query,
            @RestQuery @Parameter(schema = @Schema(type = SchemaType.INTEGER, minimum = "1", maximum = "500", defaultValue = "50")) String limit,
            @RestQuery @Parameter(description = "the next of the page before") String after) {
        JobSearch.Page page = search.find(query.filter(types, users), JobQuery.after(after), limit(limit));
        Map<UUID, JobFailure> failures = JobFailure.latestById(page.jobs());
        return new Page(page.jobs().stream().map(job -> JobView.of(job, failures.get(job.id), json)).toList(),
                page.next());
    }

    /**
     * The jobs of a bulk call.
     *
     * @param then what runs when all of them are done; null for nothing
     * @param onDead what runs once, when the first of them is dead; null for nothing
     */
    public record NewJobs(List<NewJobRequest> jobs, NewJobRequest then, NewJobRequest onDead) {

        boolean isBatch() {
            return then != null || onDead != null;
        }
    }

    /** What became of the jobs of a bulk call, in their order. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record EnqueuedJobs(List<EnqueuedJob> jobs, EnqueuedJob then, EnqueuedJob onDead) {}

    /** @param isNew false if it was there already */
    public record EnqueuedJob(UUID id, String type, JobState state, boolean isNew) {

        static EnqueuedJob of(Enqueued job) {
            return new EnqueuedJob(job.id(), job.type(), job.state(), job instanceof Enqueued.New);
        }
    }

    /** Enqueues a job; answers 200 with the one that has its unique key already if there is one. */
    @POST
    public RestResponse<JobView> create(NewJobRequest request) {
        if (request == null) {
            throw new InvalidField("type", "Send a JSON object with type and payload.");
        }
        Enqueued job = enqueue("payload", List.of(request.toNewJob(types, clock.instant(), ""))).get(0);
        URI location = URI.create("/jobs/" + job.id());
        return job instanceof Enqueued.New created
                ? answer(RestResponse.Status.CREATED, JobView.of(created, request.payload()), location)
                : answer(RestResponse.Status.OK, get(job.id()), location);
    }

    /**
     * Enqueues up to a thousand jobs, all or none, but for those whose unique key an open job has already, and what follows them: a
     * job that runs when all of them are done, and one that runs when the first of them is dead.
     */
    @POST
    @Path("/bulk")
    public RestResponse<EnqueuedJobs> createAll(NewJobs request) {
        if (request == null || request.jobs() == null || request.jobs().isEmpty() || request.jobs().size() > MOST_JOBS
                || request.jobs().contains(null)) {
            throw new InvalidField("jobs", "Send a list of 1 to " + MOST_JOBS + " jobs.");
        }
        Instant now = clock.instant();
        List<NewJob> newJobs = new ArrayList<>();
        for (NewJobRequest job : request.jobs()) {
            newJobs.add(job.toNewJob(types, now, "jobs[" + newJobs.size() + "]."));
        }
        EnqueuedJobs enqueued = request.isBatch()
                ? enqueueBatch(newJobs, follower("then", request.then(), now),
                        follower("onDead", request.onDead(), now))
                : new EnqueuedJobs(views(enqueue("jobs", newJobs)), null, null);
        return RestResponse.status(RestResponse.Status.CREATED, enqueued);
    }

    private static <T> RestResponse<T> answer(RestResponse.Status status, T entity, URI location) {
        return RestResponse.ResponseBuilder.create(status, entity).location(location).build();
    }

    private static List<EnqueuedJob> views(List<Enqueued> jobs) {
        return jobs.stream().map(EnqueuedJob::of).toList();
    }

    /** Checked by itself, so that an error names it. */
    private NewJob follower(String field, NewJobRequest request, Instant now) {
        if (request == null) {
            return null;
        }
        NewJob job = request.toNewJob(types, now, field + ".");
        return stored(field, () -> {
            jobs.check(job);
            return JobBatch.follower(job);
        });
    }

    private EnqueuedJobs enqueueBatch(List<NewJob> newJobs, NewJob then, NewJob onDead) {
        EnqueuedBatch batch = stored("jobs", () -> jobs.enqueue(new JobBatch(newJobs, then, onDead)));
        return new EnqueuedJobs(views(batch.jobs()), view(batch.then()), view(batch.onDead()));
    }

    private static EnqueuedJob view(Enqueued job) {
        return job == null ? null : EnqueuedJob.of(job);
    }

    private List<Enqueued> enqueue(String field, List<NewJob> newJobs) {
        return stored(field, () -> jobs.enqueue(newJobs));
    }

    private static <T> T stored(String field, Supplier<T> storing) {
        try {
            return storing.get();
        } catch (IllegalArgumentException e) {
            throw new InvalidField(field, e.getMessage());
        } catch (StorageException e) {
            if (PostgresqlGone.isCauseOf(e) || e.getCause() == null) {
                throw e;
            }
            throw new InvalidField(field, "PostgreSQL cannot hold this: " + e.getCause().getMessage());
        }
    }

    /** One job with its failed attempts, and what holds it up. */
    @GET
    @Path("/{id}")
    public JobView get(@RestPath UUID id) {
        Job job = Job.findById(id);
        if (job == null) {
            throw new NotFoundException("There is no job " + id + ".");
        }
        return JobView.of(job, JobFailure.of(id), ReportedProgress.findById(id), JobResult.of(id),
                job.isHeld() ? search.waitsFor(id).orElse(null) : null,
                search.recordIds(id).stream().findFirst().orElse(null), json);
    }

    private static int limit(String value) {
        if (value == null || value.isEmpty()) {
            return USUAL_LIMIT;
        }
        try {
            int limit = Integer.parseInt(value);
            if (limit >= 1 && limit <= LARGEST_LIMIT) {
                return limit;
            }
        } catch (NumberFormatException e) {
            throw notALimit();
        }
        throw notALimit();
    }

    private static InvalidField notALimit() {
        return new InvalidField("limit", "Set it to a number from 1 to " + LARGEST_LIMIT + ".");
    }

    /** Ends a job that has not ended: at once if it waits; one that runs is interrupted, and ends as cancelled soon after. */
    @POST
    @Path("/{id}/cancel")
    public JobView cancel(@RestPath UUID id, @Context SecurityIdentity operator) {
        return apply(Intervention.CANCEL, id, operator);
    }

    /** Sends a dead or cancelled job back to its queue as a fresh first attempt. */
    @POST
    @Path("/{id}/redrive")
    public JobView redrive(@RestPath UUID id, @Context SecurityIdentity operator) {
        return apply(Intervention.REDRIVE, id, operator);
    }

    /** Gives a dead letter up for good: it ends as cancelled. */
    @POST
    @Path("/{id}/discard")
    public JobView discard(@RestPath UUID id, @Context SecurityIdentity operator) {
        return apply(Intervention.DISCARD, id, operator);
    }

    private JobView apply(Intervention intervention, UUID id, SecurityIdentity operator) {
        boolean done = operations.apply(intervention, id, operator.getPrincipal().getName());
        JobView job = get(id);
        if (!done) {
            throw new WebApplicationException(Problem.of(409, intervention.refusal(job.state())).response());
        }
        return job;
    }

    /** The same to all jobs that the query lets through; the answer says where to look how far that is. */
    @POST
    @Path("/{action: cancel|redrive|discard}")
    public RestResponse<BulkAction> applyToAll(@RestPath String action, @BeanParam JobQuery query,
            @Context SecurityIdentity operator) {
        try {
            BulkAction started = bulk.start(Intervention.of(action), query.filterOfAction(types, users),
                    operator.getPrincipal().getName());
            return answer(RestResponse.Status.ACCEPTED, started, URI.create("/operations/" + started.id()));
        } catch (IllegalArgumentException e) {
            throw new InvalidField("state", e.getMessage());
        }
    }
}
