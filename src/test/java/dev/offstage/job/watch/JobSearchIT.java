package dev.offstage.job.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.NewJob;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** What a filter lets through, in which order, and on how many pages. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobSearchIT {

    private static final JobFilter ALL = new JobFilter(null, null, null, null, null, null, null, null, null, null);

    private static final Comparator<UUID> NEWEST_FIRST = Comparator.comparing(UUID::toString).reversed();

    @Inject
    JobSearch search;

    @Inject
    JobCounts counts;

    @Inject
    AgroalDataSource dataSource;

    private String key;
    private List<UUID> completed;
    private List<UUID> dead;

    @BeforeEach
    void enqueue() {
        key = UUID.randomUUID().toString();
        completed = TestJobs.enqueue(jobs(Script.SUCCEEDS, 5));
        dead = TestJobs.enqueue(jobs(new Script(1, "permanent", null), 5));
        completed.forEach(id -> TestJobs.await(id, JobState.COMPLETED));
        dead.forEach(id -> TestJobs.await(id, JobState.DEAD));
    }

    private List<NewJob> jobs(Script script, int count) {
        return IntStream.range(0, count).mapToObj(i -> new NewJob("scripted", script, key)).toList();
    }

    @Test
    void findsTheNewestFirstPageByPage() {
        List<UUID> expected = Stream.concat(completed.stream(), dead.stream()).sorted(NEWEST_FIRST).toList();
        assertThat(idsInPagesOfThree(new JobFilter("scripted", null, key, null, null, null, null, null, null, null)))
                .isEqualTo(expected);

        Instant first = TestJobs.find(dead.get(0)).createdAt;
        assertThat(idsInPagesOfThree(
                new JobFilter("scripted", Set.of(JobState.DEAD), null, null, null, null, first, null, null, null)))
                .isEqualTo(dead.stream().sorted(NEWEST_FIRST).toList());
    }

    private List<UUID> idsInPagesOfThree(JobFilter filter) {
        List<UUID> found = new ArrayList<>();
        UUID after = null;
        do {
            JobSearch.Page page = find(filter, after, 3);
            page.jobs().forEach(job -> found.add(job.id));
            after = page.next();
        } while (after != null);
        return found;
    }

    @Test
    void findsByStateErrorTextTimeAndPayload() {
        assertThat(ids(ALL.with(Set.of(JobState.DEAD)), 5)).hasSize(5).containsAnyElementsOf(dead);
        assertThat(
                ids(new JobFilter("scripted", Set.of(JobState.DEAD, JobState.COMPLETED), null, null, null, null, null,
                        null, null,
                        null), 10))
                .containsAll(dead)
                .containsAll(completed);
        assertThat(ids(new JobFilter(null, null, null, "NO SUCH thing", null, null, null, null, null, null), 5))
                .containsExactlyInAnyOrderElementsOf(dead);
        assertThat(ids(new JobFilter(null, null, null, null, null, key.toUpperCase(), null, null, null, null), 20))
                .hasSize(10);
        assertThat(
                ids(new JobFilter(null, null, key, null, null, null, null, null, null, Map.of("how", "permanent")), 20))
                .containsExactlyInAnyOrderElementsOf(dead);
        Instant first = TestJobs.find(completed.get(0)).createdAt;
        assertThat(ids(new JobFilter(null, null, key, null, null, null, first, null, null, null), 20)).hasSize(10);
        assertThat(ids(new JobFilter(null, null, key, null, null, null, null, first, null, null), 20)).isEmpty();
        assertThat(ids(new JobFilter(null, null, null, null, null, "100%_", null, null, null, null), 20)).isEmpty();
    }

    @Test
    void readsForASecondAndThenGoesOnWhereItWas() throws SQLException {
        UUID sought = TestJobs.enqueue(List.of(new NewJob("scripted", Script.SUCCEEDS, "sought-" + key))).get(0);
        TestJobs.await(sought, JobState.COMPLETED);
        try {
            enqueueLarge(150);
            JobFilter byText = new JobFilter(null, null, null, null, null, "sought-" + key, null, null, null, null);
            assertThat(QuarkusTransaction.requiringNew().call(() -> search.count(byText, 1_000))).isEmpty();

            JobSearch.Page page = find(byText, null, 5);
            assertThat(page.jobs()).isEmpty();
            while (page.jobs().isEmpty()) {
                assertThat(page.next()).isNotNull();
                page = find(byText, page.next(), 5);
            }
            assertThat(page.jobs()).extracting(job -> job.id).containsExactly(sought);
        } finally {
            execute("delete from job where key = '%s'".formatted(key + "-large"));
        }
    }

    @Test
    void aPageOfLargeJobsIsShort() throws SQLException {
        try {
            enqueueLarge(30);
            JobFilter large = new JobFilter(null, null, key + "-large", null, null, null, null, null, null, null);
            assertThat(search.ids(large, null, 50).ids()).hasSize(30);

            JobSearch.Page page = find(large, null, 50);
            assertThat(page.jobs()).hasSizeBetween(1, 10);
            int found = page.jobs().size();
            while (page.next() != null) {
                page = find(large, page.next(), 50);
                found += page.jobs().size();
            }
            assertThat(found).isEqualTo(30);
        } finally {
            execute("delete from job where key = '%s'".formatted(key + "-large"));
        }
    }

    /** Finished ones, of a megabyte each, that take little room in the table. */
    private void enqueueLarge(int count) throws SQLException {
        for (int i = 0; i < count; i += 30) {
            execute("""
                    insert into job (id, type, key, payload, state, attempt, created_at, finished_at)
                    select uuidv7(), 'scripted', '%s-large', jsonb_build_object('text', repeat('a', 1000000)),
                           'completed', 1, now(), now()
                    from generate_series(1, 30)""".formatted(key));
        }
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = dataSource.getConnection(); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void countsWhatIsThere() {
        Awaitility.await().untilAsserted(() -> assertThat(positive(counts.byType())).isEqualTo(reallyThere()));
    }

    private static Map<String, Map<JobState, Long>> positive(Map<String, Map<JobState, Long>> counts) {
        counts.values().forEach(states -> states.values().removeIf(jobs -> jobs == 0));
        counts.values().removeIf(Map::isEmpty);
        return counts;
    }

    private static Map<String, Map<JobState, Long>> reallyThere() {
        Map<String, Map<JobState, Long>> there = new TreeMap<>();
        QuarkusTransaction.requiringNew()
                .run(() -> Job.<Job>streamAll()
                        .forEach(job -> there.computeIfAbsent(job.type, type -> new EnumMap<>(JobState.class))
                                .merge(job.state, 1L, Long::sum)));
        return there;
    }

    private List<UUID> ids(JobFilter filter, int limit) {
        return find(filter, null, limit).jobs().stream().map(job -> job.id).toList();
    }

    private JobSearch.Page find(JobFilter filter, UUID after, int limit) {
        return QuarkusTransaction.requiringNew().call(() -> search.find(filter, after, limit));
    }
}
