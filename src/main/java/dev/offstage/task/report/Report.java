package dev.offstage.task.report;

import java.time.Instant;
import java.util.UUID;

/**
 * A report that has been made. It never changes.
 *
 * @param id that of the job that made it
 * @param bytes of its PDF
 * @param etag a hash of its PDF, without quotes
 */
public record Report(UUID id, Period period, long signUps, long pages, long bytes, String etag, Instant createdAt) {

    /** The path where operators find it. */
    public String href() {
        return "/reports/" + id + ".pdf";
    }
}
