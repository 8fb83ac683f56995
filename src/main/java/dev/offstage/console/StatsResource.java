package dev.offstage.console;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** How many jobs are where. */
@Path("/stats")
@Produces(MediaType.APPLICATION_JSON)
public class StatsResource {

    private final Statistics statistics;

    StatsResource(Statistics statistics) {
        this.statistics = statistics;
    }

    /** Kept while jobs move, not counted: as fast with millions of jobs as with none. */
    @GET
    public Stats stats() {
        return statistics.current();
    }
}
