package dev.offstage.task.cohorts;

import java.util.UUID;

import jakarta.inject.Singleton;

/** Computes the statistics, chunk by chunk. */
@Singleton
public class StatisticsComputation {

    /** Is told after each chunk how many rows have been read, and an estimate of how many there are, which is never less than that. */
    public interface Progress {
        void report(long done, long total);
    }

    /** What a run has read. */
    public record Result(long users, long jobs) {}

    private final StatisticsRuns runs;

    StatisticsComputation(StatisticsRuns runs) {
        this.runs = runs;
    }

    /**
     * Computes them for a job, or goes on where it was interrupted. When it returns readers see the new statistics, and earlier
     * ones are removed.
     *
     * @throws InterruptedException between two chunks, none of which takes longer than a statement may
     */
    public Result run(UUID jobId, Progress progress) throws InterruptedException {
        UUID run = runs.open(jobId);
        long estimated = runs.estimatedRows();
        StatisticsRuns.Position position;
        do {
            goOn();
            position = runs.advance(run);
            progress.report(position.rows(), Math.max(1, Math.max(position.rows(), estimated)));
        } while (!position.finished());
        runs.giveUpOutdated();
        while (runs.removeSome()) {
            goOn();
        }
        return new Result(position.users(), position.jobs());
    }

    private static void goOn() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("The statistics were interrupted; another attempt goes on from here.");
        }
    }
}
