package dev.offstage.queue;

import java.time.Clock;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.enterprise.context.ApplicationScoped;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsResult;
import org.apache.kafka.clients.admin.ListConsumerGroupOffsetsSpec;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

import dev.offstage.job.JobTypes;
import dev.offstage.storage.Dependencies;
import dev.offstage.storage.Dependency;

/** How many records of each type's queue its lane has not committed yet. */
@ApplicationScoped
public class ConsumerLag {

    private static final long TIMEOUT_MS = 2_000;
    /** What a transaction has under way is not there for any lane yet. */
    private static final ListOffsetsOptions COMMITTED = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
    private static final long NO_SUCH_RECORD = -1;

    private final Admin admin;
    private final JobTypes types;
    private final Dependency kafka;
    private final Clock clock;

    ConsumerLag(Admin admin, JobTypes types, Dependencies dependencies, Clock clock) {
        this.clock = clock;
        this.kafka = dependencies.kafka();
        this.admin = admin;
        this.types = types;
    }

    /** By job type; a type is missing if it has no topic, and all are if Kafka does not say within seconds. */
    public Map<String, Long> byType() {
        return orEmpty(this::ofLanes);
    }

    private interface Question<V> {
        Map<String, V> ask() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private <V> Map<String, V> orEmpty(Question<V> question) {
        try {
            return question.ask();
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return Map.of();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    /** The same; fails if Kafka does not say. */
    Map<String, Long> ofLanes() throws InterruptedException, ExecutionException, TimeoutException {
        List<String> topics = types.all().stream().map(JobTypes.Entry::name).toList();
        return byTopic(topics, topics.stream().map(ConsumerGroups::ofLane).toList());
    }

    /** How many records wait on each retry topic; one is missing if it is not there. */
    Map<String, Long> ofRungs(Collection<String> retryTopics)
            throws InterruptedException, ExecutionException, TimeoutException {
        return byTopic(retryTopics, List.of(ConsumerGroups.LADDER));
    }

    private Map<String, Long> byTopic(Collection<String> topics, Collection<String> groups)
            throws InterruptedException, ExecutionException, TimeoutException {
        Offsets offsets = read(topics, groups, OffsetSpec.latest());
        Map<String, Long> lag = new HashMap<>();
        offsets.wanted.forEach((partition, end) -> lag.merge(partition.topic(),
                Math.max(0, end - offsets.done(partition)), Long::sum));
        return lag;
    }

    /**
     * Whether the type's lane is done with every record that Kafka got before an instant, by the records' own time.
     *
     * @return false also if Kafka does not say so within two seconds
     */
    public boolean isDoneWithAllBefore(String type, Instant instant) throws InterruptedException {
        try {
            // In this order: what is done by then says nothing of a record that comes later.
            Map<TopicPartition, Long> ends = read(List.of(type), List.of(ConsumerGroups.ofLane(type)),
                    OffsetSpec.latest()).wanted;
            Offsets since = read(List.of(type), List.of(ConsumerGroups.ofLane(type)),
                    OffsetSpec.forTimestamp(instant.toEpochMilli()));
            return ends.entrySet().stream().allMatch(end -> {
                long first = since.wanted.getOrDefault(end.getKey(), NO_SUCH_RECORD);
                return since.done(end.getKey()) >= (first == NO_SUCH_RECORD ? end.getValue() : first);
            });
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return false;
        }
    }

    /**
     * By type: when Kafka got the record that has waited longest for its lane, to an eighth of its age; a type is missing if none waits, and
     * all are if Kafka does not say within seconds. Asks Kafka's index of times, which costs the same however many wait.
     */
    public Map<String, Instant> oldestWaiting() {
        return orEmpty(this::oldest);
    }

    /** The same; fails if Kafka does not say. */
    Map<String, Instant> oldest() throws InterruptedException, ExecutionException, TimeoutException {
        List<String> names = types.all().stream().map(JobTypes.Entry::name).toList();
        Offsets ends = read(names, names.stream().map(ConsumerGroups::ofLane).toList(), OffsetSpec.latest());
        Map<TopicPartition, WaitingSince> waiting = new HashMap<>();
        Instant now = clock.instant();
        ends.wanted.forEach((partition, end) -> {
            if (end > ends.done(partition)) {
                waiting.put(partition, new WaitingSince(now, ends.done(partition)));
            }
        });
        for (int i = 0; i < WaitingSince.QUESTIONS && !waiting.isEmpty(); i++) {
            read(admin.listOffsets(waiting.entrySet()
                    .stream()
                    .collect(Collectors.toMap(Map.Entry::getKey,
                            each -> OffsetSpec.forTimestamp(each.getValue().question().toEpochMilli()))),
                    COMMITTED)).forEach((partition, first) -> waiting.get(partition).answered(first));
        }
        Map<String, Instant> oldest = new HashMap<>();
        waiting.forEach((partition, since) -> oldest.merge(partition.topic(), since.latest(),
                (one, other) -> one.isBefore(other) ? one : other));
        return oldest;
    }

    /** Where a type's queue begins now, of each partition whose lane has not read up to there: what was before is gone unread. */
    public Set<Map.Entry<TopicPartition, Long>> firstOffsetsBeyondCommitted(String type) throws InterruptedException {
        try {
            Offsets offsets = read(List.of(type), List.of(ConsumerGroups.ofLane(type)), OffsetSpec.latest());
            return offsets.first.entrySet()
                    .stream()
                    .filter(first -> first.getValue() > offsets.committed.getOrDefault(first.getKey(), 0L))
                    .map(first -> Map.entry(first.getKey(), first.getValue()))
                    .collect(Collectors.toSet());
        } catch (ExecutionException | TimeoutException e) {
            kafka.failed(e);
            return Set.of();
        }
    }

    /**
     * What Kafka says of some partitions.
     *
     * @param wanted the offsets that were asked for
     * @param first what is before them has been deleted
     * @param committed by the lanes; a partition of which nothing has been committed is missing
     */
    private record Offsets(Map<TopicPartition, Long> wanted, Map<TopicPartition, Long> first,
            Map<TopicPartition, Long> committed) {

        /** Up to where there is nothing left to do. */
        long done(TopicPartition partition) {
            return Math.max(first.getOrDefault(partition, 0L), committed.getOrDefault(partition, 0L));
        }
    }

    /** Asks for everything at once: an operator waits for the answer. */
    private Offsets read(Collection<String> topics, Collection<String> groups, OffsetSpec which)
            throws InterruptedException, ExecutionException, TimeoutException {
        ListConsumerGroupOffsetsResult committed = admin.listConsumerGroupOffsets(groups.stream()
                .collect(Collectors.toMap(Function.identity(), group -> new ListConsumerGroupOffsetsSpec())));
        Set<TopicPartition> partitions = partitions(topics);
        ListOffsetsResult first = list(partitions, OffsetSpec.earliest());
        ListOffsetsResult wanted = list(partitions, which);
        Offsets offsets = new Offsets(read(wanted), read(first), read(committed));
        kafka.worked();
        return offsets;
    }

    private Set<TopicPartition> partitions(Collection<String> topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        Set<TopicPartition> partitions = new HashSet<>();
        for (var topic : admin.describeTopics(topics).topicNameValues().values()) {
            try {
                TopicDescription found = topic.get(TIMEOUT_MS, TimeUnit.MILLISECONDS);
                found.partitions().forEach(each -> partitions.add(new TopicPartition(found.name(), each.partition())));
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) { // it is made anew soon
                    throw e;
                }
            }
        }
        return partitions;
    }

    private ListOffsetsResult list(Set<TopicPartition> partitions, OffsetSpec which) {
        return admin.listOffsets(partitions.stream().collect(Collectors.toMap(Function.identity(), each -> which)),
                COMMITTED);
    }

    private static Map<TopicPartition, Long> read(ListOffsetsResult asked)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        asked.all()
                .get(TIMEOUT_MS, TimeUnit.MILLISECONDS)
                .forEach((partition, found) -> offsets.put(partition, found.offset()));
        return offsets;
    }

    private static Map<TopicPartition, Long> read(ListConsumerGroupOffsetsResult asked)
            throws InterruptedException, ExecutionException, TimeoutException {
        Map<TopicPartition, Long> offsets = new HashMap<>();
        for (var group : asked.all().get(TIMEOUT_MS, TimeUnit.MILLISECONDS).values()) {
            group.forEach((partition, committed) -> {
                if (committed != null) {
                    offsets.put(partition, committed.offset());
                }
            });
        }
        return offsets;
    }
}
