package dev.offstage.job;

import java.time.Instant;
import java.util.UUID;

/**
 * A record that asks for an attempt of a job. It may ask again for one that already ran: the ledger knows.
 *
 * @param payload JSON
 * @param attempt counts from 1
 * @param createdAt when the job was enqueued
 * @param diedAt set if this is a dead letter that someone sent back: when the job died. Else null
 * @param traceparent W3C trace context; null when there is none
 */
public record Delivery(UUID id, String type, String key, String payload, int attempt, Instant createdAt,
        Instant diedAt, String traceparent) {}
