package dev.offstage.task.cohorts;

import java.time.Instant;
import java.time.LocalDate;
import java.util.List;

/**
 * What a run has counted. Days are days in UTC.
 *
 * @param computedAt when the run began; users who signed up later may be counted or not
 * @param users all who have signed up, whatever days are listed
 * @param byDay the days on which somebody signed up, oldest first
 * @param byDomain the mail domains with the most users, largest first, of all days
 * @param outcomes the days on which jobs were made, oldest first, and by type
 */
public record SignupStatistics(Instant computedAt, long users, List<Day> byDay, List<Domain> byDomain,
        List<Outcome> outcomes) {

    /**
     * @param users who signed up on this day
     * @param total who had signed up by its end
     */
    public record Day(LocalDate day, long users, long total) {}

    /** @param domain in ASCII and lower case, such as {@code xn--bcher-kva.example} */
    public record Domain(String domain, long users) {}

    /**
     * What had become of the jobs of a type within seven days after each was made. Jobs that were removed since are in it if an
     * earlier run has counted them.
     *
     * @param day on which they were made
     * @param jobs all of them
     * @param open those that had not ended by then, or not yet
     */
    public record Outcome(LocalDate day, String type, long jobs, long completed, long dead, long cancelled,
            long open) {}
}
