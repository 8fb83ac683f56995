package dev.offstage.console.page;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.Blocking;

import dev.offstage.console.Statistics;
import dev.offstage.console.Stats;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.job.watch.AttemptHistory;
import dev.offstage.job.watch.AttemptHistory.Minute;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.JobFilter;
import dev.offstage.job.watch.JobSearch;
import dev.offstage.job.watch.LiveWorkers;
import dev.offstage.operation.BulkActions;
import dev.offstage.queue.ConsumerLag;

/** How every type is doing, at a glance. */
@Path("/console")
@Produces(MediaType.TEXT_HTML)
@Blocking
public class OverviewPage {

    /** The whole page. */
    record Overview(Stats stats, long workers, Chart all, List<TypeCard> types) {

        /** Whether there has never been a job. */
        public boolean empty() {
            return stats.pending() + stats.completed() + stats.failed() == 0;
        }
    }

    /**
     * One type.
     *
     * @param oldest when Kafka got the job that has waited longest for a worker; null if none waits
     * @param trouble null if all is well
     */
    record TypeCard(String type, Stats.TypeStats stats, LaneControl lane, Chart chart, Instant oldest,
            Trouble trouble) {}

    /**
     * What fails.
     *
     * @param since the minute in which it began
     * @param wholeHour if it began before what the charts show
     * @param error the latest one
     */
    record Trouble(Instant since, boolean wholeHour, String error) {}

    private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);
    private static final Duration SHOWN = Duration.ofMinutes(Chart.MINUTES);

    private final Statistics statistics;
    private final AttemptHistory history;
    private final ConsumerLag lag;
    private final JobSearch search;
    private final JobTypes types;
    private final LaneControls lanes;
    private final BulkActions bulk;
    private final LiveWorkers workers;
    private final Clock clock;

    OverviewPage(Statistics statistics, AttemptHistory history, ConsumerLag lag, JobSearch search, JobTypes types,
            LaneControls lanes, BulkActions bulk, LiveWorkers workers, Clock clock) {
        this.statistics = statistics;
        this.history = history;
        this.lag = lag;
        this.search = search;
        this.types = types;
        this.lanes = lanes;
        this.bulk = bulk;
        this.workers = workers;
        this.clock = clock;
    }

    @GET
    public TemplateInstance overview() {
        Instant now = clock.instant();
        Instant start = now.minus(SHOWN).plus(Duration.ofMinutes(1));
        Map<String, List<Minute>> minutes = history.since(start);
        Stats stats = statistics.current();
        Map<String, LaneControl> controls = lanes.read();
        Map<String, Instant> oldest = lag.oldestWaiting();
        List<TypeCard> cards = new ArrayList<>();
        for (JobTypes.Entry<?> type : types.all()) {
            String name = type.name();
            List<Minute> ofType = minutes.getOrDefault(name, List.of());
            cards.add(new TypeCard(name, stats.byType().get(name), controls.get(name), Chart.of(ofType, now),
                    oldest.get(name), trouble(name, stats.byType().get(name), ofType, start, now)));
        }
        cards.sort(Comparator.comparing(card -> card.trouble() == null)); // what fails comes first
        Chart all = Chart.of(Chart.together(minutes.values()), now);
        return Templates.overview(new Overview(stats, workers.count(), all, cards), bulk.recent());
    }

    /**
     * From the latest minute back to the first one in which most attempts went well; all is well again when nothing is left to
     * be tried and nothing has failed for some minutes.
     */
    private Trouble trouble(String type, Stats.TypeStats stats, List<Minute> minutes, Instant start, Instant now) {
        int first = minutes.size();
        while (first > 0 && minutes.get(first - 1).mostlyFailed()) {
            first--;
        }
        if (first == minutes.size() || stats.retrying() == 0
                && minutes.get(minutes.size() - 1).start().isBefore(now.minus(FORGOTTEN_AFTER))) {
            return null;
        }
        JobFilter failing = new JobFilter(type, Set.of(JobState.RETRYING, JobState.DEAD), null, null, null, null, null,
                null, null,
                null);
        List<UUID> latest = search.ids(failing, null, 1).ids();
        Instant since = minutes.get(first).start();
        return JobFailure.latestOf(latest)
                .stream()
                .map(failure -> new Trouble(since, !since.isAfter(start),
                        failure.errorClass + ": " + failure.errorMessage))
                .findFirst()
                .orElse(null);
    }
}
