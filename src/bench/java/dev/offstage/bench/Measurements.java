package dev.offstage.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;

import dev.offstage.testing.OffstageProcess;

/**
 * What can be measured of a running service: each method is one round. Before the sign-ups and the enqueued jobs
 * that are measured go some that are not, for the first change of a page after a checkpoint writes all of it.
 */
final class Measurements {

    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final int WARM_UP = 200_000;
    private static final int WARM_UP_WITH_JOBS = 60_000;
    private static final int MOST_AT_ONCE = 50_000;
    private static final int LADDER_WARM_UP = 2_000;
    /** One in so many: a machine that stands still for a moment finds more waiting than the service takes on. */
    private static final int FEW_REFUSED = 100;
    private static final int DRAIN_WARM_UP = 100_000;

    private final Sql sql;
    private final OffstageProcess service;
    private String mark;

    private static final int PLACES = 16;
    private static final int SLEEP_MS = 500;
    private static final int SCALE_SECONDS = 20;
    private static final int SCALE_WARM_UP = 5_000;
    private static final int IDLE_SECONDS = 15;

    /** The rate from 3 to 11 s after the first one, when all workers work and none has run out of jobs. */
    private static final String IN_THE_MIDDLE = """
            select count(*) / 8.0 from job, (select min(started_at) as start from job where id > '%1$s') as first
            where id > '%1$s' and finished_at >= start + interval '3 s' and finished_at < start + interval '11 s'
            """;

    Measurements(Sql sql, OffstageProcess service) throws Exception {
        this.sql = sql;
        this.service = service;
        mark();
    }

    /** From now on, only jobs are looked at that are enqueued from now on. */
    private void mark() throws Exception {
        mark = sql.text("select uuidv7()");
    }

    /** So that the next part finds nothing to do. */
    void discardTheRest() throws Exception {
        sql.execute(
                "update job set state = 'cancelled', publish_at = null where publish_at is not null or state in "
                        + "('queued', 'running', 'retrying')");
        sql.execute("vacuum analyze job");
    }

    /** What the last part left to do in the background is done before the next one. */
    void rest() throws Exception {
        await("select count(*) from job where publish_at is not null and state = 'queued'");
        sql.execute("vacuum analyze");
        sql.execute("checkpoint");
    }

    void warmUp(Load.Request request) throws Exception {
        Load.closed(port(), 16, works() ? WARM_UP_WITH_JOBS : WARM_UP, request);
        awaitQuietIfWorking();
    }

    void signUpsOneAfterAnother(Series series, String how, Load.Request request, int count) throws Exception {
        rest();
        Load.closed(port(), 16, count, request);
        awaitQuietIfWorking();
        Load.Result result = Load.closed(port(), 16, count, request);
        series.add("16 connections, " + how, "/s", result.perSecond());
        report(series, "16 connections, " + how, result);
        awaitQuietIfWorking();
    }

    void signUpsAtARate(Series series, String how, Load.Request request, int perSecond) throws Exception {
        rest();
        Load.open(port(), perSecond, 2, request);
        report(series, how, Load.open(port(), perSecond, 10, request));
        awaitQuietIfWorking();
    }

    private static void report(Series series, String figure, Load.Result result) throws IOException {
        assertThat(result.refused()).as("answers other than 2xx").isLessThan(result.nanos().length / FEW_REFUSED);
        if (result.refused() > 0) {
            series.add(figure + ", answers other than 2xx", "", result.refused());
        }
        series.add(figure + ", p50", "ms", result.percentile(0.5));
        series.add(figure + ", p99", "ms", result.percentile(0.99));
        series.add(figure + ", p99.9", "ms", result.percentile(0.999));
    }

    void warmUpEnqueue() throws Exception {
        produce(WARM_UP, 1, 64, Requests.NO_OP);
        awaitQuietIfWorking();
    }

    void enqueue(Series series) throws Exception {
        rest();
        produce(20_000, 1, 64, Requests.NO_OP);
        series.add("one by one, 64 at once, in the JVM", "/s", 50_000 / produce(50_000, 1, 64, Requests.NO_OP));
        rest();
        produce(20_000, 1_000, 2, Requests.NO_OP);
        series.add("1,000 with a call, in the JVM", "/s", 100_000 / produce(100_000, 1_000, 2, Requests.NO_OP));
    }

    void warmUpEnqueueOverHttp() throws Exception {
        warmUp(Requests::postOne);
    }

    void enqueueOverHttp(Series series) throws Exception {
        rest();
        Load.closed(port(), 16, 2_000, Requests::postOne);
        series.add("POST /jobs, 16 connections", "/s",
                Load.closed(port(), 16, 10_000, Requests::postOne).perSecond());
        rest();
        Load.closed(port(), 2, 10, Requests::postThousand);
        series.add("POST /jobs/bulk, 1,000 jobs, 2 connections", "/s",
                1_000 * Load.closed(port(), 2, 50, Requests::postThousand).perSecond());
    }

    /** A worker that has just started compiles its code; it is measured once it has done that, and so many are left. */
    void drain(Series series, BenchCluster cluster, int jobs) throws Exception {
        mark();
        produce(jobs + 2 * DRAIN_WARM_UP, 1_000, 2, Requests.NO_OP);
        rest();
        double updates = sql.number("select n_tup_upd from pg_stat_user_tables where relname = 'job'");
        try (OffstageProcess worker = cluster.start("worker")) {
            await("select greatest(0, %f - n_tup_upd) from pg_stat_user_tables where relname = 'job'"
                    .formatted(updates + 4 * DRAIN_WARM_UP));
            Duration postgresql = cluster.postgresqlTime();
            Duration kafka = cluster.kafkaTime();
            Duration processor = processorTime(worker);
            double left = sql.number(open());
            String since = sql.text("select clock_timestamp()");
            awaitQuiet();
            double seconds = sql.number("select extract(epoch from max(finished_at) - '" + since
                    + "') from job where id > '" + mark + "'");
            series.add("no-op jobs, one worker", "/s", left / seconds);
            series.add("processor time of the worker for 1,000 jobs", "ms",
                    processorTime(worker).minus(processor).toMillis() * 1_000.0 / left);
            series.add("processor time of PostgreSQL for 1,000 jobs", "ms",
                    cluster.postgresqlTime().minus(postgresql).toMillis() * 1_000.0 / left);
            series.add("processor time of Kafka for 1,000 jobs", "ms",
                    cluster.kafkaTime().minus(kafka).toMillis() * 1_000.0 / left);
            worker.terminate();
        }
    }

    void warmUpJobs() throws Exception {
        Load.closed(port(), 16, WARM_UP_WITH_JOBS, Requests::enqueueOne);
        produce(WARM_UP, 100, 2, Requests.NO_OP);
        awaitQuiet();
    }

    void endToEnd(Series series, int seconds) throws Exception {
        rest();
        mark();
        Load.open(port(), 200, seconds, Requests::enqueueOne);
        awaitQuiet();
        for (String percentile : new String[]{"0.50", "0.99"}) {
            series.add("200 jobs/s, from before the commit to the handler, p" + percentile.substring(2), "ms",
                    sql.number("select percentile_disc(" + percentile + ") within group (order by "
                            + "extract(epoch from started_at - created_at) * 1000) from job where id > '" + mark
                            + "'"));
        }
    }

    void warmUpLadder() throws Exception {
        produce(LADDER_WARM_UP, 100, 2, "{\"failures\":2,\"waitSeconds\":0}");
        awaitQuiet();
    }

    /** How late the attempts of 200 failing jobs are while others wait for their second one. */
    void ladder(Series series, int others) throws Exception {
        rest();
        String start = sql.text("select uuidv7()");
        mark = start;
        produce(others, 100, 2, "{\"failures\":0,\"waitSeconds\":64}");
        await(open() + " and state <> 'retrying'");
        mark();
        produce(200, 1, 2, "{\"failures\":3,\"waitSeconds\":0}");
        awaitQuiet();
        lateness(series, "0.50");
        lateness(series, "0.99");
        mark = start; // the others, too, have to end before the next round
        awaitQuiet();
    }

    private void lateness(Series series, String percentile) throws Exception {
        sql.rows(
                """
                        select attempt, percentile_disc(%s) within group (order by extract(epoch from next - failed_at) * 1000)
                        from (select f.attempt, f.failed_at, coalesce(lead(f.started_at) over (partition by f.job_id
                                  order by f.attempt), j.started_at) as next
                              from job_failure f join job j on j.id = f.job_id where j.id > '%s') as waits
                        group by attempt order by attempt"""
                        .formatted(percentile, mark),
                row -> {
                    int rung = 1 << 2 * (row.getInt(1) - 1);
                    series.add("lateness of the %d s rung, p%s".formatted(rung, percentile.substring(2)), "ms",
                            row.getDouble(2) - rung * 1_000);
                });
    }

    /** Each worker sleeps in its 16 places: as many jobs a second as these allow, or fewer if something else is in the way. */
    void scale(Series series, BenchCluster cluster, int workers) throws Exception {
        List<OffstageProcess> processes = new ArrayList<>();
        try {
            for (int i = 0; i < workers; i++) {
                processes.add(cluster.start("worker", BenchCluster.OPTIONS,
                        Map.of("offstage.lanes", "no-op", "offstage.jobs.no-op.concurrency",
                                Integer.toString(PLACES))));
            }
            produce(SCALE_WARM_UP * workers, 100, 2, Requests.NO_OP);
            awaitQuiet();
            series.add("processor time of an idle worker, of a second", "ms", idle(processes));
            mark();
            int perSecond = workers * PLACES * 1_000 / SLEEP_MS;
            produce(perSecond * SCALE_SECONDS, 100, 2, "{\"sleepMillis\":%d}".formatted(SLEEP_MS));
            awaitQuiet();
            series.add("jobs that sleep %d ms, %d places in each worker".formatted(SLEEP_MS, PLACES), "/s",
                    sql.number(IN_THE_MIDDLE.formatted(mark)));
            mark();
        } finally {
            for (OffstageProcess process : processes) {
                process.terminate();
                process.close();
            }
        }
    }

    private static double idle(List<OffstageProcess> workers) throws InterruptedException {
        Duration before = processorTime(workers.get(0));
        TimeUnit.SECONDS.sleep(IDLE_SECONDS); // how long it is watched
        return processorTime(workers.get(0)).minus(before).toMillis() / (double) IDLE_SECONDS;
    }

    /** What each of two processes weighs when 10,000 users have signed up at the one and the other has done their jobs, and ends the other. */
    void memoryOf(Series series, OffstageProcess other) throws Exception {
        try (OffstageProcess worker = other) {
            Load.closed(port(), 16, 10_000, Requests::signUp);
            awaitQuiet();
            series.add("API and relay, resident memory after 10,000 sign-ups", "MiB", service.residentMemory());
            series.add("API and relay, live heap after 10,000 sign-ups", "MiB", service.liveHeap());
            series.add("worker, resident memory after 10,000 sign-ups", "MiB", worker.residentMemory());
            series.add("worker, live heap after 10,000 sign-ups", "MiB", worker.liveHeap());
            worker.terminate();
        }
    }

    void memory(Series series, String how) throws Exception {
        series.add("resident memory, " + how + ", at rest", "MiB", service.residentMemory());
        Load.open(port(), 200, 30, Requests::signUp);
        rest();
        report(series, "200 sign-ups/s, " + how, Load.open(port(), 200, 30, Requests::signUp));
        series.add("resident memory, " + how + ", under 200 sign-ups/s", "MiB", service.residentMemory());
        awaitQuiet();
        series.add("resident memory, " + how + ", after it", "MiB", service.residentMemory());
        series.add("live heap, " + how + ", after it", "MiB", service.liveHeap());
    }

    void churn(Series series, int jobs) throws Exception {
        produce(jobs, 100, 2, Requests.NO_OP);
        awaitQuiet();
        series.add("dead rows after %,d jobs".formatted(jobs), "rows",
                sql.number("select n_dead_tup from pg_stat_user_tables where relname = 'job'"));
        sql.rows("select indexrelid::regclass, pg_relation_size(indexrelid) / 1048576.0 from pg_index "
                + "where indrelid = 'job'::regclass",
                row -> series.add("index " + row.getString(1), "MiB", row.getDouble(2)));
        sql.execute("reindex table job");
        sql.rows("select indexrelid::regclass, pg_relation_size(indexrelid) / 1048576.0 from pg_index "
                + "where indrelid = 'job'::regclass",
                row -> series.add("index " + row.getString(1) + ", made anew", "MiB", row.getDouble(2)));
    }

    /** Enqueues jobs, at most so many with one request that it is answered in time. @return how many seconds that took */
    private double produce(int count, int perCall, int inFlight, String payload) throws Exception {
        double seconds = 0;
        for (int left = count; left > 0; left -= MOST_AT_ONCE) {
            var answer = service.postJson("/bench/enqueue?count=%d&perCall=%d&inFlight=%d"
                    .formatted(Math.min(left, MOST_AT_ONCE), perCall, inFlight), payload);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            seconds += Double.parseDouble(answer.body());
        }
        return seconds;
    }

    /** Counts the jobs of this part that have not ended. */
    private String open() {
        return "select count(*) from job where id > '" + mark + "' and state not in ('completed', 'dead')";
    }

    private void awaitQuietIfWorking() throws Exception {
        if (works()) {
            awaitQuiet();
        }
    }

    private boolean works() throws Exception {
        return sql.number("select count(*) from worker") > 0;
    }

    private void awaitQuiet() {
        await(open());
    }

    private void await(String count) {
        Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofSeconds(1)).until(() -> sql.number(count) == 0);
    }

    private static Duration processorTime(OffstageProcess process) {
        return process.process().info().totalCpuDuration().orElseThrow();
    }

    private int port() {
        return service.uri("/").getPort();
    }
}
