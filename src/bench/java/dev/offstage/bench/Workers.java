package dev.offstage.bench;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.offstage.testing.OffstageProcess;

/** What can be measured of workers, which are started for it beside a service that enqueues their jobs: each method is one round. */
final class Workers {

    private static final int DRAIN_WARM_UP = 500_000;
    /** Its claim and its completion. */
    private static final int UPDATES_OF_A_JOB = 2;

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

    private final Sql sql;
    private final BenchCluster cluster;
    private final BenchJobs jobs;

    Workers(BenchCluster cluster, BenchJobs jobs) {
        this.sql = cluster.sql();
        this.cluster = cluster;
        this.jobs = jobs;
    }

    /** A worker that has just started compiles its code; it is measured once it has done that, and so many are left. */
    void drain(Series series, int count) throws Exception {
        jobs.mark();
        jobs.produce(count + DRAIN_WARM_UP, 1_000, 2, Requests.NO_OP);
        jobs.rest();
        double updates = sql.number("select n_tup_upd from pg_stat_user_tables where relname = 'job'");
        try (OffstageProcess worker = cluster.start("worker")) {
            sql.awaitNone("select greatest(0, %f - n_tup_upd) from pg_stat_user_tables where relname = 'job'"
                    .formatted(updates + UPDATES_OF_A_JOB * DRAIN_WARM_UP));
            String since = sql.text("select clock_timestamp()");
            Duration postgresql = cluster.postgresqlTime();
            Duration kafka = cluster.kafkaTime();
            Duration processor = processorTime(worker);
            jobs.awaitEnd();
            processor = processorTime(worker).minus(processor);
            postgresql = cluster.postgresqlTime().minus(postgresql);
            kafka = cluster.kafkaTime().minus(kafka);
            String measured = " from job where %s and finished_at >= '%s'".formatted(jobs.marked(), since);
            double done = sql.number("select count(*)" + measured);
            double seconds = sql
                    .number("select extract(epoch from max(finished_at) - '%s')".formatted(since) + measured);
            series.add("processor time of the worker for 1,000 jobs", "ms", processor.toMillis() * 1_000.0 / done);
            series.add("processor time of PostgreSQL for 1,000 jobs", "ms", postgresql.toMillis() * 1_000.0 / done);
            series.add("processor time of Kafka for 1,000 jobs", "ms", kafka.toMillis() * 1_000.0 / done);
            series.add("no-op jobs, one worker", "/s", done / seconds);
            worker.terminate();
        }
    }

    /** Each worker sleeps in its 16 places: as many jobs a second as these allow, or fewer if something else is in the way. */
    void scale(Series series, int workers) throws Exception {
        List<OffstageProcess> processes = new ArrayList<>();
        try {
            for (int i = 0; i < workers; i++) {
                processes.add(cluster.start("worker", BenchCluster.OPTIONS,
                        Map.of("offstage.lanes", "no-op", "offstage.jobs.no-op.concurrency",
                                Integer.toString(PLACES))));
            }
            jobs.produce(SCALE_WARM_UP * workers, 100, 2, Requests.NO_OP);
            jobs.awaitEnd();
            series.add("processor time of an idle worker, of a second", "ms", idle(processes));
            String first = jobs.mark();
            int perSecond = workers * PLACES * 1_000 / SLEEP_MS;
            jobs.produce(perSecond * SCALE_SECONDS, 100, 2, "{\"sleepMillis\":%d}".formatted(SLEEP_MS));
            jobs.awaitEnd();
            series.add("jobs that sleep %d ms, %d places in each worker".formatted(SLEEP_MS, PLACES), "/s",
                    sql.number(IN_THE_MIDDLE.formatted(first)));
            jobs.mark();
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

    private static Duration processorTime(OffstageProcess process) {
        return process.process().info().totalCpuDuration().orElseThrow();
    }
}
