package dev.offstage.operation;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

import io.agroal.api.AgroalDataSource;

import dev.offstage.config.RateLimit;
import dev.offstage.job.ledger.Intervention;
import dev.offstage.job.ledger.LaneControls;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** What an operator does to one job, or to a lane. */
@ApplicationScoped
public class Operations {

    private final AgroalDataSource dataSource;
    private final AuditLog audit;
    private final LaneControls lanes;

    Operations(AgroalDataSource dataSource, AuditLog audit, LaneControls lanes) {
        this.dataSource = dataSource;
        this.audit = audit;
        this.lanes = lanes;
    }

    /** @return false if the job is in no state for it: then nothing was done */
    public boolean apply(Intervention intervention, UUID job, String operator) {
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> {
                boolean done = !intervention.apply(connection, List.of(job)).isEmpty();
                if (done) {
                    audit.write(connection, operator, intervention.label(), "job " + job, 1L);
                }
                return done;
            });
        } catch (SQLException e) {
            throw new StorageException("The job could not be changed.", e);
        }
    }

    /** No job of the type starts from now on, in any worker; those that run go on to their end. */
    @Transactional
    public void pause(String type, String operator) {
        lanes.pause(type);
        write(operator, "pause", type);
    }

    @Transactional
    public void resume(String type, String operator) {
        lanes.resume(type);
        write(operator, "resume", type);
    }

    /**
     * @param concurrency null for that of the settings
     * @param rateLimit null for that of the settings; an empty one for none
     */
    @Transactional
    public void limit(String type, Integer concurrency, Optional<RateLimit> rateLimit, String operator) {
        lanes.limit(type, concurrency, rateLimit);
        write(operator, "limit to concurrency %s, rate %s".formatted(concurrency == null ? "as set" : concurrency,
                rateLimit == null ? "as set" : rateLimit.map(RateLimit::toString).orElse("unlimited")), type);
    }

    private void write(String operator, String action, String type) {
        try (Connection connection = dataSource.getConnection()) {
            audit.write(connection, operator, action, "type " + type, null);
        } catch (SQLException e) {
            throw new StorageException("The action could not be noted.", e);
        }
    }
}
