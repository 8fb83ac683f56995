package dev.offstage.schedule;

import java.time.Instant;
import java.util.UUID;

/**
 * A schedule and how far it is.
 *
 * @param changed whether an operator wrote it, and not the settings
 * @param nextAt the fire time that comes next, or is due; null if it does not fire
 * @param firedFor the latest fire time for which it enqueued a job; null if there was none yet
 * @param lastJob that job; null if there was none yet, or it has been removed since
 */
public record Schedule(String name, Definition definition, boolean changed, Instant nextAt, Instant firedFor,
        UUID lastJob) {}
