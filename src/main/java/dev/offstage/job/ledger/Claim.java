package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.UUID;

/**
 * The right to run an attempt, held by one worker.
 *
 * @param worker who holds it; a settlement by anyone else has no effect
 */
public record Claim(Delivery delivery, UUID worker, Instant startedAt) {}
