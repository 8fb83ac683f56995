package dev.offstage.job.ledger;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Convert;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;

import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

import dev.offstage.job.JobState;

/** A job as its row tells; only for reading. The ledger writes it, many rows at a time. */
@Entity
@Immutable
public class Job extends PanacheEntityBase {

    @Id
    public UUID id;

    public String type;

    public String key;

    /** JSON. */
    @JdbcTypeCode(SqlTypes.JSON)
    public String payload;

    @Convert(converter = JobStateConverter.class)
    public JobState state;

    /** The attempt that runs or comes next; the last one when the job is finished. */
    public int attempt;

    @Column(name = "created_at")
    public Instant createdAt;

    /** While scheduled or retrying: not before. Else null. */
    @Column(name = "due_at")
    public Instant dueAt;

    /** Of the latest attempt; null before the first. */
    @Column(name = "started_at")
    public Instant startedAt;

    /** Null until the job is finished. */
    @Column(name = "finished_at")
    public Instant finishedAt;

    /** Whether it waits for others: it is scheduled, and due at no time. */
    public boolean isHeld() {
        return state == JobState.SCHEDULED && dueAt == null;
    }

    /** Newest first. */
    public static List<Job> ofKey(String key) {
        return list("key = ?1 order by id desc", key);
    }
}
