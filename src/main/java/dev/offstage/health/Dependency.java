package dev.offstage.health;

import java.time.Duration;

import org.jboss.logging.Logger;

/**
 * Something that this process needs and that may go away. Whoever uses it tells how that went; the log says once that
 * it is gone and once that it is back, however many jobs and requests meet with it meanwhile.
 */
public final class Dependency {

    private static final Logger LOG = Logger.getLogger(Dependency.class);

    /** One user may succeed while another still fails: it is back when nobody has failed for this long. */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private final String name;
    private final String consequence;
    private boolean gone;
    private long failedAt;

    /** @param consequence what happens meanwhile, for the log */
    Dependency(String name, String consequence) {
        this.name = name;
        this.consequence = consequence;
    }

    /** It was just used, and all went well. */
    public synchronized void worked() {
        if (gone && System.nanoTime() - failedAt >= QUIET.toNanos()) {
            gone = false;
            LOG.infof("%s is back", name);
        }
    }

    /** It was just used, and could not be reached. */
    public synchronized void failed(Throwable failure) {
        failedAt = System.nanoTime();
        if (!gone) {
            gone = true;
            LOG.warnf("%s cannot be reached: %s until it is back. %s", name, consequence, failure.getMessage());
        }
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
