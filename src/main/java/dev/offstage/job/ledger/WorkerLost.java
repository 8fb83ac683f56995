package dev.offstage.job.ledger;

/**
 * Why an attempt has no end of its own: the process that ran it died, or showed no sign of life for so long that it was taken
 * for dead. It is kept in the job's history like what a handler throws.
 */
final class WorkerLost extends Exception {

    private static final long serialVersionUID = 1L;

    private WorkerLost(String message) {
        super(message);
    }

    /** The job is run once more, under the same attempt number. */
    static WorkerLost onceMore(int lost, int mostLost) {
        return new WorkerLost("A worker died while it ran this job (%d of at most %d): it is run once more."
                .formatted(lost, mostLost));
    }

    /** The job is dead. The sentence is the same for all such jobs, so that they form one group of dead letters. */
    static WorkerLost onceTooOften(int mostLost) {
        return new WorkerLost(
                "%d workers died while they ran this job, so it may be what ends them: it is not run again. "
                        .formatted(mostLost)
                        + "Look for what ended them, such as too little memory, mend that, and redrive the job.");
    }
}
