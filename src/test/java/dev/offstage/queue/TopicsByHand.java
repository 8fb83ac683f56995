package dev.offstage.queue;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import org.apache.kafka.common.Uuid;

/** Topics that no Kafka has. */
public final class TopicsByHand extends Topics {

    private final Map<String, Duration> retryTopics;
    private final Map<String, Uuid> ids = new HashMap<>();

    public TopicsByHand(Map<String, Duration> retryTopics) {
        super(null, null, null);
        this.retryTopics = retryTopics;
    }

    @Override
    public Map<String, Duration> retryTopics() {
        return retryTopics;
    }

    /** Somebody deleted the topic, and it was made anew. */
    public void makeAnew(String topic) {
        ids.put(topic, Uuid.randomUuid());
    }

    /** All are there. */
    @Override
    public Map<String, Uuid> createMissing() {
        return ids;
    }

    @Override
    public Set<String> topicsOf(String type) {
        return Set.of(type);
    }
}
