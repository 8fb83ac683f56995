package dev.offstage.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;

import dev.offstage.testing.OffstageProcess;

/** The jobs that a part enqueues, and how far the service has got with them. */
final class BenchJobs {

    private static final int MOST_AT_ONCE = 50_000;
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Sql sql;
    private final OffstageProcess service;
    private String mark;

    BenchJobs(Sql sql, OffstageProcess service) throws SQLException {
        this.sql = sql;
        this.service = service;
        mark();
    }

    /** From now on, only jobs are looked at that are enqueued from now on. @return an id that is lower than theirs */
    String mark() throws SQLException {
        markAt(sql.text("select uuidv7()"));
        return mark;
    }

    void markAt(String id) {
        mark = id;
    }

    /** Enqueues jobs, at most so many with one request that it is answered in time. @return how many seconds that took */
    double produce(int count, int perCall, int inFlight, String payload) throws Exception {
        double seconds = 0;
        for (int left = count; left > 0; left -= MOST_AT_ONCE) {
            var answer = service.postJson("/bench/enqueue?count=%d&perCall=%d&inFlight=%d"
                    .formatted(Math.min(left, MOST_AT_ONCE), perCall, inFlight), payload, PATIENCE);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            seconds += Double.parseDouble(answer.body());
        }
        return seconds;
    }

    /** A condition for those that are looked at. */
    String marked() {
        return "id > '%s'".formatted(mark);
    }

    private String ofOpen() {
        return marked() + " and state not in ('completed', 'dead')";
    }

    /**
     * Asks for one that is open, from the last one on, for they end more or less in their order: to count hundreds of thousands
     * each second would take a part of the processor time that is measured.
     */
    void awaitEnd() {
        sql.awaitNone(
                "select count(*) from (select 1 from job where " + ofOpen() + " order by id desc limit 1) as last");
    }

    /** Until all that have not ended wait for another attempt. */
    void awaitRetrying() {
        sql.awaitNone("select count(*) from job where " + ofOpen() + " and state <> 'retrying'");
    }

    /** Until Kafka has all that wait for nothing else. */
    void awaitPublished() {
        sql.awaitNone(
                "select count(*) from outbox cross join unnest(jobs) as held (job_id) join job on job.id = job_id where state = 'queued'");
    }

    /** What the last part left to do in the background is done before the next one. */
    void rest() throws SQLException {
        awaitPublished();
        sql.execute("vacuum analyze");
        sql.execute("checkpoint");
    }

    /** So that the next part finds nothing to do. */
    void discardTheRest() throws SQLException {
        sql.execute(
                "update job set state = 'cancelled', finished_at = now() where state in ('queued', 'running', 'retrying')");
        sql.execute("truncate outbox");
        sql.execute("vacuum analyze job");
    }
}
