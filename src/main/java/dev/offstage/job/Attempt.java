package dev.offstage.job;

import java.time.Instant;
import java.util.UUID;

/**
 * One run of a handler for a job.
 *
 * @param jobId the job; the same in every attempt
 * @param number counts from 1
 * @param payload never null
 * @param createdAt when the job was enqueued
 * @param <P> the payload
 */
public record Attempt<P>(UUID jobId, int number, P payload, Instant createdAt) {}
