package dev.offstage.queue.lane;

import java.util.Map;

import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** Sees what each poll of a lane's consumer brings, on the thread that polls, before the connector does. Made by Kafka's client. */
public final class PolledOffsets implements ConsumerInterceptor<byte[], byte[]> {

    /** The setting of the consumer that holds its {@link UnsettledOffsets}. */
    static final String UNSETTLED = "offstage.unsettled";

    private UnsettledOffsets unsettled;

    @Override
    public void configure(Map<String, ?> settings) {
        unsettled = (UnsettledOffsets) settings.get(UNSETTLED);
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        unsettled.polled(records);
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        // the connector's commits are of records that were settled, which is known already
    }

    @Override
    public void close() {
        // holds nothing
    }
}
