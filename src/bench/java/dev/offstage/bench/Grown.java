package dev.offstage.bench;

import dev.offstage.testing.OffstageProcess;

/** Offstage beside so many finished jobs, with processes of its own. */
final class Grown implements AutoCloseable {

    private final BenchCluster cluster;
    private final Series series;
    private OffstageProcess process;
    private Measurements service;

    Grown(Series series, int finished) throws Exception {
        this.series = series;
        cluster = new BenchCluster();
        cluster.fill(finished);
    }

    /** In place of the process that was started before. */
    Measurements start(String roles) throws Exception {
        if (process != null) {
            process.terminate();
        }
        process = cluster.start(roles);
        service = new Measurements(cluster.sql(), process);
        return service;
    }

    Measurements service() {
        return service;
    }

    BenchCluster cluster() {
        return cluster;
    }

    Series series() {
        return series;
    }

    @Override
    public void close() {
        if (process != null) {
            process.close();
        }
        cluster.close();
    }
}
