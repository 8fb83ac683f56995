package dev.offstage.task.cohorts;

import java.time.DateTimeException;
import java.time.LocalDate;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.NotFoundException;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jboss.resteasy.reactive.RestQuery;

import dev.offstage.http.InvalidField;

/** Who signed up when, and what became of the jobs. */
@Path("/statistics")
@Produces(MediaType.APPLICATION_JSON)
public class StatisticsResource {

    /** The days that can be asked for: PostgreSQL can hold each as a date, and no sign-up is outside of them. */
    private static final LocalDate EARLIEST = LocalDate.of(1, 1, 1);
    private static final LocalDate LATEST = LocalDate.of(9999, 12, 31);

    private final FinishedStatistics statistics;

    StatisticsResource(FinishedStatistics statistics) {
        this.statistics = statistics;
    }

    /** As the last job of the type cohorts has computed them. */
    @GET
    public SignupStatistics get(
            @RestQuery @Parameter(description = "the first day to list", example = "2026-01-01") String from,
            @RestQuery @Parameter(description = "the last day to list", example = "2026-01-31") String to) {
        LocalDate first = day("from", from, EARLIEST);
        LocalDate last = day("to", to, LATEST);
        if (last.isBefore(first)) {
            throw new InvalidField("to", "It is before from: send the later day here.");
        }
        return statistics.between(first, last)
                .orElseThrow(() -> new NotFoundException("No statistics have been computed yet: "
                        + "POST /jobs {\"type\":\"cohorts\",\"payload\":{}} does it."));
    }

    private static LocalDate day(String field, String value, LocalDate missing) {
        if (value == null || value.isEmpty()) {
            return missing;
        }
        try {
            LocalDate day = LocalDate.parse(value);
            if (!day.isBefore(EARLIEST) && !day.isAfter(LATEST)) {
                return day;
            }
        } catch (DateTimeException e) {
            throw notADay(field);
        }
        throw notADay(field);
    }

    private static InvalidField notADay(String field) {
        return new InvalidField(field, "Send a day such as 2026-01-31.");
    }
}
