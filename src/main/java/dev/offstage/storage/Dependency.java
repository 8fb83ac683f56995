package dev.offstage.storage;

import java.time.Duration;

import org.jboss.logging.Logger;

/**
 * Something that this process needs and that may go away. Each user of it tells how that went; the log says once that
 * it is gone and once that it is back, however many jobs and requests meet with it meanwhile.
 */
public final class Dependency {

    private static final Logger LOG = Logger.getLogger(Dependency.class);

    private final String name;
    private final String consequence;
    private final String suspects;
    private final Duration patience;
    private boolean gone;
    private boolean letGo;
    private long failedAt;

    /**
     * @param consequence what happens meanwhile, for the log
     * @param suspects what to check, for the log: settings first
     * @param patience how long its users wait for it at most: one may succeed while another has yet to fail, so it is back
     *        when no use has failed for this long
     */
    Dependency(String name, String consequence, String suspects, Duration patience) {
        this.name = name;
        this.consequence = consequence;
        this.suspects = suspects;
        this.patience = patience;
    }

    /** It was just used, and all went well. */
    public synchronized void worked() {
        if (gone && System.nanoTime() - failedAt >= patience.toNanos()) {
            gone = false;
            LOG.infof("%s is back", name);
        }
    }

    /** It was just used, and could not be reached. */
    public synchronized void failed(Throwable failure) {
        failedAt = System.nanoTime();
        if (!gone && !letGo) {
            gone = true;
            LOG.warnf("%s cannot be reached, or takes too long: %s until it is back. Check %s. %s", name, consequence,
                    suspects, failure);
        }
    }

    /** This process stops: what fails now is no news. */
    synchronized void letGo() {
        letGo = true;
    }

    /** @param failure what went wrong; null if all went well */
    public void used(Throwable failure) {
        if (failure == null) {
            worked();
        } else {
            failed(failure);
        }
    }
}
