package dev.offstage.queue.lane;

import java.time.Duration;

import jakarta.inject.Inject;

import org.awaitility.Awaitility;
import org.eclipse.microprofile.reactive.messaging.spi.Connector;
import org.junit.jupiter.api.Test;

import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.smallrye.reactive.messaging.kafka.KafkaConnector;
import io.smallrye.reactive.messaging.kafka.impl.ReactiveKafkaConsumer;

import dev.offstage.job.JobState;
import dev.offstage.testing.OffstageResource;
import dev.offstage.testing.OtherSettings;
import dev.offstage.testing.ScriptedHandler.Script;
import dev.offstage.testing.TestJobs;

/** A lane whose stream fails subscribes again by itself. */
@QuarkusTest
@QuarkusTestResource(OffstageResource.class)
@TestProfile(OtherSettings.class)
class LaneFailureIT {

    @Inject
    @Connector(KafkaConnector.CONNECTOR_NAME)
    KafkaConnector connector;

    @Test
    void aLaneWhoseStreamFailedReadsAgain() {
        TestJobs.await(TestJobs.enqueue(Script.SUCCEEDS), JobState.COMPLETED);
        int before = connector.getConsumers("scripted").size();

        failTheStream();
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .until(() -> connector.getConsumers("scripted").size() > before);

        TestJobs.await(TestJobs.enqueue(Script.failsFirst(2)), JobState.COMPLETED);
    }

    /** A client that is closed under it fails the next poll. */
    private void failTheStream() {
        var consumer = (ReactiveKafkaConsumer<?, ?>) connector.getConsumer("scripted");
        consumer.runOnPollingThread(client -> {
            client.close();
        }).await().atMost(Duration.ofSeconds(30));
    }
}
