package dev.offstage.faults;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What Kafka holds for the jobs of one type that was not read to its end yet. */
final class Backlog {

    private final FaultCluster cluster;
    private final String type;

    Backlog(FaultCluster cluster, String type) {
        this.cluster = cluster;
        this.type = type;
    }

    /** Whether the ladder has committed the first rung, and after that the lane the queue. */
    boolean isEmpty() throws ExecutionException, InterruptedException {
        try (Admin admin = cluster.admin()) {
            return isRead(admin, "offstage.ladder", type + ".retry-1s") && isRead(admin, "offstage." + type, type);
        }
    }

    private static boolean isRead(Admin admin, String group, String topic)
            throws ExecutionException, InterruptedException {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < FaultCluster.PARTITIONS; partition++) {
            latest.put(new TopicPartition(topic, partition), OffsetSpec.latest());
        }
        var ends = admin.listOffsets(latest).all().get();
        Map<TopicPartition, OffsetAndMetadata> read = admin.listConsumerGroupOffsets(group)
                .partitionsToOffsetAndMetadata()
                .get();
        return ends.entrySet()
                .stream()
                .allMatch(end -> end.getValue().offset() == 0
                        || read.get(end.getKey()) != null
                                && read.get(end.getKey()).offset() >= end.getValue().offset());
    }
}
