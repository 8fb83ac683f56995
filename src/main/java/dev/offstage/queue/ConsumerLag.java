package dev.offstage.queue;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;

import dev.offstage.health.Dependencies;
import dev.offstage.health.Dependency;
import dev.offstage.job.JobTypes;

/** How many records of each type's queue its lane has not committed yet. */
@ApplicationScoped
public class ConsumerLag {

    private static final long TIMEOUT_MS = 2_000;
    private static final long NO_SUCH_RECORD = -1;

    private final Admin admin;
    private final JobTypes types;
    private final Dependency kafka;

    ConsumerLag(Admin admin, JobTypes types, Dependencies dependencies) {
        this.kafka = dependencies.kafka();
        this.admin = admin;
        this.types = types;
    }

    /** By job type; a type is missing if Kafka did not say within two seconds. */
    public Map<String, Long> byType() {
        Map<String, Long> lag = new HashMap<>();
        for (JobTypes.Entry<?> type : types.all()) {
            lag(type.name()).ifPresent(records -> lag.put(type.name(), records));
        }
        return lag;
    }

    /**
     * Whether the type's lane is done with every record that Kafka got before an instant, by the records' own time.
     *
     * @return false also if Kafka does not say so within two seconds
     */
    boolean isDoneWithAllBefore(String type, Instant instant) throws InterruptedException {
        try {
            Map<TopicPartition, Long> ends = offsets(type, OffsetSpec.latest());
            Map<TopicPartition, Long> firstSince = offsets(type, OffsetSpec.forTimestamp(instant.toEpochMilli()));
            Map<TopicPartition, Long> done = done(type);
            kafka.worked();
            return ends.entrySet().stream().allMatch(end -> {
                long since = firstSince.getOrDefault(end.getKey(), NO_SUCH_RECORD);
                long first = since == NO_SUCH_RECORD ? end.getValue() : since;
                return done.getOrDefault(end.getKey(), 0L) >= first;
            });
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return false;
        }
    }

    private OptionalLong lag(String type) {
        try {
            Map<TopicPartition, Long> ends = offsets(type, OffsetSpec.latest());
            Map<TopicPartition, Long> done = done(type);
            kafka.worked();
            return OptionalLong.of(ends.entrySet()
                    .stream()
                    .mapToLong(end -> Math.max(0, end.getValue() - done.getOrDefault(end.getKey(), 0L)))
                    .sum());
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return OptionalLong.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return OptionalLong.empty();
        }
    }

    /** The offsets up to which there is nothing left to do: the lane has committed them, or Kafka has deleted what was there. */
    private Map<TopicPartition, Long> done(String type)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, Long> done = offsets(type, OffsetSpec.earliest());
        admin.listConsumerGroupOffsets(LaneChannels.group(type))
                .partitionsToOffsetAndMetadata()
                .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .forEach((partition, committed) -> {
                    if (committed != null) {
                        done.merge(partition, committed.offset(), Math::max);
                    }
                });
        return done;
    }

    private Map<TopicPartition, Long> offsets(String topic, OffsetSpec which)
            throws InterruptedException, ExecutionException, TimeoutException {
        TopicDescription description = admin.describeTopics(List.of(topic))
                .topicNameValues()
                .get(topic)
                .get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        description.partitions()
                .forEach(partition -> wanted.put(new TopicPartition(topic, partition.partition()), which));
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (var found : admin.listOffsets(wanted).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).entrySet()) {
            offsets.put(found.getKey(), found.getValue().offset());
        }
        return offsets;
    }
}
