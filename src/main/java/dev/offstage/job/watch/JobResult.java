package dev.offstage.job.watch;

import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;

import io.quarkus.hibernate.orm.panache.PanacheEntityBase;

/** What a completed job's handler kept with it, as its row tells; only for reading. */
@Entity
@Immutable
@Table(name = "job_result")
public class JobResult extends PanacheEntityBase {

    @Id
    @Column(name = "job_id")
    public UUID jobId;

    /** JSON. */
    @JdbcTypeCode(SqlTypes.JSON)
    public String result;

    /** JSON; null if there is none. */
    public static String of(UUID job) {
        JobResult kept = findById(job);
        return kept == null ? null : kept.result;
    }
}
