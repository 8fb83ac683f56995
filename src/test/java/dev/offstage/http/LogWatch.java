package dev.offstage.http;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What is logged while a test runs. */
final class LogWatch extends Handler {

    private static final String REQUESTS = "org.jboss.resteasy.reactive";

    private final List<Line> lines = new CopyOnWriteArrayList<>();
    private final Logger everything = Logger.getLogger("");
    private final Logger detailed;

    /** @param thread the one that logged it */
    private record Line(Level level, String text, Thread thread) {

        boolean isError() {
            return level.intValue() >= Level.SEVERE.intValue();
        }

        boolean requestIsOver() {
            return Arrays.stream(thread.getStackTrace()).noneMatch(frame -> frame.getClassName().startsWith(REQUESTS));
        }
    }

    /** @param detailed its debug messages are seen, too */
    LogWatch(Class<?> detailed) {
        this.detailed = Logger.getLogger(detailed.getName());
    }

    void start() {
        detailed.setLevel(Level.FINE);
        everything.addHandler(this);
    }

    void stop() {
        everything.removeHandler(this);
        detailed.setLevel(null);
    }

    List<String> errors() {
        return lines.stream().filter(Line::isError).map(Line::text).toList();
    }

    /** How many requests were told of like this, and are over. */
    long requestsOver(String text) {
        return lines.stream().filter(line -> line.text.contains(text) && line.requestIsOver()).count();
    }

    @Override
    public void publish(LogRecord entry) {
        lines.add(new Line(entry.getLevel(), entry.getLoggerName() + ": " + entry.getMessage(),
                Thread.currentThread()));
    }

    @Override
    public void flush() {
    }

    @Override
    public void close() {
    }
}
