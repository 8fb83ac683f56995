package dev.offstage.job.watch;

import java.time.Instant;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

/** What a job's handler last reported, as its row tells; only for reading. */
@Entity
@Immutable
@Table(name = "job_progress")
public class ReportedProgress extends PanacheEntityBase {

    @Id
    @Column(name = "job_id")
    public UUID jobId;

    public long done;

    public long total;

    @Column(name = "reported_at")
    public Instant reportedAt;
}
