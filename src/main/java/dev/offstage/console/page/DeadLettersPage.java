package dev.offstage.console.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.List;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.Blocking;

import dev.offstage.console.Statistics;
import dev.offstage.console.Stats;
import dev.offstage.job.watch.DeadLetterGroups;
import dev.offstage.operation.BulkActions;

/** The dead letters by what they died of; each group can be sent back or given up with one click. */
@Path("/console/dead-letters")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class DeadLettersPage {

    /**
     * A group.
     *
     * @param query that finds its jobs
     * @param share of the largest group, in hundredths
     */
    record GroupView(DeadLetterGroups.Group group, String query, int share) {}

    /** All dead letters of a type. */
    record DeadOfType(String type, long jobs) {}

    /**
     * The page.
     *
     * @param jobs of all types
     * @param most how many are grouped
     * @param more whether there may be further groups
     */
    record DeadLetters(List<GroupView> groups, List<DeadOfType> types, long jobs, long most, boolean more) {}

    private static final int LIMIT = 100;

    private final DeadLetterGroups groups;
    private final Statistics statistics;
    private final BulkActions bulk;

    DeadLettersPage(DeadLetterGroups groups, Statistics statistics, BulkActions bulk) {
        this.groups = groups;
        this.statistics = statistics;
        this.bulk = bulk;
    }

    @GET
    public TemplateInstance list() {
        List<DeadLetterGroups.Group> found = groups.read(LIMIT);
        long largest = found.stream().mapToLong(DeadLetterGroups.Group::jobs).max().orElse(1);
        List<GroupView> views = found.stream()
                .map(group -> new GroupView(group, query(group), (int) Math.max(1, 100 * group.jobs() / largest)))
                .toList();
        Stats stats = statistics.current();
        List<DeadOfType> types = stats.byType()
                .entrySet()
                .stream()
                .filter(type -> type.getValue().dead() > 0)
                .map(type -> new DeadOfType(type.getKey(), type.getValue().dead()))
                .toList();
        return Templates.deadLetters(new DeadLetters(views, types, stats.failed(), DeadLetterGroups.MOST_READ,
                views.size() == LIMIT), bulk.recent());
    }

    private static String query(DeadLetterGroups.Group group) {
        return "state=dead&type=" + URLEncoder.encode(group.type(), UTF_8) + "&cause="
                + URLEncoder.encode(group.cause(), UTF_8);
    }
}
