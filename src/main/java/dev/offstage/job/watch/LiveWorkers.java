package dev.offstage.job.watch;

import java.sql.Connection;
import java.sql.SQLException;

import jakarta.inject.Singleton;

import io.agroal.api.AgroalDataSource;

import dev.offstage.storage.StorageException;

/** The processes that run jobs. */
@Singleton
public class LiveWorkers {

    private static final String COUNT = "select count(*) from worker";

    private final AgroalDataSource dataSource;

    LiveWorkers(AgroalDataSource dataSource) {
        this.dataSource = dataSource;
    }

    /** How many there are; one that has died counts for some seconds more. */
    public long count() {
        try (Connection connection = dataSource.getConnection();
                var statement = connection.createStatement();
                var row = statement.executeQuery(COUNT)) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new StorageException("The workers could not be counted.", e);
        }
    }
}
