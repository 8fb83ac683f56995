package dev.offstage.background;

import java.util.concurrent.ThreadFactory;

/**
 * Makes threads for pools of ours, all of one name. They have the class loader, and so the settings, of the thread that created
 * this factory, not of the one that asks for a thread later: a timer that all applications of a Java process share, for
 * example, still sees those of the one before a live reload.
 */
public final class DaemonThreads implements ThreadFactory {

    private final String name;
    private final ClassLoader classes = Thread.currentThread().getContextClassLoader();

    /** @param name the threads are called {@code offstage-<name>} */
    public DaemonThreads(String name) {
        this.name = "offstage-" + name;
    }

    @Override
    public Thread newThread(Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.setContextClassLoader(classes);
        return thread;
    }
}
