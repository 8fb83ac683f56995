package dev.offstage.queue;

/**
 * A part of the engine, such as the relay or the lanes. Parts with a higher {@link jakarta.annotation.Priority} start first and end last,
 * so that a part can rely on those above it for as long as it runs.
 */
public interface EnginePart {

    /** Called once, when Kafka has the topics. A part that this process has no role for does nothing. */
    void start();

    /** Called once, even where the part never started. Returns when it has ended, or when the time for that is over. */
    void stop();
}
