package dev.offstage.console;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import dev.offstage.job.Enqueued;
import dev.offstage.job.JobState;
import dev.offstage.job.ledger.Job;
import dev.offstage.job.watch.JobFailure;
import dev.offstage.job.watch.ReportedProgress;
import dev.offstage.job.watch.WaitsFor;

/**
 * A job as operators see it.
 *
 * @param attempt the one that runs or comes next; the last one when the job is finished
 * @param progress what the handler last reported; null until it reports
 * @param result what the handler kept with the job; null if nothing, before the job is completed, and in lists
 * @param error of the latest failed attempt; null if there is none
 * @param failures oldest first; null in lists
 * @param recordId what the record of another program calls it; null if it was enqueued here, and in lists
 * @param waitsFor what holds it up; null if it waits for no other jobs, and in lists
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobView(UUID id, String type, String key, JobState state, int attempt, JsonNode payload,
        Instant createdAt, Instant dueAt, Instant startedAt, Instant finishedAt,
        @JsonInclude(JsonInclude.Include.ALWAYS) ProgressView progress, JsonNode result,
        ErrorView error, List<FailureView> failures, WaitsFor waitsFor, String recordId) {

    /** How far it is. */
    public record ProgressView(long done, long total, Instant reportedAt) {

        static ProgressView of(ReportedProgress progress) {
            return progress == null ? null : new ProgressView(progress.done, progress.total, progress.reportedAt);
        }
    }

    /** A failed attempt. */
    public record FailureView(int attempt, Instant startedAt, Instant failedAt, ErrorView error) {}

    /** What was thrown. */
    public record ErrorView(@JsonProperty("class") String errorClass, String message) {}

    /**
     * As it is in a list.
     *
     * @param latest its latest failure; null if there is none
     */
    static JobView of(Job job, JobFailure latest, ObjectMapper json) {
        return of(job, latest, null, null, null, null, null, json);
    }

    /**
     * @param result JSON; null for none
     * @param waitsFor null for no other jobs
     * @param recordId null if it was enqueued here
     */
    static JobView of(Job job, List<JobFailure> failures, ReportedProgress progress, String result, WaitsFor waitsFor,
            String recordId, ObjectMapper json) {
        return of(job, failures.isEmpty() ? null : failures.get(failures.size() - 1), failures, progress, result,
                waitsFor, recordId, json);
    }

    private static JobView of(Job job, JobFailure latest, List<JobFailure> failures, ReportedProgress progress,
            String result, WaitsFor waitsFor, String recordId, ObjectMapper json) {
        return new JobView(job.id, job.type, job.key, job.state, job.attempt, parsed(job.payload, json), job.createdAt,
                job.dueAt, job.startedAt, job.finishedAt, ProgressView.of(progress),
                result == null ? null : parsed(result, json),
                latest == null ? null : error(latest),
                failures == null ? null : failures.stream().map(JobView::failure).toList(), waitsFor, recordId);
    }

    /** A job that has just been enqueued. */
    static JobView of(Enqueued.New job, JsonNode payload) {
        return new JobView(job.id(), job.type(), job.key(), job.state(), 1, payload, job.createdAt(),
                job.dueAt(), null, null, null, null, null, List.of(), null, null);
    }

    private static FailureView failure(JobFailure failure) {
        return new FailureView(failure.attempt, failure.startedAt, failure.failedAt, error(failure));
    }

    private static ErrorView error(JobFailure failure) {
        return new ErrorView(failure.errorClass, failure.errorMessage);
    }

    private static JsonNode parsed(String payload, ObjectMapper json) {
        try {
            return json.readTree(payload);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("PostgreSQL holds only JSON in this column.", e);
        }
    }
}
