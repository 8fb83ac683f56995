package dev.offstage.queue;

import java.time.Duration;
import java.util.Map;

/** Topics that no Kafka has. */
public final class TopicsByHand extends Topics {

    private final Map<String, Duration> retryTopics;

    public TopicsByHand(Map<String, Duration> retryTopics) {
        super(null, null, null);
        this.retryTopics = retryTopics;
    }

    @Override
    public Map<String, Duration> retryTopics() {
        return retryTopics;
    }

    /** All are there. */
    @Override
    public void createMissing() {
        // nothing is missing
    }
}
