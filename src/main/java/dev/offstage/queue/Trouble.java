package dev.offstage.queue;

import java.util.concurrent.atomic.AtomicBoolean;

import org.jboss.logging.Logger;

/** Says once that something we depend on is gone, and once that it is back: not a line per job. */
final class Trouble {

    private final Logger log;
    private final String dependency;
    private final String consequence;
    private final AtomicBoolean gone = new AtomicBoolean();

    /** @param consequence what happens meanwhile, for the log */
    Trouble(Logger log, String dependency, String consequence) {
        this.log = log;
        this.dependency = dependency;
        this.consequence = consequence;
    }

    /** @param failure what just went wrong; null if all went well */
    void is(Throwable failure) {
        if (gone.compareAndSet(failure == null, failure != null)) {
            if (failure == null) {
                log.infof("%s is back", dependency);
            } else {
                log.warnf("%s cannot be reached, %s: %s", dependency, consequence, failure.getMessage());
            }
        }
    }
}
