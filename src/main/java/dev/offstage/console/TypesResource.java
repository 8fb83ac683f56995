package dev.offstage.console;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;

import org.jboss.resteasy.reactive.RestPath;

import io.quarkus.security.identity.SecurityIdentity;

import dev.offstage.config.RateLimit;
import dev.offstage.http.InvalidField;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.operation.Operations;

/** The job types, their limits, and whether their lanes are paused. */
@Path("/types")
@Produces(MediaType.APPLICATION_JSON)
public class TypesResource {

    /** Lifts the rate limit of the settings. */
    public static final String NONE = "none";

    /**
     * @param concurrency how many jobs run at once in each worker
     * @param timeout in seconds, of an attempt
     * @param retryDelays in seconds, before attempt 2, 3, …
     * @param rateLimit such as 100/s, across all workers; null for none
     */
    public record TypeView(String type, boolean paused, int concurrency, double timeout, int partitions,
            List<Double> retryDelays, String rateLimit) {}

    /**
     * Limits in place of those of the settings.
     *
     * @param concurrency null for that of the settings
     * @param rateLimit such as 100/s, or none; null for that of the settings
     */
    public record Limits(Integer concurrency, String rateLimit) {}

    private final JobTypes types;
    private final LaneControls lanes;
    private final Operations operations;

    TypesResource(JobTypes types, LaneControls lanes, Operations operations) {
        this.types = types;
        this.lanes = lanes;
        this.operations = operations;
    }

    @GET
    public List<TypeView> list() {
        Map<String, LaneControl> controls = lanes.read();
        return types.all().stream().map(type -> view(type, controls.get(type.name()))).toList();
    }

    /** No job of the type starts from now on, in any worker; those that run go on to their end. It lasts over restarts. */
    @POST
    @Path("/{type}/pause")
    public TypeView pause(@RestPath String type, @Context SecurityIdentity operator) {
        operations.pause(known(type).name(), operator.getPrincipal().getName());
        return view(type);
    }

    @POST
    @Path("/{type}/resume")
    public TypeView resume(@RestPath String type, @Context SecurityIdentity operator) {
        operations.resume(known(type).name(), operator.getPrincipal().getName());
        return view(type);
    }

    /** Changes the limits of a type in all workers, at once and until they are changed again. */
    @PUT
    @Path("/{type}/limits")
    public TypeView limit(@RestPath String type, Limits limits, @Context SecurityIdentity operator) {
        if (limits == null) {
            throw new InvalidField("concurrency", "Send a JSON object with concurrency, rateLimit or both.");
        }
        if (limits.concurrency() != null
                && (limits.concurrency() < 1 || limits.concurrency() > LaneControls.MOST_AT_ONCE)) {
            throw new InvalidField("concurrency", "Send a whole number from 1 to " + LaneControls.MOST_AT_ONCE + ".");
        }
        operations.limit(known(type).name(), limits.concurrency(), rateLimit(limits.rateLimit()),
                operator.getPrincipal().getName());
        return view(type);
    }

    private static Optional<RateLimit> rateLimit(String written) {
        if (written == null) {
            return null;
        }
        try {
            return NONE.equals(written) ? Optional.empty() : Optional.of(RateLimit.of(written));
        } catch (IllegalArgumentException e) {
            throw new InvalidField("rateLimit", e.getMessage());
        }
    }

    private JobTypes.Entry<?> known(String type) {
        return types.find(type).orElseThrow(() -> new NotFoundException("There is no job type " + type + "."));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }

    private TypeView view(String type) {
        return view(known(type), lanes.read().get(type));
    }

    private static TypeView view(JobTypes.Entry<?> type, LaneControl control) {
        return new TypeView(type.name(), control.paused(), control.concurrency(),
                seconds(type.settings().timeout()), type.settings().partitions(),
                type.retries().ladder().stream().map(TypesResource::seconds).toList(),
                control.rateLimit().map(RateLimit::toString).orElse(null));
    }
}
