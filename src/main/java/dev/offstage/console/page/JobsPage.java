package dev.offstage.console.page;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.ws.rs.BeanParam;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.RestPath;
import org.jboss.resteasy.reactive.RestQuery;

import io.quarkus.qute.TemplateInstance;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.Blocking;

import dev.offstage.console.JobQuery;
import dev.offstage.console.UserKeys;
import dev.offstage.http.InvalidField;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.JobFilter;
import dev.offstage.job.watch.JobSearch;
import dev.offstage.operation.BulkActions;

/** Finds jobs, and does something to all that were found. */
@Path("/console/jobs")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class JobsPage {

    /**
     * What is listed.
     *
     * @param values what the filter's form holds, by field
     * @param query the filter as a query
     * @param actions that can be done to all that match
     * @param next where the next page begins; null at the end
     * @param refusal why the filter cannot be meant; null if it can
     */
    record Listing(Map<String, String> values, String query, List<String> types, List<String> states,
            List<Intervention> actions, UUID next, String refusal) {

        public String value(String field) {
            return values.getOrDefault(field, "");
        }

        public boolean filtered() {
            return !query.isEmpty();
        }
    }

    /** @param error the latest one; null if no attempt has failed */
    record JobLine(Job job, String error) {}

    private static final int LIMIT = 50;

    private final JobSearch search;
    private final JobTypes types;
    private final UserKeys users;
    private final BulkActions bulk;

    JobsPage(JobSearch search, JobTypes types, UserKeys users, BulkActions bulk) {
        this.search = search;
        this.types = types;
        this.users = users;
        this.bulk = bulk;
    }

    @GET
    public TemplateInstance list(@BeanParam JobQuery query, @RestQuery String after) {
        try {
            JobFilter filter = query.filter(types, users);
            JobSearch.Page page = search.find(filter, JobQuery.after(after), LIMIT);
            return Templates.jobs(
                    listing(query, page.jobs().isEmpty() && page.next() == null ? List.of() : actions(filter),
                            page.next(), null),
                    lines(page.jobs()),
                    bulk.recent());
        } catch (InvalidField e) {
            return Templates.jobs(listing(query, List.of(), null, e.getMessage()), List.of(), bulk.recent());
        }
    }

    private Listing listing(JobQuery query, List<Intervention> actions, UUID next, String refusal) {
        return new Listing(query.values(), query.encoded(), types.all().stream().map(JobTypes.Entry::name).toList(),
                Arrays.stream(JobState.values()).map(JobState::label).toList(), actions, next, refusal);
    }

    /** To all at once only what every state of the filter allows. */
    private static List<Intervention> actions(JobFilter filter) {
        Set<JobState> states = filter.states();
        return states.isEmpty()
                ? List.of()
                : Arrays.stream(Intervention.values())
                        .filter(action -> action.states().containsAll(states))
                        .toList();
    }

    static List<JobLine> lines(List<Job> jobs) {
        Map<UUID, JobFailure> failures = JobFailure.latestById(jobs);
        return jobs.stream().map(job -> new JobLine(job, error(failures.get(job.id)))).toList();
    }

    private static String error(JobFailure failure) {
        return failure == null ? null : failure.errorClass + ": " + failure.errorMessage;
    }

    @POST
    @Path("/{action: cancel|redrive|discard}")
    public Response applyToAll(@RestPath String action, @BeanParam JobQuery query, @RestQuery String back,
            @Context SecurityIdentity operator) {
        try {
            bulk.start(Intervention.of(action), query.filterOfAction(types, users), operator.getPrincipal().getName());
        } catch (IllegalArgumentException e) {
            throw new InvalidField("state", e.getMessage());
        }
        return Response
                .seeOther(URI.create(
                        "dead-letters".equals(back) ? "/console/dead-letters" : "/console/jobs?" + query.encoded()))
                .build();
    }
}
