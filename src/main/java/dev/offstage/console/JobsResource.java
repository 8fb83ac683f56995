package dev.offstage.console;

import java.util.Arrays;
import java.util.List;
import java.util.UUID;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.http.InvalidField;
import dev.offstage.job.Job;
import dev.offstage.job.JobFailure;
import dev.offstage.job.JobSearch;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;

/** The jobs, for operators. */
@Path("/jobs")
@Produces(MediaType.APPLICATION_JSON)
public class JobsResource {

    /** @param next what to pass as {@code after} to go on; null at the end */
    public record Page(List<JobView> items, UUID next) {}

    private final JobSearch search;
    private final JobTypes types;
    private final ObjectMapper json;

    JobsResource(JobSearch search, JobTypes types, ObjectMapper json) {
        this.search = search;
        this.types = types;
        this.json = json;
    }

    /** Lists jobs, newest first. */
    @GET
    public Page list(@RestQuery String type, @RestQuery String state, @RestQuery String q,
            @RestQuery @DefaultValue("50") @Min(1) @Max(500) int limit, @RestQuery String after) {
        if (type != null && types.all().stream().noneMatch(known -> known.name().equals(type))) {
            throw new InvalidField("type", "There is no such job type.");
        }
        var filter = new JobSearch.Filter(type, state == null ? null : state(state), q,
                after == null ? null : id("after", after));
        List<Job> found = search.find(filter, limit + 1);
        List<JobView> items = found.stream().limit(limit).map(job -> JobView.of(job, null, json)).toList();
        return new Page(items, found.size() > limit ? items.get(limit - 1).id() : null);
    }

    /** One job with its failed attempts. */
    @GET
    @Path("/{id}")
    public JobView get(@RestPath UUID id) {
        Job job = Job.findById(id);
        if (job == null) {
            throw new NotFoundException("There is no job " + id + ".");
        }
        return JobView.of(job, JobFailure.of(id), json);
    }

    private static JobState state(String label) {
        return JobState.of(label)
                .orElseThrow(() -> new InvalidField("state", "There is no such state; there are "
                        + String.join(", ", Arrays.stream(JobState.values()).map(JobState::label).toList()) + "."));
    }

    private static UUID id(String field, String value) {
        try {
            return UUID.fromString(value);
        } catch (IllegalArgumentException e) {
            throw new InvalidField(field, "Not the id of a job.");
        }
    }
}
