package dev.offstage.queue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.UUID;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.quarkus.narayana.jta.QuarkusTransaction;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;

import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.TestTopic;

/** What a lane does with records that were made to stop it. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class HostileRecordsIT {

    private static final int HUNDRED_MEGABYTES = 100_000_000;
    private static final int NEARLY_TWO_MEBIBYTES = 2_090_000;

    private final TestTopic queue = new TestTopic("scripted");
    private final TestTopic deadLetters = new TestTopic("scripted.dlq");

    /** One of these without a value once ended the lane for good. */
    @ParameterizedTest
    @ValueSource(strings = {"ce_id", "ce_type", "ce_source", "ce_specversion", "content-type", "traceparent",
            "tracestate", "baggage",
            "offstage-attempt", "offstage-due-at", "offstage-origin"})
    void aHeaderWithoutAValueIsAsGoodAsNone(String header) throws Exception {
        String id = "odd-" + UUID.randomUUID();

        queue.write(goodRecord(id), List.of(new RecordHeader(header, (byte[]) null)));

        awaitCompleted(id);
    }

    @Test
    void headersOfMegabytesAreKeptWithTheDeadLetter() throws Exception {
        String mark = UUID.randomUUID().toString();
        RecordHeader large = new RecordHeader("large", new byte[NEARLY_TWO_MEBIBYTES]);

        queue.write(mark.getBytes(UTF_8), List.of(large));

        ConsumerRecord<byte[], byte[]> letter = deadLetters
                .read(1, record -> record.value() != null && new String(record.value(), UTF_8).equals(mark))
                .get(0);
        assertThat(letter.headers().lastHeader("large").value()).hasSize(NEARLY_TWO_MEBIBYTES);
    }

    /** Unpacked it would take all of a worker's memory, again after each restart. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "lz4", "zstd"})
    void aRecordThatUnpacksToAHundredMegabytesIsRefusedByKafka(String compression) throws Exception {
        for (String topic : List.of("scripted", "scripted.retry-100ms", "scripted.dlq")) {
            assertThatThrownBy(() -> new TestTopic(topic).writeCompressed(new byte[HUNDRED_MEGABYTES], compression))
                    .hasCauseInstanceOf(RecordTooLargeException.class);
        }
        String id = "small-" + UUID.randomUUID();

        queue.writeCompressed(goodRecord(id), compression);

        awaitCompleted(id);
    }

    private static byte[] goodRecord(String id) {
        return ("{\"id\":\"" + id + "\",\"payload\":{\"failures\":0,\"how\":\"passing\"}}").getBytes(UTF_8);
    }

    private static void awaitCompleted(String key) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            List<Job> jobs = QuarkusTransaction.requiringNew().call(() -> Job.ofKey(key));
            assertThat(jobs).singleElement().extracting(job -> job.state).isEqualTo(JobState.COMPLETED);
        });
    }
}
