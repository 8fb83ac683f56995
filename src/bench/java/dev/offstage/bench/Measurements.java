package dev.offstage.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import dev.offstage.testing.OffstageProcess;

/**
 * What can be measured of a running service: each method is one round. Before the sign-ups and the enqueued jobs
 * that are measured go some that are not, for the first change of a page after a checkpoint writes all of it.
 */
final class Measurements {

    private static final int WARM_UP = 200_000;
    private static final int WARM_UP_WITH_JOBS = 60_000;
    private static final int LADDER_WARM_UP = 2_000;
    /** One in so many: a machine that stands still for a moment finds more waiting than the service takes on. */
    private static final int FEW_REFUSED = 100;
    private static final int IDLE_SECONDS = 30;

    private final Sql sql;
    private final OffstageProcess service;
    private final BenchJobs jobs;

    Measurements(Sql sql, OffstageProcess service) throws Exception {
        this.sql = sql;
        this.service = service;
        this.jobs = new BenchJobs(sql, service);
    }

    BenchJobs jobs() {
        return jobs;
    }

    void subscribe(Subscriber subscriber) throws IOException {
        try (Connection connection = new Connection(port())) {
            assertThat(Requests.subscribe(connection, subscriber.url())).as("status of a new web hook").isEqualTo(201);
        }
    }

    void warmUp(Load.Request request) throws Exception {
        warmUp(request, works() ? WARM_UP_WITH_JOBS : WARM_UP);
    }

    void warmUp(Load.Request request, int count) throws Exception {
        Load.closed(port(), 16, count, request);
        awaitQuietIfWorking();
    }

    void signUpsOneAfterAnother(Series series, String how, Load.Request request, int count) throws Exception {
        jobs.rest();
        Load.closed(port(), 16, count, request);
        awaitQuietIfWorking();
        jobs.mark();
        Load.Result result = Load.closed(port(), 16, count, request);
        series.add("16 connections, " + how, "/s", result.perSecond());
        report(series, "16 connections, " + how, result);
        if (works()) {
            jobs.awaitEnd();
            series.add("16 connections, " + how + ", until the last job is done", "/s",
                    sql.number("select %d / extract(epoch from max(finished_at) - min(created_at)) from job where %s"
                            .formatted(count, jobs.marked())));
        }
    }

    void signUpsAtARate(Series series, String how, Load.Request request, int perSecond) throws Exception {
        jobs.rest();
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
        jobs.produce(WARM_UP, 1, 64, Requests.NO_OP);
        awaitQuietIfWorking();
    }

    void enqueue(Series series) throws Exception {
        jobs.rest();
        jobs.produce(20_000, 1, 64, Requests.NO_OP);
        series.add("one by one, 64 at once, in the JVM", "/s", 50_000 / jobs.produce(50_000, 1, 64, Requests.NO_OP));
        jobs.rest();
        jobs.produce(20_000, 1_000, 2, Requests.NO_OP);
        series.add("1,000 with a call, in the JVM", "/s", 100_000 / jobs.produce(100_000, 1_000, 2, Requests.NO_OP));
    }

    /** Before it, nobody calls for as long as it takes until each statement that looks for work has been planned for good. */
    void burst(Series series, int count) throws Exception {
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        long start = System.nanoTime();
        jobs.produce(count, 1_000, 2, Requests.NO_OP);
        jobs.awaitPublished();
        series.add("%,d jobs at once, until Kafka has them".formatted(count), "s", (System.nanoTime() - start) / 1e9);
    }

    void warmUpEnqueueOverHttp() throws Exception {
        warmUp(Requests::postOne);
    }

    void enqueueOverHttp(Series series) throws Exception {
        jobs.rest();
        Load.closed(port(), 16, 2_000, Requests::postOne);
        series.add("POST /jobs, 16 connections", "/s",
                Load.closed(port(), 16, 10_000, Requests::postOne).perSecond());
        jobs.rest();
        Load.closed(port(), 2, 10, Requests::postThousand);
        series.add("POST /jobs/bulk, 1,000 jobs, 2 connections", "/s",
                1_000 * Load.closed(port(), 2, 50, Requests::postThousand).perSecond());
    }

    void warmUpJobs() throws Exception {
        Load.closed(port(), 16, WARM_UP_WITH_JOBS, Requests::enqueueOne);
        jobs.produce(WARM_UP, 100, 2, Requests.NO_OP);
        jobs.awaitEnd();
    }

    /** The handler does nothing, so its end, which is known, is as good as its start: a row's {@code started_at} is from before the claim. */
    void endToEnd(Series series, int seconds) throws Exception {
        jobs.rest();
        jobs.mark();
        Load.open(port(), 200, seconds, Requests::enqueueOne);
        jobs.awaitEnd();
        for (String percentile : new String[]{"0.50", "0.99"}) {
            between(series, "from before the commit to the handler", "created_at", "finished_at", percentile);
            between(series, "of that, the claim", "started_at", "finished_at", percentile);
        }
    }

    private void between(Series series, String figure, String start, String end, String percentile) throws Exception {
        series.add("200 jobs/s, %s, p%s".formatted(figure, percentile.substring(2)), "ms", sql.number(
                "select percentile_disc(%s) within group (order by extract(epoch from %s - %s) * 1000) from job where %s"
                        .formatted(percentile, end, start, jobs.marked())));
    }

    void warmUpLadder() throws Exception {
        jobs.produce(LADDER_WARM_UP, 100, 2, "{\"failures\":2,\"waitSeconds\":0}");
        jobs.awaitEnd();
    }

    /** How late the attempts of 200 failing jobs are, by the ends of handlers that do nothing, while others wait for their second one. */
    void ladder(Series series, int others) throws Exception {
        jobs.rest();
        String start = jobs.mark();
        jobs.produce(others, 100, 2, "{\"failures\":0,\"waitSeconds\":64}");
        jobs.awaitRetrying();
        String first = jobs.mark();
        jobs.produce(200, 1, 2, "{\"failures\":3,\"waitSeconds\":0}");
        jobs.awaitEnd();
        lateness(series, "0.50", first);
        lateness(series, "0.99", first);
        jobs.markAt(start); // the others, too, have to end before the next round
        jobs.awaitEnd();
    }

    private void lateness(Series series, String percentile, String first) throws Exception {
        sql.rows(
                """
                        select attempt, percentile_disc(%s) within group (order by extract(epoch from next - failed_at) * 1000)
                        from (select f.attempt, f.failed_at, coalesce(lead(f.failed_at) over (partition by f.job_id
                                  order by f.attempt), j.finished_at) as next
                              from job_failure f join job j on j.id = f.job_id where j.id > '%s') as waits
                        group by attempt order by attempt"""
                        .formatted(percentile, first),
                row -> {
                    int rung = 1 << 2 * (row.getInt(1) - 1);
                    series.add("lateness of the %d s rung, p%s".formatted(rung, percentile.substring(2)), "ms",
                            row.getDouble(2) - rung * 1_000);
                });
    }

    /** What each of two processes weighs when 10,000 users have signed up at the one and the other has done their jobs, and ends the other. */
    void memoryOf(Series series, OffstageProcess other) throws Exception {
        try (OffstageProcess worker = other) {
            Load.closed(port(), 16, 10_000, Requests::signUp);
            jobs.awaitEnd();
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
        jobs.rest();
        report(series, "200 sign-ups/s, " + how, Load.open(port(), 200, 30, Requests::signUp));
        series.add("resident memory, " + how + ", under 200 sign-ups/s", "MiB", service.residentMemory());
        jobs.awaitEnd();
        series.add("resident memory, " + how + ", after it", "MiB", service.residentMemory());
        series.add("live heap, " + how + ", after it", "MiB", service.liveHeap());
    }

    void churn(Series series, int count) throws Exception {
        jobs.produce(count, 100, 2, Requests.NO_OP);
        jobs.awaitEnd();
        series.add("dead rows after %,d jobs".formatted(count), "rows",
                sql.number("select n_dead_tup from pg_stat_user_tables where relname = 'job'"));
        indexes(series, "");
    }

    void makeIndexesAnew(Series series) throws Exception {
        indexes(series, " at the end");
        sql.execute("reindex table job");
        indexes(series, " at the end, made anew");
    }

    private void indexes(Series series, String when) throws Exception {
        sql.rows("select indexrelid::regclass, pg_relation_size(indexrelid) / 1048576.0 from pg_index "
                + "where indrelid = 'job'::regclass",
                row -> series.add("index " + row.getString(1) + when, "MiB", row.getDouble(2)));
    }

    private void awaitQuietIfWorking() throws Exception {
        if (works()) {
            jobs.awaitEnd();
        }
    }

    private boolean works() throws Exception {
        return sql.number("select count(*) from worker") > 0;
    }

    private int port() {
        return service.uri("/").getPort();
    }
}
