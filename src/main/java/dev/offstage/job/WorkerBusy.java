package dev.offstage.job;

/**
 * Thrown by a handler that has waited for something of this worker's, such as memory, and has not begun. The job goes back to
 * its queue and uses up no attempt.
 */
public class WorkerBusy extends RuntimeException {

    public WorkerBusy(String message) {
        super(message);
    }
}
