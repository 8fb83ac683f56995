package dev.offstage.queue;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

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

    /** By job type; a type is missing if it has no topic, and all are if Kafka does not say within seconds. */
    public Map<String, Long> byType() {
        List<String> topics = types.all().stream().map(JobTypes.Entry::name).toList();
        try {
            Map<TopicPartition, Long> ends = offsets(topics, OffsetSpec.latest());
            Map<TopicPartition, Long> done = done(topics);
            kafka.worked();
            Map<String, Long> lag = new HashMap<>();
            ends.forEach((partition, end) -> lag.merge(partition.topic(),
                    Math.max(0, end - done.getOrDefault(partition, 0L)), Long::sum));
            return lag;
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    /**
     * Whether the type's lane is done with every record that Kafka got before an instant, by the records' own time.
     *
     * @return false also if Kafka does not say so within two seconds
     */
    boolean isDoneWithAllBefore(String type, Instant instant) throws InterruptedException {
        try {
            Map<TopicPartition, Long> ends = offsets(List.of(type), OffsetSpec.latest());
            Map<TopicPartition, Long> firstSince = offsets(List.of(type),
                    OffsetSpec.forTimestamp(instant.toEpochMilli()));
            Map<TopicPartition, Long> done = done(List.of(type));
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

    /** The offsets up to which there is nothing left to do: the lane has committed them, or Kafka has deleted what was there. */
    private Map<TopicPartition, Long> done(List<String> types)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, Long> done = offsets(types, OffsetSpec.earliest());
        Map<String, ListConsumerGroupOffsetsSpec> all = new HashMap<>();
        types.forEach(type -> all.put(LaneChannels.group(type), new ListConsumerGroupOffsetsSpec()));
        for (var group : admin.listConsumerGroupOffsets(all).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).values()) {
            group.forEach((partition, committed) -> {
                if (committed != null) {
                    done.merge(partition, committed.offset(), Math::max);
                }
            });
        }
        return done;
    }

    private Map<TopicPartition, Long> offsets(List<String> topics, OffsetSpec which)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
        for (var topic : admin.describeTopics(topics).topicNameValues().values()) {
            try {
                TopicDescription description = topic.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
                description.partitions()
                        .forEach(partition -> wanted.put(
                                new TopicPartition(description.name(), partition.partition()), which));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) { // it is made anew soon
                    throw e;
                }
            }
        }
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (var found : admin.listOffsets(wanted).all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).entrySet()) {
            offsets.put(found.getKey(), found.getValue().offset());
        }
        return offsets;
    }
}
