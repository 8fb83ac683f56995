package dev.offstage.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicListing;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;

import dev.offstage.config.OffstageConfig;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Delivery;

/** The topics of each job type, by name: the queue itself, a retry topic per rung and the dead letters. */
@ApplicationScoped
public class Topics {

    /** A payload of {@link Delivery#LARGEST_PAYLOAD}, however PostgreSQL spaces it, and what is written around it. */
    private static final int LARGEST_RECORD = 2 * Delivery.LARGEST_PAYLOAD;

    /** Room for any record that lay on another topic, and for the reason why it died. */
    static final int LARGEST_DEAD_LETTER = 2 * LARGEST_RECORD;

    private static final String RETRY = ".retry-";
    private static final long TIMEOUT_SECONDS = 30;

    private final Admin admin;
    private final JobTypes types;
    private final OffstageConfig config;

    Topics(Admin admin, JobTypes types, OffstageConfig config) {
        this.admin = admin;
        this.types = types;
        this.config = config;
    }

    static String retry(String type, Duration delay) {
        return type + RETRY + label(delay);
    }

    public static String typeOf(String retryTopic) {
        return retryTopic.substring(0, retryTopic.lastIndexOf(RETRY));
    }

    /** The delay, such as {@code 16s}. */
    public static String rungOf(String retryTopic) {
        return retryTopic.substring(retryTopic.lastIndexOf(RETRY) + RETRY.length());
    }

    public static String deadLetters(String type) {
        return type + ".dlq";
    }

    /** {@code 90s}, {@code 250ms}: the shortest way to write it without a fraction. */
    private static String label(Duration delay) {
        return delay.toMillis() % 1_000 == 0 ? delay.toSeconds() + "s" : delay.toMillis() + "ms";
    }

    /** The retry topics of every type, each with its delay. */
    public Map<String, Duration> retryTopics() {
        Map<String, Duration> topics = new HashMap<>();
        for (JobTypes.Entry<?> type : types.all()) {
            type.retries().rungs().forEach(delay -> topics.put(retry(type.name(), delay), delay));
        }
        return topics;
    }

    /**
     * Creates the topics that are missing; those that exist are left as they are.
     *
     * @return what Kafka calls each topic that existed: another one of the same name has another id
     */
    public Map<String, Uuid> createMissing() throws InterruptedException, ExecutionException, TimeoutException {
        Map<String, Uuid> existing = admin.listTopics()
                .namesToListings()
                .get(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                .values()
                .stream()
                .collect(Collectors.toMap(TopicListing::name, TopicListing::topicId));
        List<NewTopic> missing = new ArrayList<>();
        for (JobTypes.Entry<?> type : types.all()) {
            for (String topic : topicsOf(type.name())) {
                if (!existing.containsKey(topic)) {
                    missing.add(new NewTopic(topic, type.settings().partitions(), (short) config.topics().replication())
                            .configs(settings(topic.equals(deadLetters(type.name())))));
                }
            }
        }
        for (var creation : admin.createTopics(missing).values().values()) {
            try {
                creation.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) { // another process was faster
                    throw e;
                }
            }
        }
        return existing;
    }

    /**
     * The broker's clock stamps the records: it is the only one that all writers share. And it unpacks them, for the largest record is
     * measured as it is kept: a compressed megabyte may be gigabytes of zeros to its reader.
     */
    private static Map<String, String> settings(boolean deadLetters) {
        int largest = deadLetters ? LARGEST_DEAD_LETTER : LARGEST_RECORD;
        return Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(largest),
                TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime",
                TopicConfig.COMPRESSION_TYPE_CONFIG, "uncompressed");
    }

    /** All topics of a type. */
    public Set<String> topicsOf(String type) {
        Set<String> topics = new HashSet<>(Set.of(type, deadLetters(type)));
        types.get(type).retries().rungs().forEach(delay -> topics.add(retry(type, delay)));
        return topics;
    }
}
