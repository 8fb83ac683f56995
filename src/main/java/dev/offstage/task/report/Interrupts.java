package dev.offstage.task.report;

/** Where a report that is being made can be interrupted: between two statements or pages, none of which takes long. */
final class Interrupts {

    private Interrupts() {
    }

    /** @throws InterruptedException if this thread was interrupted */
    static void check() throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException("The report was interrupted; another attempt makes it anew.");
        }
    }
}
