package dev.offstage.storage;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;

import org.postgresql.Driver;
import org.postgresql.PGProperty;
import org.postgresql.util.HostSpec;

/** PostgreSQL's own driver, whose connections are {@link GuardedConnection}s. */
public final class GuardedDriver extends Driver {

    /** Null for a URL of another kind of database. */
    @Override
    public Connection connect(String url, Properties info) throws SQLException {
        Properties properties = url == null ? null : parseURL(url, info);
        return properties == null ? null : new GuardedConnection(hosts(properties), properties, url);
    }

    private static HostSpec[] hosts(Properties properties) {
        String[] names = PGProperty.PG_HOST.getOrDefault(properties).split(",");
        String[] ports = PGProperty.PG_PORT.getOrDefault(properties).split(",");
        HostSpec[] hosts = new HostSpec[names.length];
        for (int i = 0; i < names.length; i++) {
            hosts[i] = new HostSpec(names[i], Integer.parseInt(ports[i]),
                    PGProperty.LOCAL_SOCKET_ADDRESS.getOrDefault(properties));
        }
        return hosts;
    }
}
