package dev.offstage.health;

import java.util.concurrent.ThreadFactory;

/**
 * Makes threads for pools of ours, all of one name. They see the classes of this application, whoever makes them: a timer that all
 * applications of a Java process share, for example, still sees those of the one before a live reload.
 */
public final class DaemonThreads implements ThreadFactory {

    private final String name;

    /** @param name the threads are called {@code offstage-<name>} */
    public DaemonThreads(String name) {
        this.name = "offstage-" + name;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(DaemonThreads.class.getClassLoader());
        return thread;
    }
}
