package dev.offstage.queue.lane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Message;
import org.junit.jupiter.api.Test;

import io.agroal.api.AgroalDataSource;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Multi;
import io.smallrye.reactive.messaging.kafka.api.IncomingKafkaRecordMetadata;

import dev.offstage.background.Timer;
import dev.offstage.job.Attempt;
import dev.offstage.job.JobState;
import dev.offstage.job.JobTypes;
import dev.offstage.job.ledger.Attempts;
import dev.offstage.job.ledger.LaneControls.LaneControl;
import dev.offstage.job.ledger.Ledger;
import dev.offstage.queue.JobSpans;
import dev.offstage.queue.RecordReader;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.ScriptedHandler;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** A lane whose process has no threads left, beside the one of this service. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
class LaneIT {

    @Inject
    JobTypes types;

    @Inject
    RecordReader reader;

    @Inject
    Ledger ledger;

    @Inject
    FailedAttempts failures;

    @Inject
    UnreadableRecords unreadable;

    @Inject
    Clock clock;

    @Inject
    Attempts attempts;

    @Inject
    JobSpans spans;

    @Inject
    Timer timer;

    @Inject
    AgroalDataSource dataSource;

    @Test
    void aJobThatIsClaimedAndCannotBeRunHereGoesBackAndRunsElsewhere() throws Exception {
        UUID job = TestJobs.enqueue(Script.SUCCEEDS, Instant.now().plusSeconds(3_600));
        waitInKafka(job);
        CompletableFuture<Void> acknowledged = new CompletableFuture<>();

        laneWithoutThreads().start(Multi.createBy()
                .concatenating()
                .streams(Multi.createFrom().item(message(job, acknowledged)), Multi.createFrom().nothing()),
                again -> {});

        TestJobs.await(job, JobState.COMPLETED);
        assertThat(ScriptedHandler.runs(job)).extracting(ScriptedHandler.Run::attempt).containsExactly(1);
        assertThat(TestJobs.failures(job)).isEmpty();
        assertThat(acknowledged).isCompleted();
    }

    @SuppressWarnings("unchecked")
    private Lane<Script> laneWithoutThreads() {
        AttemptRunner runner = new AttemptRunner(attempts, spans, timer) {
            @Override
            <P> CompletionStage<AttemptEnd> run(JobTypes.Entry<P> type, Attempt<P> attempt,
                    String traceparent) {
                throw new OutOfMemoryError("unable to create native thread: made up");
            }
        };
        LaneControl control = new LaneControl(false, 1, Optional.empty());
        return new Lane<>((JobTypes.Entry<Script>) types.get("scripted"), reader, ledger, runner, failures, unreadable,
                clock, () -> control, new Permits(null, "scripted", null, timer), attempts, timer);
    }

    /** As if the record had been published, and nobody had read it yet. */
    private void waitInKafka(UUID job) throws Exception {
        try (Connection connection = dataSource.getConnection();
                PreparedStatement wait = connection.prepareStatement(
                        "update job set state = 'queued', due_at = null where id = ?")) {
            wait.setObject(1, job);
            assertThat(wait.executeUpdate()).isEqualTo(1);
        }
    }

    private static Message<byte[]> message(UUID job, CompletableFuture<Void> acknowledged) {
        byte[] value = """
                {"id":"%s","type":"scripted","payload":{"failures":0,"how":"passing","gate":null}}""".formatted(job)
                .getBytes(StandardCharsets.UTF_8);
        var record = new ConsumerRecord<>("scripted", 0, 0, new byte[0], value);
        return Message.of(value, () -> {
            acknowledged.complete(null);
            return CompletableFuture.completedFuture(null);
        }).withMetadata(List.of(new IncomingKafkaRecordMetadata<>(record, "scripted")));
    }
}
