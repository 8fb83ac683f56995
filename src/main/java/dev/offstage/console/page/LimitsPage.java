package dev.offstage.console.page;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.RestPath;

import io.quarkus.qute.TemplateInstance;
import io.quarkus.security.identity.SecurityIdentity;
import io.smallrye.common.annotation.Blocking;

import dev.offstage.config.RateLimit;
import dev.offstage.console.TypesResource;
import dev.offstage.http.InvalidField;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.job.watch.JobSearch;

/** What bounds each lane, to be changed while it runs; and what is due later. */
@Path("/console/limits")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class LimitsPage {

    /**
     * A lane.
     *
     * @param rateLimit empty for none
     * @param setRateLimit that of the settings; empty for none
     */
    record LaneView(String type, LaneControl lane, String rateLimit, int setConcurrency, String setRateLimit,
            Duration timeout,
            List<String> ladder) {}

    private static final int UPCOMING = 20;

    private final JobTypes types;
    private final LaneControls lanes;
    private final JobSearch search;
    private final TypesResource resource;

    LimitsPage(JobTypes types, LaneControls lanes, JobSearch search, TypesResource resource) {
        this.types = types;
        this.lanes = lanes;
        this.search = search;
        this.resource = resource;
    }

    @GET
    public TemplateInstance limits() {
        Map<String, LaneControl> controls = lanes.read();
        List<LaneView> views = types.all().stream().map(type -> view(type, controls.get(type.name()))).toList();
        return Templates.limits(views, JobsPage.lines(search.upcoming(UPCOMING)));
    }

    private static LaneView view(JobTypes.Entry<?> type, LaneControl lane) {
        return new LaneView(type.name(), lane, Formats.rate(lane),
                type.settings().concurrency(), type.settings().rateLimit().map(RateLimit::toString).orElse(""),
                type.settings().timeout(),
                type.retries().ladder().stream().map(Formats::shortly).toList());
    }

    @POST
    @Path("/{type}")
    public Response limit(@RestPath String type, @RestForm String concurrency, @RestForm String rateLimit,
            @Context SecurityIdentity operator) {
        resource.limit(type,
                new TypesResource.Limits(number(concurrency),
                        rateLimit.isBlank() ? TypesResource.NONE : rateLimit.strip()),
                operator);
        return back();
    }

    /** As it is in the settings. */
    @POST
    @Path("/{type}/reset")
    public Response reset(@RestPath String type, @Context SecurityIdentity operator) {
        resource.limit(type, new TypesResource.Limits(null, null), operator);
        return back();
    }

    @POST
    @Path("/{type}/{action: pause|resume}")
    public Response pauseOrResume(@RestPath String type, @RestPath String action, @RestForm String back,
            @Context SecurityIdentity operator) {
        if ("pause".equals(action)) {
            resource.pause(type, operator);
        } else {
            resource.resume(type, operator);
        }
        return "overview".equals(back) ? Response.seeOther(URI.create("/console")).build() : back();
    }

    private static Response back() {
        return Response.seeOther(URI.create("/console/limits")).build();
    }

    private static Integer number(String value) {
        try {
            return Integer.valueOf(value.strip());
        } catch (NumberFormatException e) {
            throw new InvalidField("concurrency", "Send a whole number.");
        }
    }
}
