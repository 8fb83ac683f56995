package dev.offstage.job.watch;

import java.io.Serializable;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.IdClass;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

import dev.offstage.job.ledger.Job;

/** A failed attempt of a job as its row tells; only for reading. */
@Entity
@Immutable
@Table(name = "job_failure")
@IdClass(JobFailure.Key.class)
public class JobFailure extends PanacheEntityBase {

    /** A redriven job starts again at attempt 1, so the time is needed to tell its failures apart. */
    public record Key(UUID jobId, Instant failedAt, int attempt) implements Serializable {}

    @Id
    @Column(name = "job_id")
    public UUID jobId;

    @Id
    public int attempt;

    @Column(name = "started_at")
    public Instant startedAt;

    @Id
    @Column(name = "failed_at")
    public Instant failedAt;

    @Column(name = "error_class")
    public String errorClass;

    @Column(name = "error_message")
    public String errorMessage;

    /** Oldest first. */
    public static List<JobFailure> of(UUID jobId) {
        return list("jobId = ?1 order by failedAt, attempt", jobId);
    }

    /** The latest failure of each of these jobs that has any, by the job's id. */
    public static Map<UUID, JobFailure> latestById(Collection<Job> jobs) {
        return latestOf(jobs.stream().map(job -> job.id).toList()).stream()
                .collect(Collectors.toMap(failure -> failure.jobId, Function.identity(), (one, other) -> one));
    }

    /** Its latest failures, one for each of these jobs that has any. */
    public static List<JobFailure> latestOf(Collection<UUID> jobs) {
        return list("from JobFailure failure where failure.jobId in ?1 and failure.failedAt = "
                + "(select max(other.failedAt) from JobFailure other where other.jobId = failure.jobId)", jobs);
    }
}
