package dev.offstage.operation;

import java.sql.Connection;
import java.sql.SQLException;

import jakarta.enterprise.context.ApplicationScoped;

import io.agroal.api.AgroalDataSource;

import dev.offstage.schedule.Definition;
import dev.offstage.schedule.InvalidSchedule;
import dev.offstage.schedule.Schedules;
import dev.offstage.storage.StorageException;
import dev.offstage.storage.Transaction;

/** What an operator does to a schedule. */
@ApplicationScoped
public class ScheduleOperations {

    private interface Change {
        boolean apply(Connection connection) throws SQLException;
    }

    private final AgroalDataSource dataSource;
    private final Schedules schedules;
    private final AuditLog audit;

    ScheduleOperations(AgroalDataSource dataSource, Schedules schedules, AuditLog audit) {
        this.dataSource = dataSource;
        this.schedules = schedules;
        this.audit = audit;
    }

    /**
     * Changes or adds it.
     *
     * @throws InvalidSchedule if there are too many
     */
    public void put(String name, Definition definition, String operator) {
        String action = "set to %s, %s, %s, %s".formatted(definition.cron(), definition.zone(), definition.type(),
                definition.enabled() ? "enabled" : "disabled");
        apply(name, operator, action, connection -> {
            schedules.put(connection, name, definition);
            return true;
        });
    }

    /** @return false if there is none */
    public boolean delete(String name, String operator) {
        return apply(name, operator, "delete", connection -> schedules.delete(connection, name));
    }

    /**
     * Makes it what the settings say.
     *
     * @return false if they do not name it
     */
    public boolean reset(String name, String operator) {
        return apply(name, operator, "set back to the settings", connection -> schedules.reset(connection, name));
    }

    private boolean apply(String name, String operator, String action, Change change) {
        try (Connection connection = dataSource.getConnection()) {
            return Transaction.run(connection, () -> {
                boolean done = change.apply(connection);
                if (done) {
                    audit.write(connection, operator, action, "schedule " + name, null);
                }
                return done;
            });
        } catch (SQLException e) {
            throw new StorageException("The schedule could not be changed.", e);
        }
    }
}
