package dev.offstage.job.ledger;

import java.util.List;

/** Fired in the transaction that enqueues jobs; observe it after success to learn of committed ones. */
public record JobsEnqueued(List<OutboxJob> jobs) {}
