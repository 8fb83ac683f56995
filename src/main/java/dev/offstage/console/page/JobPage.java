package dev.offstage.console.page;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.RestPath;

import io.quarkus.qute.TemplateInstance;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.Blocking;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.http.Problem;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.JobResult;
import dev.offstage.job.watch.JobSearch;
import dev.offstage.job.watch.ReportedProgress;
import dev.offstage.job.watch.WaitsFor;
import dev.offstage.operation.Operations;
import dev.offstage.queue.JobRecords;

/** One job: what it is about, what became of it, and where it lies in Kafka. */
@Path("/console/jobs/{id}")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class JobPage {

    /**
     * A job.
     *
     * @param width of the picture of its steps
     * @param progress null until its handler reports
     * @param result JSON; null if its handler kept nothing
     * @param link where the result leads; null if nowhere
     * @param recordId what the record of another program calls it; null if it was enqueued here
     * @param waitsFor what holds it up; null if it waits for no other jobs
     * @param actions that its state allows
     */
    record JobDetails(Job job, String payload, List<Step> steps, int width, ReportedProgress progress, String result,
            String link, String recordId, WaitsFor waitsFor, List<Intervention> actions) {}

    /**
     * A stretch of a job's life.
     *
     * @param kind waited, waits, failed, completed, running, dead or cancelled
     * @param open if it goes on
     * @param x where it begins in the picture
     * @param width in hundredths of the whole, at least 1
     * @param error null if nothing failed
     */
    record Step(String kind, String title, Instant from, boolean open, Duration took, int x, int width, String error) {

        Step placed(int x, int width) {
            return new Step(kind, title, from, open, took, x, width, error);
        }
    }

    private final Operations operations;
    private final JobRecords records;
    private final JobSearch search;
    private final ObjectMapper json;
    private final Clock clock;

    JobPage(Operations operations, JobRecords records, JobSearch search, ObjectMapper json,
            Clock clock) {
        this.operations = operations;
        this.records = records;
        this.search = search;
        this.json = json;
        this.clock = clock;
    }

    @GET
    public TemplateInstance show(@RestPath UUID id) {
        Job job = job(id);
        List<Intervention> actions = Arrays.stream(Intervention.values())
                .filter(action -> action.states().contains(job.state))
                .toList();
        List<Step> steps = steps(job, JobFailure.of(id));
        Step last = steps.get(steps.size() - 1);
        String result = JobResult.of(id);
        return Templates.job(new JobDetails(job, pretty(job.payload), steps, last.x + last.width,
                ReportedProgress.findById(id), result == null ? null : pretty(result), link(result),
                search.recordIds(id).stream().findFirst().orElse(null),
                job.isHeld() ? search.waitsFor(id).orElse(null) : null, actions));
    }

    /** Asked for once the page is there, for it takes longer: Kafka has no index of jobs. */
    @GET
    @Path("/records")
    public TemplateInstance records(@RestPath UUID id) throws InterruptedException {
        Job job = job(id);
        return Templates.records(RecordsView.of(records.find(job, search.recordIds(id))));
    }

    @POST
    @Path("/{action: cancel|redrive|discard}")
    public Response apply(@RestPath UUID id, @RestPath String action, @Context SecurityIdentity operator) {
        Intervention intervention = Intervention.of(action);
        if (!operations.apply(intervention, id, operator.getPrincipal().getName())) {
            throw new WebApplicationException(Problem.of(409, intervention.refusal(job(id).state)).response());
        }
        return Response.seeOther(URI.create("/console/jobs/" + id)).build();
    }

    private static Job job(UUID id) {
        Job job = Job.findById(id);
        if (job == null) {
            throw new NotFoundException("There is no job " + id + ".");
        }
        return job;
    }

    private String link(String result) {
        String link = result == null ? "" : parsed(result).path("href").asText();
        return OwnPath.isOne(link) ? link : null;
    }

    private String pretty(String written) {
        return parsed(written).toPrettyString();
    }

    private JsonNode parsed(String written) {
        try {
            return json.readTree(written);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL holds only JSON in this column.", e);
        }
    }

    /** Waits and attempts by turns, as far as the rows tell: an attempt that was given back leaves no trace. */
    private List<Step> steps(Job job, List<JobFailure> failures) {
        List<Step> steps = new ArrayList<>();
        Instant until = job.createdAt;
        for (JobFailure failure : failures) {
            waited(steps, until, failure.startedAt);
            steps.add(step("failed", "Attempt " + failure.attempt + " failed", failure.startedAt, failure.failedAt,
                    failure.errorClass + ": " + failure.errorMessage));
            until = failure.failedAt;
        }
        last(steps, job, until);
        return placed(steps);
    }

    private static List<Step> placed(List<Step> steps) {
        long whole = Math.max(1, steps.stream().mapToLong(step -> step.took.toMillis()).sum());
        List<Step> placed = new ArrayList<>();
        int x = 0;
        for (Step step : steps) {
            int width = (int) Math.max(1, Math.round(100.0 * step.took.toMillis() / whole));
            placed.add(step.placed(x, width));
            x += width;
        }
        return placed;
    }

    private void last(List<Step> steps, Job job, Instant until) {
        Instant now = clock.instant();
        switch (job.state) {
            case RUNNING -> {
                waited(steps, until, job.startedAt);
                steps.add(step("running", "Attempt " + job.attempt + " runs", job.startedAt, null, null));
            }
            case COMPLETED -> {
                waited(steps, until, job.startedAt);
                steps.add(step("completed", "Attempt " + job.attempt + " completed", job.startedAt, job.finishedAt,
                        null));
            }
            case CANCELLED -> steps.add(step("cancelled", "Cancelled", until, job.finishedAt, null));
            case DEAD -> steps.add(step("dead", "A dead letter", until, null, null));
            default -> {
                steps.add(step("waits", waitsWhatFor(job, now), until, null, null));
            }
        }
    }

    private static String waitsWhatFor(Job job, Instant now) {
        if (job.isHeld()) {
            return "Waits for other jobs";
        }
        return job.dueAt == null || job.dueAt.isBefore(now) ? "Waits for a worker" : "Waits until it is due";
    }

    private void waited(List<Step> steps, Instant from, Instant to) {
        if (to != null && to.isAfter(from)) {
            steps.add(step("waited", "Waited", from, to, null));
        }
    }

    private Step step(String kind, String title, Instant start, Instant end, String error) {
        Instant from = start == null ? clock.instant() : start;
        Duration took = Duration.between(from, end == null ? clock.instant() : end);
        return new Step(kind, title, from, end == null, took.isNegative() ? Duration.ZERO : took, 0, 0, error);
    }
}
