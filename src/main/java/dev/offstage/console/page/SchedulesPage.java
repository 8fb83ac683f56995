package dev.offstage.console.page;

import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

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

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.console.SchedulesResource;
import dev.offstage.console.SchedulesResource.ScheduleRequest;
import dev.offstage.console.SchedulesResource.ScheduleView;
import dev.offstage.http.InvalidField;
import dev.offstage.job.JobTypes;
import dev.offstage.schedule.Schedules;

/** The schedules, to be changed. */
@Path("/console/schedules")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class SchedulesPage {

    /**
     * All that the page shows.
     *
     * @param configured the names of those that the settings have
     */
    record Listing(List<ScheduleView> schedules, Set<String> configured, List<String> types) {

        public boolean isConfigured(String name) {
            return configured.contains(name);
        }

        /** The names of those that the settings have and an operator has deleted. */
        public List<String> deleted() {
            Set<String> names = schedules.stream().map(ScheduleView::name).collect(Collectors.toSet());
            return configured.stream().filter(name -> !names.contains(name)).toList();
        }
    }

    private final SchedulesResource resource;
    private final Schedules schedules;
    private final JobTypes types;
    private final ObjectMapper json;

    SchedulesPage(SchedulesResource resource, Schedules schedules, JobTypes types, ObjectMapper json) {
        this.resource = resource;
        this.schedules = schedules;
        this.types = types;
        this.json = json;
    }

    @GET
    public TemplateInstance list() {
        return Templates.schedules(new Listing(resource.list(), schedules.configured(),
                types.all().stream().<String>map(JobTypes.Entry::name).toList()));
    }

    @POST
    public Response put(@RestForm String name, @RestForm String cron, @RestForm String zone, @RestForm String type,
            @RestForm String payload, @RestForm boolean enabled, @Context SecurityIdentity operator) {
        resource.put(name == null ? "" : name.strip(),
                new ScheduleRequest(cron, zone == null ? "" : zone.strip(), type, payload(payload), enabled), operator);
        return back();
    }

    private JsonNode payload(String written) {
        try {
            return json.readTree(written == null ? "" : written);
        } catch (JsonProcessingException e) {
            throw new InvalidField("payload", "This is not valid JSON: " + e.getOriginalMessage());
        }
    }

    @POST
    @Path("/{name}/{action: enable|disable}")
    public Response enableOrDisable(@RestPath String name, @RestPath String action,
            @Context SecurityIdentity operator) {
        ScheduleView schedule = resource.get(name);
        resource.put(name, new ScheduleRequest(schedule.cron(), schedule.zone(), schedule.type(), schedule.payload(),
                "enable".equals(action)), operator);
        return back();
    }

    @POST
    @Path("/{name}/delete")
    public Response delete(@RestPath String name, @Context SecurityIdentity operator) {
        resource.delete(name, operator);
        return back();
    }

    /** As it is in the settings. */
    @POST
    @Path("/{name}/reset")
    public Response reset(@RestPath String name, @Context SecurityIdentity operator) {
        resource.reset(name, operator);
        return back();
    }

    private static Response back() {
        return Response.seeOther(URI.create("/console/schedules")).build();
    }
}
