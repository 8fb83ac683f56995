package dev.offstage.job.ledger;

import java.util.UUID;

/** What makes two deliveries the same: however often Kafka brings it, it runs once. */
public record AttemptId(UUID jobId, int attempt) {

    public static AttemptId of(Delivery delivery) {
        return new AttemptId(delivery.id(), delivery.attempt());
    }
}
