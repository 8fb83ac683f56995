package dev.offstage.testing;

import java.sql.Connection;
import java.sql.SQLException;

import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.postgresql.ds.PGSimpleDataSource;

/** PostgreSQL of the service under test, without the limits of its requests: what a test prepares may take its time. */
public final class TestDatabase {

    private TestDatabase() {
    }

    /** A connection of the caller's own. */
    public static Connection connect() throws SQLException {
        Config config = ConfigProvider.getConfig();
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(config.getValue("quarkus.datasource.jdbc.url", String.class));
        database.setUser(config.getValue("quarkus.datasource.username", String.class));
        database.setPassword(config.getValue("quarkus.datasource.password", String.class));
        return database.getConnection();
    }
}
