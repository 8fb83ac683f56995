package dev.offstage.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** What a filter lets through, in which order, and on how many pages. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class JobSearchTest {

    private static final JobFilter ALL = new JobFilter(null, null, null, null, null, null, null, null, null);

    @Inject
    JobSearch search;

    @Inject
    JobCounts counts;

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
        JobFilter ofKey = new JobFilter("scripted", null, key, null, null, null, null, null, null);
        List<UUID> found = new ArrayList<>();
        UUID after = null;
        do {
            JobSearch.Page page = find(ofKey, after, 3);
            page.jobs().forEach(job -> found.add(job.id));
            after = page.next();
        } while (after != null);

        List<UUID> expected = new ArrayList<>(completed);
        expected.addAll(dead);
        expected.sort((a, b) -> b.toString().compareTo(a.toString()));
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void findsByStateErrorTextTimeAndPayload() {
        assertThat(ids(ALL.with(Set.of(JobState.DEAD)), 5)).hasSize(5).containsAnyElementsOf(dead);
        assertThat(
                ids(new JobFilter("scripted", Set.of(JobState.DEAD, JobState.COMPLETED), null, null, null, null, null,
                        null,
                        null), 10))
                .containsAll(dead)
                .containsAll(completed);
        assertThat(ids(new JobFilter(null, null, null, "NO SUCH thing", null, null, null, null, null), 5))
                .containsExactlyInAnyOrderElementsOf(dead);
        assertThat(ids(new JobFilter(null, null, null, null, null, key.toUpperCase(), null, null, null), 20))
                .hasSize(10);
        assertThat(ids(new JobFilter(null, null, key, null, null, null, null, null, Map.of("how", "permanent")), 20))
                .containsExactlyInAnyOrderElementsOf(dead);
        Instant first = TestJobs.find(completed.get(0)).createdAt;
        assertThat(ids(new JobFilter(null, null, key, null, null, null, first, null, null), 20)).hasSize(10);
        assertThat(ids(new JobFilter(null, null, key, null, null, null, null, first, null), 20)).isEmpty();
        assertThat(ids(new JobFilter(null, null, null, null, null, "100%_", null, null, null), 20)).isEmpty();
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
